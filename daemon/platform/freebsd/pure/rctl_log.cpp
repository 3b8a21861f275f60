#include "daemon/platform/freebsd/pure/rctl_log.hpp"

#include <algorithm>

namespace potd::platform {
namespace {

/// What is between `before` and `after` in `line`, which goes on behind that; empty if they are not there.
std::string_view take_between(std::string_view& line, std::string_view before, std::string_view after) {
    const std::size_t begin = line.find(before);
    if (begin == std::string_view::npos) return {};
    const std::size_t end = line.find(after, begin + before.size());
    if (end == std::string_view::npos) return {};
    const std::string_view found = line.substr(begin + before.size(), end - begin - before.size());
    line.remove_prefix(end + after.size());
    return found;
}

/// What has come to `before`, of which the first may be gone.
std::size_t count_of_newer(const std::vector<std::string>& before, const std::vector<std::string>& now) {
    const auto size = static_cast<std::ptrdiff_t>(before.size());
    for (std::ptrdiff_t gone = 0; gone < size; ++gone) {
        const auto left = static_cast<std::size_t>(size - gone);
        if (left <= now.size() && std::equal(before.begin() + gone, before.end(), now.begin()))
            return now.size() - left;
    }
    return now.size();
}

}  // namespace

LoggedVictims memory_matches(std::string_view log) {
    LoggedVictims all;
    while (!log.empty()) {
        const std::size_t end = std::min(log.find('\n'), log.size());
        std::string_view line = log.substr(0, end);
        log.remove_prefix(std::min(end + 1, log.size()));
        const std::string_view jail = take_between(line, "rctl: rule \"jail:", ":memoryuse:log=");
        const std::string_view pid = take_between(line, "\" matched by pid ", " (");
        // A process names itself, and may have such parts in its name.
        const std::size_t rest = line.rfind("), uid ");
        if (jail.empty() || pid.empty() || rest == std::string_view::npos) continue;
        all[std::string(jail)].push_back(std::string(line.substr(0, rest)) + " (pid " + std::string(pid) +
                                         ")");
    }
    return all;
}

void MatchTally::take(const LoggedVictims& now) {
    for (auto& [name, jail] : jails_) {
        if (!now.contains(name)) jail.logged.clear();
    }
    for (const auto& [name, victims] : now) {
        Jail& jail = jails_[name];
        jail.sum.count += static_cast<std::int64_t>(count_of_newer(jail.logged, victims));
        jail.sum.victim = victims.back();
        jail.logged = victims;
    }
}

}  // namespace potd::platform
