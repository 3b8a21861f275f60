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

}  // namespace

std::map<std::string, MemoryMatches, std::less<>> memory_matches(std::string_view log) {
    std::map<std::string, MemoryMatches, std::less<>> all;
    while (!log.empty()) {
        const std::size_t end = std::min(log.find('\n'), log.size());
        std::string_view line = log.substr(0, end);
        log.remove_prefix(std::min(end + 1, log.size()));
        const std::string_view jail = take_between(line, "rctl: rule \"jail:", ":memoryuse:log=");
        const std::string_view pid = take_between(line, "\" matched by pid ", " (");
        // A process names itself, and may have such parts in its name.
        const std::size_t rest = line.rfind("), uid ");
        if (jail.empty() || pid.empty() || rest == std::string_view::npos) continue;
        MemoryMatches& of_jail = all[std::string(jail)];
        ++of_jail.count;
        of_jail.victim = std::string(line.substr(0, rest)) + " (pid " + std::string(pid) + ")";
    }
    return all;
}

}  // namespace potd::platform
