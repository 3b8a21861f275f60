#include "api/route/process_filter.hpp"

#include <array>
#include <limits>

namespace potd::api {
namespace {

constexpr std::string_view described_pattern =
    "an extended regular expression of 1 to 128 bytes without intervals and back references";

bool is_costly(const std::string& pattern) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '{' || pattern[i] == '\0') return true;
        if (pattern[i] == '\\' && ++i < pattern.size() && pattern[i] >= '0' && pattern[i] <= '9') return true;
    }
    return false;
}

void free_pattern(regex_t* pattern) {
    ::regfree(pattern);
    delete pattern;
}

}  // namespace

core::Result<ProcessFilter> ProcessFilter::make(std::optional<std::int64_t> pid,
                                                const std::optional<std::string>& pattern) {
    ProcessFilter filter;
    if (pid && pattern) return core::invalid_field("pattern", *pattern, "a pid or a pattern, not both");
    if (pid && (*pid < 1 || *pid > std::numeric_limits<std::int32_t>::max()))
        return core::invalid_field("pid", std::to_string(*pid), "the pid of a process of the pot");
    filter.pid_ = pid;
    if (!pattern) return filter;
    if (pattern->empty() || pattern->size() > longest_pattern || is_costly(*pattern))
        return core::invalid_field("pattern", *pattern, described_pattern);
    auto compiled = std::make_unique<regex_t>();
    const int problem = ::regcomp(compiled.get(), pattern->c_str(), REG_EXTENDED | REG_NOSUB);
    if (problem != 0) {
        std::array<char, 128> why{};
        ::regerror(problem, compiled.get(), why.data(), why.size());
        return core::invalid_field("pattern", *pattern,
                                   std::string(described_pattern) + " (" + why.data() + ")");
    }
    filter.pattern_ = std::shared_ptr<regex_t>(compiled.release(), free_pattern);
    filter.text_ = *pattern;
    return filter;
}

bool ProcessFilter::takes(std::int32_t pid, std::string_view name) const {
    if (pid_) return *pid_ == pid;
    return !pattern_ || ::regexec(pattern_.get(), std::string(name).c_str(), 0, nullptr, 0) == 0;
}

std::string ProcessFilter::describe() const {
    return pid_ ? "pid " + std::to_string(*pid_) : "name that matches " + text_;
}

}  // namespace potd::api
