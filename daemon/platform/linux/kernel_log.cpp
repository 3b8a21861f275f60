#include "daemon/platform/linux/kernel_log.hpp"

#include "daemon/platform/posix/text.hpp"

#include <algorithm>
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

std::string KernelLog::last_victim(std::string_view group) {
    read_on();
    const auto last = std::find_if(kills_.rbegin(), kills_.rend(),
                                   [&](const Kill& kill) { return kill.group.ends_with(group); });
    return last == kills_.rend() ? std::string() : last->victim;
}

void KernelLog::read_on() {
    if (!file_) file_ = UniqueFd(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file_) return;
    std::array<char, 8192> record{};  // the longest the kernel gives
    for (;;) {
        const ssize_t size = ::read(file_.get(), record.data(), record.size());
        // EPIPE: records were overwritten meanwhile; the next read goes on with the oldest there is.
        if (size < 0 && (errno == EPIPE || errno == EINTR)) continue;
        if (size <= 0) return;
        for (const std::string_view line : split({record.data(), static_cast<std::size_t>(size)}, '\n'))
            take(line);
    }
}

/// mm/oom_kill.c, dump_oom_summary: "oom-kill:constraint=…,task_memcg=/GROUP,task=NAME,pid=N,uid=N".
void KernelLog::take(std::string_view record) {
    const auto begin = record.find("oom-kill:constraint=");
    if (begin == std::string_view::npos) return;
    const std::string_view summary = record.substr(begin);
    kills_.push_back(
        {std::string(value_in(summary, "task_memcg=")),
         std::string(value_in(summary, "task=")) + " (pid " + std::string(value_in(summary, "pid=")) + ")"});
    if (kills_.size() > kept) kills_.pop_front();
}

}  // namespace potd::platform
