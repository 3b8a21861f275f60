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

/// A regular file or nothing: the pot may have put a pipe or a device there.
int open_database(const char* path) {
    const int fd = sys::open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || sys::file_size(fd) >= 0) return fd;
    sys::close(fd);
    return -1;
}

bool find_user(std::string_view user, Credentials& who, Fault& fault) {
    UserFiles files;
    files.passwd = open_database("/etc/passwd");
    if (!user.empty()) files.group = open_database("/etc/group");
    const UserError error = resolve_user(user, files, who);
    sys::close(files.passwd);
    sys::close(files.group);
    if (error == UserError::None) return true;
    fail(fault, Stage::User, 0, error == UserError::NoSuchUser ? "user" : "group of", user);
    fault.text.add(": not known in the pot");
    fault.error_number = ENOENT;
    return false;
}

bool join_words(const platform::PlanView& plan, const CommandWords& words, Strings& argv, Strings& env,
                FixedText<300>& home) {
    return argv.add_all(words.argv) && env.add_variables(words.env) && env.add_variables(plan.command.env) &&
           env.add_variable(home.view());
}

/// Streams that the caller did not give.
bool fill_standard(CommandOrder& order, Fault& fault) {
    for (int i = 0; i < 3; ++i) {
        if (order.standard[i] >= 0) continue;
        order.standard[i] = sys::open_at(AT_FDCWD, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY);
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
    if (!find_user(words.user.empty() ? plan.command.user : words.user, who, fault)) return false;
    FixedText<300> home;
    home.add("HOME=").add(who.home.empty() ? std::string_view("/") : who.home.view());
    Strings argv(argv_room);
    Strings env(env_room);
    if (!join_words(plan, words, argv, env, home)) return fail(fault, Stage::Plan, -E2BIG, "command");
    CommandOrder order;
    order.plan = &plan;
    order.argv = &argv;
    order.env = &env;
    order.who = &who;
    const std::string_view workdir = words.workdir.empty() ? plan.command.workdir : words.workdir;
    order.workdir = workdir.empty() ? "/" : workdir.data();
    order.clone_flags = words.clone_flags;
    order.user_namespace = words.user_namespace;
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
