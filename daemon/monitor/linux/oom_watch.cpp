#include "daemon/monitor/linux/oom_watch.hpp"

#include "daemon/monitor/linux/cgroups.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

namespace potd::monitor {

using platform::CgroupDirectory;
using platform::CgroupView;
using platform::PlanTag;
using platform::PlanView;

namespace {

bool memory_group(const PlanView& plan, CgroupView& found) {
    for (const auto payload : plan.of(PlanTag::Cgroup)) {
        if (platform::read_cgroup(payload, found) && (found.roles & CgroupDirectory::Memory) != 0)
            return true;
    }
    return false;
}

int open_in(const CgroupView& group, std::string_view file, int flags) {
    FixedText<4096> path;
    path.add(group.path).add("/").add(file);
    return sys::open_at(AT_FDCWD, path.c_str(), flags);
}

}  // namespace

void OomWatch::begin(const PlanView& plan) {
    CgroupView group;
    if (!memory_group(plan, group)) return;
    kills_all_ = (group.roles & CgroupDirectory::KillOnOom) != 0;
    const bool v2 = (group.roles & CgroupDirectory::Unified) != 0;
    counts_ = open_in(group, v2 ? "memory.events" : "memory.oom_control", O_RDONLY);
    if (counts_ < 0 || (!v2 && !begin_v1(group))) return end();
    // v2: a change is told from the first read on.
    kills_ = read_kills();
}

/// cgroup-v1/memory.rst, section 10: the event and the file it is about are written to cgroup.event_control.
bool OomWatch::begin_v1(const CgroupView& group) {
    event_ = static_cast<int>(raw_call(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK));
    const int control = open_in(group, "cgroup.event_control", O_WRONLY);
    FixedText<32> pair;
    pair.add_number(event_).add(" ").add_number(counts_);
    const bool told =
        event_ >= 0 && control >= 0 && sys::write(control, pair.c_str(), pair.view().size()) > 0;
    sys::close(control);
    return told;
}

void OomWatch::end() {
    sys::close(event_);
    sys::close(counts_);
    event_ = counts_ = -1;
    looks_left_ = 0;
}

bool OomWatch::fill(pollfd& entry) const {
    if (counts_ < 0) return false;
    entry = event_ >= 0 ? pollfd{event_, POLLIN, 0} : pollfd{counts_, POLLPRI, 0};
    return true;
}

bool OomWatch::look(bool was_ready) {
    if (counts_ < 0) return false;
    if (was_ready) {
        std::uint64_t count = 0;
        if (event_ >= 0) (void)sys::read(event_, &count, sizeof count);
        looks_left_ = most_looks;
    }
    if (looks_left_ > 0) --looks_left_;
    const std::int64_t now = read_kills();
    if (now <= kills_) return false;
    kills_ = now;
    looks_left_ = 0;
    return true;
}

std::int64_t OomWatch::read_kills() const {
    char text[512];
    const long size = raw_call(SYS_pread64, counts_, text, sizeof text, 0);
    if (size <= 0) return 0;
    return number_of_key({text, static_cast<std::size_t>(size)}, "oom_kill ").value_or(0);
}

}  // namespace potd::monitor
