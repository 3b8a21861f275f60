#include "daemon/platform/freebsd/jail_socket.hpp"
#include "daemon/platform/posix/loopback_socket.hpp"
#include "daemon/platform/posix/process_identity.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <sys/param.h>
// after sys/param.h
#include <sys/jail.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

/// Room for one descriptor, aligned as the kernel wants it.
union Control {
    std::array<char, CMSG_SPACE(sizeof(int))> bytes;
    cmsghdr alignment;
};

core::Result<int> jail_of(std::int32_t pid) {
    std::array<int, 4> name{CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
    kinfo_proc about{};
    std::size_t size = sizeof about;
    if (::sysctl(name.data(), name.size(), &about, &size, nullptr, 0) != 0 || size != sizeof about)
        return core::error(core::ErrorKind::NotFound, "the run has ended");
    return about.ki_jid;
}

struct Wanted {
    int family = AF_INET, type = SOCK_STREAM;
    const LoopbackPort* to = nullptr;  ///< where it begins to connect to; null: nowhere
};

/// What the child has to say: a descriptor comes with it if nothing failed.
struct Outcome {
    int failure = 0;  ///< errno
    bool connecting = false;
};

/// Between fork and _exit only system calls.
[[noreturn]] void make_and_send(int jail, const Wanted& wanted, int answer) {
    int made = -1;
    Outcome outcome;
    // The kernel lets nobody into a jail who has a directory open.
    if (jail != 0) {
        if (answer > 3) ::close_range(3, static_cast<unsigned>(answer) - 1, 0);
        ::close_range(static_cast<unsigned>(answer) + 1, ~0U, 0);
    }
    if (jail != 0 && ::jail_attach(jail) != 0) outcome.failure = errno;
    if (outcome.failure == 0) {
        made = ::socket(wanted.family, wanted.type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (made < 0) outcome.failure = errno;
    }
    if (outcome.failure == 0 && wanted.to != nullptr) {
        outcome.connecting = true;
        outcome.failure = begin_connect(made, *wanted.to);
    }
    iovec part{&outcome, sizeof outcome};
    Control control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (outcome.failure == 0) {
        message.msg_control = control.bytes.data();
        message.msg_controllen = control.bytes.size();
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof made);
        std::memcpy(CMSG_DATA(header), &made, sizeof made);
    }
    static_cast<void>(::sendmsg(answer, &message, MSG_NOSIGNAL));
    ::_exit(0);
}

core::Result<UniqueFd> receive(int from, const Wanted& wanted) {
    Outcome outcome;
    iovec part{&outcome, sizeof outcome};
    Control control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    ssize_t got = 0;
    do got = ::recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < static_cast<ssize_t>(sizeof outcome))
        return core::error(core::ErrorKind::Unavailable, "the way into the pot's network was cut");
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (outcome.failure != 0 || header == nullptr || header->cmsg_type != SCM_RIGHTS)
        return core::os_error(outcome.failure, outcome.connecting && wanted.to != nullptr
                                                   ? to_text(*wanted.to)
                                                   : "make a socket in the pot's network");
    int made = -1;
    std::memcpy(&made, CMSG_DATA(header), sizeof made);
    return UniqueFd(made);
}

void reap_child(pid_t child) {
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
}

core::Result<UniqueFd> socket_in(const core::ProcessIdentity& process, const Wanted& wanted) {
    const auto jail = jail_of(process.pid);
    if (!jail) return jail.error();
    // The number may be another's by now; a jail's is not given anew while this process is in it.
    if (!is_alive(process)) return core::error(core::ErrorKind::NotFound, "the run has ended");
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return core::os_error(errno, "socketpair");
    const UniqueFd own(ends[0]);
    UniqueFd theirs(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) return core::os_error(errno, "fork");
    if (child == 0) make_and_send(*jail, wanted, theirs.get());
    theirs.reset();
    auto made = receive(own.get(), wanted);
    reap_child(child);
    return made;
}

}  // namespace

core::Result<UniqueFd> connect_in(const core::ProcessIdentity& process, LoopbackPort where) {
    return socket_in(process, {where.family, SOCK_STREAM, &where});
}

core::Result<UniqueFd> datagram_socket_in(const core::ProcessIdentity& process, int family) {
    return socket_in(process, {family, SOCK_DGRAM});
}

}  // namespace potd::platform
