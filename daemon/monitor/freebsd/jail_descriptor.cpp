#include "daemon/monitor/freebsd/jail_descriptor.hpp"

#include <cstdint>

#include <sys/types.h>
// after sys/types.h
#include <sys/event.h>

namespace potd::monitor::jail_descriptor {
namespace {

constexpr short filter = -15;                // EVFILT_JAILDESC
constexpr std::uint32_t removed = 1U << 28;  // NOTE_JAIL_REMOVE

}  // namespace

bool watch(int queue, int descriptor) {
    struct kevent change {};
    EV_SET(&change, static_cast<std::uintptr_t>(descriptor), filter, EV_ADD, removed, 0, nullptr);
    return ::kevent(queue, &change, 1, nullptr, 0, nullptr) == 0;
}

}  // namespace potd::monitor::jail_descriptor
