#include "daemon/monitor/linux/linux_pot.hpp"
#include "daemon/monitor/linux/process.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/monitor.hpp"

#include <linux/close_range.h>

namespace potd::monitor {

namespace {

constexpr int link_fd = 3;
constexpr int plan_fd = 4;

LogBuffers log_buffers;
std::byte frame_buffer[core::monitor_link::max_frame_size];

}  // namespace

int run_monitor() {
    raw_call(SYS_close_range, plan_fd + 1, ~0U, 0);
    raw_call(SYS_close_range, link_fd, plan_fd, CLOSE_RANGE_CLOEXEC);
    hide_from_tracing();
    block_all_signals();
    raw_call(SYS_setsid);
    LinuxPot pot;
    Monitor monitor(pot, log_buffers, frame_buffer);
    monitor.run(link_fd, plan_fd);
    return 0;
}

}  // namespace potd::monitor
