#include "client/command/stop_request.hpp"

namespace potd::client {

Value stop_request(const Invocation& invocation) {
    Value body = Value::object();
    if (auto timeout = invocation.value("timeout")) {
        const bool bare = !timeout->empty() && timeout->find_first_not_of("0123456789") == std::string::npos;
        body.set("timeout", bare ? *timeout + "s" : *timeout);
    }
    if (auto signal = invocation.value("signal")) body.set("signal", *signal);
    return body;
}

Result<int> stop_each(Invocation& invocation, std::string_view act) {
    prefer_async(invocation);
    return for_each_pot(invocation, [&](const std::string& pot) -> Status {
        const auto answer =
            invocation.api().post(pot_url(pot, "/" + std::string(act)), stop_request(invocation));
        if (!answer) return answer.failure();
        print_operation(invocation, *answer);
        return Done{};
    });
}

}  // namespace potd::client
