#include "daemon/platform/linux/limit_change.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::int64_t unlimited_bytes = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t endless_bytes = std::int64_t{1} << 60;

/// v1 says "no limit" by the largest multiple of the page size, be it a huge one, and takes -1 for it.
std::optional<std::int64_t> limit_number(std::string_view text) {
    text = trimmed(text);
    if (text == "max") return unlimited_bytes;
    const auto number = parse_number(text);
    if (!number) return std::nullopt;
    return *number < 0 || *number >= endless_bytes ? unlimited_bytes : *number;
}

/// As the shell's redirection would: what was there goes first, where a made-up tree stands for the kernel's.
core::Status write_control(const std::string& path, std::string_view value) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (!fd) return core::os_error(errno, "open " + path);
    if (::write(fd.get(), value.data(), value.size()) >= 0) return {};
    return core::os_error(errno, "write '" + std::string(trimmed(value)) + "' to " + path);
}

std::optional<std::int64_t> number_of_file(const std::string& path) {
    const auto content = read_file(path);
    return content ? limit_number(content.value()) : std::nullopt;
}

core::Error below_use(const LimitStep& step, std::optional<std::int64_t> use) {
    core::Error refused = core::error(core::ErrorKind::Conflict,
                                      step.field + ": '" + step.value +
                                          "' is not valid while the pot runs, expected at least the " +
                                          (use ? std::to_string(*use) : std::string("memory")) +
                                          " bytes that it uses and that cannot be taken back");
    refused.field = step.field;
    return refused;
}

/// memory.high takes pages back as far as it can and ends nobody; it is lifted again whatever comes.
core::Status squeeze(const LimitStep& step) {
    const std::string high = step.directory + "/memory.high";
    const auto before = read_file(high);
    if (!before) return before.error();
    if (auto tried = write_control(high, step.value); !tried) return tried;
    const auto use = number_of_file(step.directory + "/memory.current");
    const auto wanted = limit_number(step.value);
    core::Status done = use && wanted && *use > *wanted
                            ? core::Status(below_use(step, use))
                            : write_control(step.directory + "/" + step.file, step.value);
    core::Status lifted = write_control(high, trimmed(before.value()));
    return done ? lifted : done;
}

/// What must be left however hard the kernel tries: no need to let it, and to slow the pot down for nothing.
bool is_out_of_reach(const LimitStep& step) {
    const auto swap = number_of_file(step.directory + "/memory.swap.max");
    const auto swap_of_machine = read_file("/proc/meminfo");
    const bool may_swap = (!swap || *swap > 0) && swap_of_machine &&
                          keyed_number(swap_of_machine.value(), "SwapFree:").value_or(0) > 0;
    const auto stat = read_file(step.directory + "/memory.stat");
    const auto wanted = limit_number(step.value);
    if (may_swap || !stat || !wanted) return false;
    return keyed_number(stat.value(), "anon").value_or(0) > *wanted;
}

core::Status write_step(const LimitStep& step) {
    const std::string path = step.directory + "/" + step.file;
    if (step.file == "memory.max" && !is_raise(step.before, step.value)) {
        if (is_out_of_reach(step)) return below_use(step, number_of_file(step.directory + "/memory.current"));
        return squeeze(step);
    }
    core::Status written = write_control(path, step.value);
    if (written) return written;
    const bool memory_v1 = step.file == "memory.limit_in_bytes" || step.file == "memory.memsw.limit_in_bytes";
    const bool busy = written.error().kind == core::ErrorKind::Conflict;
    if (memory_v1 && busy) {
        const bool both = step.file != "memory.limit_in_bytes";
        return below_use(step, number_of_file(step.directory + (both ? "/memory.memsw.usage_in_bytes"
                                                                     : "/memory.usage_in_bytes")));
    }
    core::Error refused = std::move(written).error();
    if (refused.kind == core::ErrorKind::NotFound)
        return core::error(core::ErrorKind::NotFound, "the pot is not running");
    refused.field = step.field;
    return step.field.empty() ? std::move(refused) : std::move(refused).in(step.field);
}

/// Wider than before for the one that was not done; the kernel has no reason to refuse what held just now.
void take_back(const std::vector<LimitStep>& steps, std::size_t done, core::Error& cause) {
    for (std::size_t i = done; i-- > 0;) {
        const LimitStep& step = steps[i];
        const auto back = write_control(step.directory + "/" + step.file, step.before);
        if (!back) cause.message += "; " + step.file + " stays as asked for: " + back.error().message;
    }
}

}  // namespace

core::Status carry_out(const std::vector<LimitStep>& steps) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        core::Status written = write_step(steps[i]);
        if (written) continue;
        core::Error cause = std::move(written).error();
        take_back(steps, i, cause);
        return cause;
    }
    return {};
}

bool same_limit(const std::string& left, const std::string& right) {
    const auto one = limit_number(left), other = limit_number(right);
    if (!one || !other) return trimmed(left) == trimmed(right);
    return *one == *other;
}

bool is_raise(const std::string& before, const std::string& value) {
    const auto old = limit_number(before), wanted = limit_number(value);
    return old && wanted && *wanted > *old;
}

}  // namespace potd::platform
