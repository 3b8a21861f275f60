#include "daemon/monitor/linux/pot_command.hpp"

#include "daemon/monitor/linux/devices.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/linux/terminal.hpp"
#include "daemon/monitor/linux/user_namespace.hpp"
#include "daemon/monitor/sys.hpp"

#include <cerrno>

#include <fcntl.h>

namespace potd::monitor {

namespace {

/// Pages of it are touched as far as there are words, and given back afterwards.
const char* argv_room[Strings::max_count];
const char* env_room[Strings::max_count];

/// Opened with the host's rights, which the command will not have: it must be the device, whatever a volume
/// on /dev has under its name.
int open_null(int access) {
    const int fd = sys::open_at(AT_FDCWD, "/dev/null", access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return fd;
    const long result = is_device(fd, 1, 3) ? raw_call(SYS_fcntl, fd, F_SETFL, access) : -ENODEV;
    if (result >= 0) return fd;
    sys::close(fd);
    return static_cast<int>(result);
}

/// Streams that the caller did not give.
bool fill_standard(CommandOrder& order, Fault& fault) {
    for (int i = 0; i < 3; ++i) {
        if (order.standard[i] >= 0) continue;
        order.standard[i] = open_null(i == 0 ? O_RDONLY : O_WRONLY);
        if (order.standard[i] < 0)
            return fail(fault, Stage::Mount, order.standard[i], "open /dev/null in the pot");
    }
    return true;
}

bool open_streams(const CommandWords& words, CommandOrder& order, PotCommand& made, Fault& fault) {
    if (!words.terminal) {
        for (int i = 0; i < 3; ++i) order.standard[i] = words.standard[i];
        return fill_standard(order, fault);
    }
    const platform::PlanView& plan = *order.plan;
    const Terminal terminal = open_terminal({words.rows, words.columns}, host_user(plan, order.who->uid),
                                            host_group(plan, tty_group), fault);
    if (terminal.slave < 0) return false;
    made.terminal_master = terminal.master;
    order.terminal = true;
    for (int& fd : order.standard) fd = terminal.slave;
    return !words.console || bind_console(terminal.slave, fault);
}

void close_own(const CommandWords& words, const CommandOrder& order) {
    if (order.terminal) return sys::close(order.standard[0]);
    for (int i = 0; i < 3; ++i) {
        if (order.standard[i] != words.standard[i]) sys::close(order.standard[i]);
    }
}

}  // namespace

bool start_pot_command(const platform::PlanView& plan, const CommandWords& words, PotCommand& made,
                       Fault& fault) {
    Credentials who;
    const bool found =
        find_user(words.user.empty() ? plan.command.user : words.user, words.own_files, who, fault);
    sys::close(words.own_files);
    if (!found) return false;
    HomeVariable home;
    Strings argv(argv_room);
    Strings env(env_room);
    if (!join_words({words.argv, words.env, plan.command.env}, who, home, argv, env))
        return fail(fault, Stage::Plan, -E2BIG, "command");
    CommandOrder order;
    order.plan = &plan;
    order.argv = &argv;
    order.env = &env;
    order.who = &who;
    const std::string_view workdir = words.workdir.empty() ? plan.command.workdir : words.workdir;
    order.workdir = workdir.empty() ? "/" : workdir.data();
    order.clone_flags = words.clone_flags;
    order.user_namespace = words.user_namespace;
    order.files = words.files;
    order.born = words.born;
    bool started = open_streams(words, order, made, fault);
    raw_call(SYS_umask, plan.security.umask);
    if (started) started = start_command(order, made.process, fault);
    close_own(words, order);
    return started;
}

void release_command_memory() {
    release_command_stack();
    sys::give_back(argv_room, sizeof argv_room);
    sys::give_back(env_room, sizeof env_room);
}

}  // namespace potd::monitor
