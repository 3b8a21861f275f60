#include "core/service/hook_environment.hpp"

#include <string>

namespace potd::core {
namespace {

std::string number_or_empty(const std::optional<int>& value) {
    return value ? std::to_string(*value) : std::string();
}

}  // namespace

std::vector<EnvVar> hook_environment(const Pot& pot, HookStage stage, std::uint32_t attempt) {
    std::vector<EnvVar> env{
        {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"_POT_NAME", pot.spec.name},
        {"_POT_IP", ""},  // no network of its own
        {"POTD_POT_ID", pot.id.text},
        {"POTD_RUN", std::to_string(pot.run->number)},
        {"POTD_HOOK", std::string(to_string(stage))},
        {"POTD_HOOK_ATTEMPT", std::to_string(attempt)},
    };
    if (const auto& end = pot.run->end) {
        env.push_back({"POTD_REASON", end->reason});
        env.push_back({"POTD_EXIT_CODE", number_or_empty(end->exit_code)});
        env.push_back({"POTD_EXIT_SIGNAL", number_or_empty(end->signal)});
        env.push_back({"POTD_OOM", end->oom ? "1" : "0"});
    }
    return env;
}

}  // namespace potd::core
