#include "daemon/monitor/freebsd/jail_pot.hpp"
#include "daemon/monitor/freebsd/process.hpp"
#include "daemon/monitor/monitor.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace {

constexpr int link_fd = 3;
constexpr int plan_fd = 4;

// Not on the stack and not zeroed twice: pages exist only where something was written.
potd::monitor::LogBuffers log_buffers;
std::byte frame_buffer[potd::core::monitor_link::max_frame_size];

}  // namespace

int main() {
    ::closefrom(plan_fd + 1);
    for (const int fd : {link_fd, plan_fd}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    potd::monitor::become_keeper();
    (void)::chdir("/");
    potd::monitor::JailPot pot;
    potd::monitor::Monitor monitor(pot, log_buffers, frame_buffer);
    monitor.run(link_fd, plan_fd);
    return 0;
}
