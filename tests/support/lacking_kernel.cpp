#include "tests/support/lacking_kernel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace potd::test {
namespace {

constexpr std::uint32_t least_request = 32, most_request = 1024;  // of a link, in bytes

[[noreturn]] void lacking_fails(const std::string& what) {
    throw std::runtime_error("lacking kernel: " + what + ": " + std::strerror(errno));  // NOLINT: tests
}

int need(long result, const std::string& what) {
    if (result < 0) lacking_fails(what);
    return static_cast<int>(result);
}

constexpr std::uint32_t argument(int number) {
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args) +
                                      std::size_t{8} * static_cast<unsigned>(number));
}

/// Instructions, with jumps to an end that is not known yet.
class Program {
  public:
    void load(std::uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
    /// Goes on only if it is equal; else with the next rule.
    void want(std::uint32_t value) {
        open_.push_back(all_.size());
        all_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 0));
    }
    void want_between(std::uint32_t least, std::uint32_t most) {
        open_.push_back(all_.size());
        all_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, least, 0, 0));
        over_ = all_.size();
        all_.push_back(BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, most, 0, 0));
    }
    /// Ends a rule.
    void answer(std::uint32_t action) {
        add(BPF_RET | BPF_K, action);
        const auto next = [&](std::size_t at) { return static_cast<std::uint8_t>(all_.size() - at - 1); };
        for (const std::size_t at : open_) all_[at].jf = next(at);
        if (over_ != 0) all_[over_].jt = next(over_);
        open_.clear();
        over_ = 0;
    }
    sock_fprog whole() {
        answer(SECCOMP_RET_ALLOW);
        return {static_cast<unsigned short>(all_.size()), all_.data()};
    }

  private:
    void add(int code, std::uint32_t value) {
        all_.push_back(BPF_STMT(static_cast<std::uint16_t>(code), value));
    }

    std::vector<sock_filter> all_;
    std::vector<std::size_t> open_;
    std::size_t over_ = 0;
};

void begin_rule(Program& program, long call) {
    program.load(offsetof(seccomp_data, nr));
    program.want(static_cast<std::uint32_t>(call));
}

void refuse_sockets(Program& program, int family, int protocol, int error) {
    begin_rule(program, SYS_socket);
    program.load(argument(0));
    program.want(static_cast<std::uint32_t>(family));
    if (protocol >= 0) program.load(argument(2));
    if (protocol >= 0) program.want(static_cast<std::uint32_t>(protocol));
    program.answer(SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
}

void tell_of_requests(Program& program, long call) {
    begin_rule(program, call);
    program.load(argument(2));
    program.want_between(least_request, most_request);
    program.answer(SECCOMP_RET_USER_NOTIF);
}

}  // namespace

LackingKernel::LackingKernel(Without without) : without_(std::move(without)) {
    std::string place = "/tmp/potd-lacking-XXXXXX";
    if (::mkdtemp(place.data()) == nullptr) lacking_fails(place);
    hidden_ = place;
}

LackingKernel::~LackingKernel() {
    if (renaming_.joinable()) {
        const std::uint64_t one = 1;
        static_cast<void>(::write(stop_, &one, sizeof one));
        renaming_.join();
    }
    for (const int fd : {listener_, stop_})
        if (fd >= 0) ::close(fd);
    std::error_code ignored;
    std::filesystem::remove(hidden_, ignored);
}

void LackingKernel::run(const std::function<void()>& act) {
    std::exception_ptr problem;
    std::thread([&] {
        try {
            enter();
            act();
        } catch (...) {
            problem = std::current_exception();
        }
    }).join();
    if (problem) std::rethrow_exception(problem);
}

void LackingKernel::enter() {
    if (without_.ipv6) hide_ipv6();
    Program program;
    if (without_.nftables) refuse_sockets(program, AF_NETLINK, NETLINK_NETFILTER, EPROTONOSUPPORT);
    if (without_.ipv6) refuse_sockets(program, AF_INET6, -1, EAFNOSUPPORT);
    const bool renames = !without_.link_kind.empty();
    for (const long call : {SYS_sendto, SYS_write})
        if (renames) tell_of_requests(program, call);
    sock_fprog filter = program.whole();
    if (renames) stop_ = need(::eventfd(0, EFD_CLOEXEC), "eventfd");
    const long made = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                renames ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &filter);
    need(made, "seccomp");
    if (renames) listener_ = static_cast<int>(made);
    // It makes none of the calls that it is told of.
    if (renames) renaming_ = std::thread([this] { rename_kinds(); });
}

/// In a mount namespace of this thread: the settings of the network without those of IPv6.
void LackingKernel::hide_ipv6() const {
    need(::unshare(CLONE_NEWNS), "unshare");
    need(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount /");
    need(::mount("none", hidden_.c_str(), "tmpfs", 0, nullptr), hidden_);
    for (const char* const part : {"/core", "/ipv4"}) {
        const std::string place = hidden_ + part;
        need(::mkdir(place.c_str(), 0755), place);
        need(::mount((std::string("/proc/sys/net") + part).c_str(), place.c_str(), nullptr, MS_BIND, nullptr),
             place);
    }
    need(::mount(hidden_.c_str(), "/proc/sys/net", nullptr, MS_BIND | MS_REC, nullptr), "/proc/sys/net");
}

/// Whatever is sent passes, the kind of a new link with a name that no kernel knows.
void LackingKernel::rename_kinds() const {
    for (;;) {
        std::array<pollfd, 2> entries{pollfd{listener_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
        if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) return;
        if (entries[1].revents != 0) return;
        if ((entries[0].revents & POLLIN) == 0) continue;
        seccomp_notif told{};
        if (::ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &told) != 0) continue;
        rename_in(told.pid, told.data.args[1], told.data.args[2]);
        seccomp_notif_resp answer{};
        answer.id = told.id;
        answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        static_cast<void>(::ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &answer));
    }
}

void LackingKernel::rename_in(unsigned pid, unsigned long address, unsigned long size) const {
    // IFLA_INFO_KIND, and what it is.
    const std::string wanted = std::string("\x01\0", 2) + without_.link_kind;
    const int memory = ::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDWR | O_CLOEXEC);
    if (memory < 0) return;
    std::string text(size, '\0');
    const ssize_t got = ::pread(memory, text.data(), size, static_cast<off_t>(address));
    const std::size_t at = got > 0 ? text.find(wanted) : std::string::npos;
    if (at != std::string::npos)
        static_cast<void>(::pwrite(memory, "?", 1, static_cast<off_t>(address + at + wanted.size() - 1)));
    ::close(memory);
}

std::string LackingKernel::lacks() {
    static const std::string reason = []() -> std::string {
        try {
            LackingKernel({false, false, "none"}).run([] {});
            LackingKernel({true, true, {}}).run([] {});
            return {};
        } catch (const std::exception& problem) {
            return problem.what();
        }
    }();
    return reason;
}

}  // namespace potd::test
