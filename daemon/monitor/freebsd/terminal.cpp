#include "daemon/monitor/freebsd/terminal.hpp"

#include "daemon/monitor/sys.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/types.h>
// after sys/types.h
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace potd::monitor {

namespace {

constexpr gid_t tty_group = 4;
constexpr mode_t slave_mode = 0620;

long set_size(int fd, WindowSize size) {
    const winsize kernel_size{size.rows, size.columns, 0, 0};
    return ::ioctl(fd, TIOCSWINSZ, &kernel_size) == 0 ? 0 : -errno;
}

long open_slave(int master, Terminal& terminal) {
    char name[64] = "/dev/";
    if (::ptsname_r(master, name, sizeof name) != 0) return -errno;
    terminal.slave = sys::open_at(AT_FDCWD, name, O_RDWR | O_NOCTTY);
    return terminal.slave;
}

}  // namespace

Terminal open_terminal(WindowSize size, const Credentials& who, Fault& fault) {
    Terminal terminal;
    terminal.master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    long result = terminal.master < 0 ? -errno : open_slave(terminal.master, terminal);
    if (result >= 0) result = set_size(terminal.slave, size);
    if (result >= 0 && ::fchown(terminal.slave, who.uid, tty_group) != 0) result = -errno;
    if (result >= 0 && ::fchmod(terminal.slave, slave_mode) != 0) result = -errno;
    if (result >= 0) return terminal;
    fail(fault, Stage::Terminal, result, "open a terminal in the pot");
    sys::close(terminal.master);
    sys::close(terminal.slave);
    return {};
}

void resize_terminal(int terminal, WindowSize size) {
    (void)set_size(terminal, size);
}

}  // namespace potd::monitor
