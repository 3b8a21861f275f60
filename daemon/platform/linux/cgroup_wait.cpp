#include "daemon/platform/linux/cgroup_wait.hpp"

#include <array>
#include <utility>

#include <sys/inotify.h>
#include <unistd.h>

namespace potd::platform {
namespace {

UniqueFd watch_changes(const std::string& file) {
    UniqueFd watch;
    if (!file.empty()) watch.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (watch && ::inotify_add_watch(watch.get(), file.c_str(), IN_MODIFY) < 0) watch.reset();
    return watch;
}

void take_events(int watch) {
    std::array<char, 4096> events{};
    while (::read(watch, events.data(), events.size()) > 0) {
    }
}

}  // namespace

std::unique_ptr<Waiting> wait_for_cgroup(Loop loop, const std::string& file, std::function<bool()> condition,
                                         core::milliseconds limit, core::Reply<void> reply) {
    Awaited awaited;
    awaited.condition = std::move(condition);
    awaited.limit = limit;
    awaited.too_late = "the control group did not change in time";
    // The first look comes after the watch is armed, so that no change is missed.
    awaited.changes = watch_changes(file);
    awaited.take_changes = take_events;
    return wait_until(loop, std::move(awaited), std::move(reply));
}

}  // namespace potd::platform
