#include "api/convert/secrets.hpp"

#include <utility>

namespace potd::api {

core::SecretChange secret_change(wire::SecretEnv asked, bool whole) {
    core::SecretChange change;
    change.given = std::move(asked.given);
    change.kept = std::move(asked.names);
    if (whole && asked.is_given) change.kept.emplace();
    return change;
}

}  // namespace potd::api
