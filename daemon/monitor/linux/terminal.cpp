#include "daemon/monitor/linux/terminal.hpp"

#include "daemon/monitor/linux/devices.hpp"
#include "daemon/monitor/linux/mounts.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/ioctl.h>

namespace potd::monitor {

namespace {

long set_size(int fd, WindowSize size) {
    const winsize kernel_size{size.rows, size.columns, 0, 0};
    return raw_call(SYS_ioctl, fd, TIOCSWINSZ, &kernel_size);
}

long open_slave(int master) {
    const int unlocked = 0;
    const long result = raw_call(SYS_ioctl, master, TIOCSPTLCK, &unlocked);
    return result < 0 ? result : raw_call(SYS_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/// Nothing else under that name is opened, which would be with the host's rights: a volume on /dev may have
/// put a link there.
int open_master() {
    const int seen = sys::open_at(AT_FDCWD, "/dev/pts/ptmx", O_PATH | O_NOFOLLOW);
    if (seen < 0) return seen;
    const bool good = is_device(seen, 5, 2);
    sys::close(seen);
    return good ? sys::open_at(AT_FDCWD, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW) : -ENODEV;
}

}  // namespace

Terminal open_terminal(WindowSize size, std::uint32_t user, std::uint32_t group, Fault& fault) {
    Terminal terminal;
    terminal.master = open_master();
    long result = terminal.master;
    if (result >= 0) result = open_slave(terminal.master);
    if (result >= 0) {
        terminal.slave = static_cast<int>(result);
        result = set_size(terminal.master, size);
    }
    if (result >= 0) result = raw_call(SYS_fchown, terminal.slave, user, group);
    if (result >= 0) return terminal;
    fail(fault, Stage::Terminal, result, "open a terminal in the pot");
    sys::close(terminal.master);
    sys::close(terminal.slave);
    return {};
}

bool bind_console(int slave, Fault& fault) {
    const int made = sys::open_at(AT_FDCWD, "/dev/console", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    sys::close(made);  // -EEXIST will do as well
    const int target = sys::open_at(AT_FDCWD, "/dev/console", O_PATH | O_NOFOLLOW);
    const long result = target < 0 ? target : bind_over(slave, target, 0, false);
    sys::close(target);
    return result >= 0 || fail(fault, Stage::Terminal, result, "show the terminal as /dev/console");
}

void resize_terminal(int terminal, WindowSize size) {
    (void)set_size(terminal, size);
}

}  // namespace potd::monitor
