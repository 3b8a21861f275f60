#include "daemon/platform/freebsd/oom_log.hpp"

#include <cerrno>
#include <utility>

#include <sys/types.h>
// after sys/types.h
#include <sys/sysctl.h>

namespace potd::platform {
namespace {

constexpr core::milliseconds between_looks{1000};

}  // namespace

LoggedVictims read_memory_matches() {
    std::size_t size = 0;
    if (::sysctlbyname("kern.msgbuf", nullptr, &size, nullptr, 0) != 0) return {};
    std::string log(size, '\0');
    if (::sysctlbyname("kern.msgbuf", log.data(), &size, nullptr, 0) != 0) return {};
    log.resize(size);
    return memory_matches(log);
}

OomLog::OomLog(Loop loop, std::function<bool()> wanted, Told told)
    : loop_(loop), wanted_(std::move(wanted)), told_(std::move(told)) {}

OomLog::~OomLog() {
    loop_.timers.cancel(timer_);
}

void OomLog::begin() {
    timer_ = loop_.timers.arm(loop_.clock.steady().plus(between_looks), [this] {
        begin();
        if (wanted_()) look();
    });
}

/// Again and again: a run that is being taken over hears of it only then.
void OomLog::look() {
    tally_.take(read_memory_matches());
    tally_.each(told_);
}

}  // namespace potd::platform
