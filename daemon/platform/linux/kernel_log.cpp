#include "daemon/platform/linux/kernel_log.hpp"

#include "daemon/platform/posix/text.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

/// "key=value" of a record with commas between them; the last key may be followed by anything.
std::string_view value_in(std::string_view record, std::string_view key) {
    for (const std::string_view part : split(record, ',')) {
        if (part.starts_with(key)) return part.substr(key.size());
    }
    return {};
}

}  // namespace

/// mm/oom_kill.c, dump_oom_summary: "oom-kill:constraint=…,task_memcg=/GROUP,task=NAME,pid=N,uid=N".
std::string last_oom_victim(std::string_view log, std::string_view group) {
    std::string victim;
    for (const std::string_view record : split(log, '\n')) {
        const auto begin = record.find("oom-kill:constraint=");
        if (begin == std::string_view::npos) continue;
        const std::string_view summary = record.substr(begin);
        if (!value_in(summary, "task_memcg=").ends_with(group)) continue;
        victim =
            std::string(value_in(summary, "task=")) + " (pid " + std::string(value_in(summary, "pid=")) + ")";
    }
    return victim;
}

std::string read_kernel_log() {
    const UniqueFd file(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file) return {};
    std::string log;
    std::array<char, 8192> record{};  // the longest the kernel gives
    for (;;) {
        const ssize_t size = ::read(file.get(), record.data(), record.size());
        // EPIPE: records were overwritten meanwhile; the next read goes on with the oldest there is.
        if (size < 0 && (errno == EPIPE || errno == EINTR)) continue;
        if (size <= 0) return log;
        log.append(record.data(), static_cast<std::size_t>(size));
    }
}

}  // namespace potd::platform
