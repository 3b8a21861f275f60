#include "api/http/request_body.hpp"

#include <utility>

namespace potd::api {

RequestBody::~RequestBody() {
    if (const auto giver = giver_.lock()) giver->ask(request_, nullptr);
}

void RequestBody::next(Ready ready) {
    if (const auto giver = giver_.lock()) return giver->ask(request_, std::move(ready));
    ready(core::error(core::ErrorKind::Cancelled, "the client is gone"));
}

}  // namespace potd::api
