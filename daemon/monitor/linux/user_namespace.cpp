#include "daemon/monitor/linux/user_namespace.hpp"

#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/socket.h>

namespace potd::monitor {

using platform::IdMapping;
using platform::LaunchPlan;
using platform::PlanTag;
using platform::PlanView;

namespace {

/// A process of `/proc/PID/` on the host.
using ProcPath = FixedText<64>;

ProcPath proc_file(long pid, const char* name) {
    ProcPath path;
    path.add("/proc/").add_number(pid).add("/").add(name);
    return path;
}

/// The kernel takes a map in one write.
long write_map(const PlanView& plan, PlanTag tag, long pid, const char* file) {
    FixedText<2048> text;
    for (const auto payload : plan.of(tag)) {
        IdMapping mapping;
        if (!platform::read_id_mapping(payload, mapping)) return -EINVAL;
        text.add_number(mapping.inside).add(" ").add_number(mapping.outside).add(" ");
        text.add_number(mapping.count).add("\n");
    }
    if (text.overflowed()) return -E2BIG;
    const int fd = sys::open_at(AT_FDCWD, proc_file(pid, file).c_str(), O_WRONLY);
    if (fd < 0) return fd;
    const long result = sys::write(fd, text.c_str(), text.view().size());
    sys::close(fd);
    return result;
}

long become_root() {
    long result = raw_call(SYS_setgroups, 0, nullptr);
    if (result >= 0) result = raw_call(SYS_setresgid, 0, 0, 0);
    if (result >= 0) result = raw_call(SYS_setresuid, 0, 0, 0);
    return result;
}

long read_whole(int fd, void* into, std::size_t size) {
    long result = 0;
    do {
        result = sys::read(fd, into, size);
    } while (result == -EINTR);
    return result;
}

/// The holder's part: keeps the namespaces until they are open elsewhere. As root of its map it makes the
/// others, so that what the kernel makes in them (the root of mqueue) belongs to the pot's root.
[[noreturn]] void hold(int link, std::uint64_t owned) {
    raw_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    char mapped = 0;
    if (read_whole(link, &mapped, 1) == 1) {
        long result = become_root();
        if (result >= 0) result = raw_call(SYS_unshare, owned);
        (void)sys::write(link, &result, sizeof result);
        (void)read_whole(link, &mapped, 1);  // until potmon lets go
    }
    for (;;) raw_call(SYS_exit_group, 0);
}

/// A process in a fresh user namespace and potmon's end of the link to it.
struct Holder {
    long pid = 0;
    int link = -1;

    void end() {
        sys::close(link);
        if (pid > 0) raw_call(SYS_wait4, pid, nullptr, __WALL, nullptr);
        pid = 0;
        link = -1;
    }
};

long start_holder(std::uint64_t owned, Holder& holder) {
    int ends[2] = {-1, -1};
    const long result = raw_call(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
    if (result < 0) return result;
    clone_args arguments{};
    arguments.flags = CLONE_NEWUSER;
    arguments.exit_signal = SIGCHLD;
    holder.pid = raw_call(SYS_clone3, &arguments, sizeof arguments);
    if (holder.pid == 0) {
        sys::close(ends[0]);
        hold(ends[1], owned);
    }
    sys::close(ends[1]);
    holder.link = ends[0];
    return holder.pid;
}

/// Lets the holder make what else there is to be; minus errno if it could not.
long own_the_rest(const Holder& holder) {
    const char mapped = 1;
    long result = sys::write(holder.link, &mapped, 1);
    if (result < 0) return result;
    long outcome = -EIO;
    result = read_whole(holder.link, &outcome, sizeof outcome);
    return result < 0 ? result : outcome;
}

long open_namespaces(long pid, bool network, UserNamespace& made) {
    struct Wanted {
        int& fd;
        const char* file;
        bool wanted;
    };
    const Wanted all[] = {{made.user, "ns/user", true},
                          {made.uts, "ns/uts", true},
                          {made.ipc, "ns/ipc", true},
                          {made.network, "ns/net", network}};
    for (const Wanted& each : all) {
        if (!each.wanted) continue;
        each.fd = sys::open_at(AT_FDCWD, proc_file(pid, each.file).c_str(), O_RDONLY);
        if (each.fd < 0) return each.fd;
    }
    return 0;
}

bool fill_user_namespace(const PlanView& plan, const Holder& holder, bool network, UserNamespace& made,
                         Fault& fault) {
    long result = write_map(plan, PlanTag::UidMap, holder.pid, "uid_map");
    if (result >= 0) result = write_map(plan, PlanTag::GidMap, holder.pid, "gid_map");
    if (result < 0) return fail(fault, Stage::Namespace, result, "map the ids of the user namespace");
    result = own_the_rest(holder);
    if (result >= 0) result = open_namespaces(holder.pid, network, made);
    return result >= 0 || fail(fault, Stage::Namespace, result, "make the pot's namespaces");
}

std::uint32_t outside(const PlanView& plan, PlanTag tag, std::uint32_t id) {
    bool any = false;
    for (const auto payload : plan.of(tag)) {
        IdMapping mapping;
        any = true;
        if (!platform::read_id_mapping(payload, mapping)) continue;
        if (id >= mapping.inside && id - mapping.inside < mapping.count)
            return mapping.outside + (id - mapping.inside);
    }
    return any ? ~std::uint32_t{0} : id;
}

/// A change of the file system's user takes the rights over files away that go with root.
long keep_rights() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    const long result = raw_call(SYS_capget, &header, data);
    if (result < 0) return result;
    for (auto& word : data) word.effective = word.permitted;
    return raw_call(SYS_capset, &header, data);
}

}  // namespace

void UserNamespace::close() {
    for (const int fd : {user, uts, ipc, network}) sys::close(fd);
    *this = {};
}

bool has_user_namespace(const PlanView& plan) {
    const auto maps = plan.of(PlanTag::UidMap);
    return maps.begin() != maps.end();
}

bool make_user_namespace(const PlanView& plan, UserNamespace& made, Fault& fault) {
    if (!has_user_namespace(plan)) return true;
    const bool network = plan.sandbox.network == LaunchPlan::Network::New;
    Holder holder;
    const long result =
        start_holder(CLONE_NEWUTS | CLONE_NEWIPC | (network ? std::uint64_t{CLONE_NEWNET} : 0), holder);
    const bool filled = result >= 0 ? fill_user_namespace(plan, holder, network, made, fault)
                                    : fail(fault, Stage::Namespace, result, "make a user namespace");
    holder.end();
    if (!filled) made.close();
    return filled;
}

bool join_owned(const UserNamespace& made, Fault& fault) {
    for (const int fd : {made.uts, made.ipc, made.network}) {
        if (fd < 0) continue;
        const long result = raw_call(SYS_setns, fd, 0);
        if (result < 0) return fail(fault, Stage::Namespace, result, "join the pot's namespaces");
    }
    return true;
}

bool enter_user_namespace(int fd, Fault& fault) {
    if (fd < 0) return true;
    long result = raw_call(SYS_setns, fd, CLONE_NEWUSER);
    if (result >= 0) result = become_root();
    return result >= 0 || fail(fault, Stage::Security, result, "enter the user namespace");
}

std::uint32_t host_user(const PlanView& plan, std::uint32_t id) {
    return outside(plan, PlanTag::UidMap, id);
}

std::uint32_t host_group(const PlanView& plan, std::uint32_t id) {
    return outside(plan, PlanTag::GidMap, id);
}

bool make_files_for_pot(const PlanView& plan, bool on, Fault& fault) {
    if (!has_user_namespace(plan)) return true;
    // These two answer with the id that was, in failure too; root of the host may do both.
    raw_call(SYS_setfsgid, on ? host_group(plan, 0) : 0);
    raw_call(SYS_setfsuid, on ? host_user(plan, 0) : 0);
    const long result = keep_rights();
    return result >= 0 || fail(fault, Stage::Security, result, "make files for the pot's root");
}

}  // namespace potd::monitor
