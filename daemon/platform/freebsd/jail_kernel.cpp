#include "daemon/platform/freebsd/jail_kernel.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <sys/param.h>
// after sys/param.h
#include <sys/jail.h>
#include <sys/rctl.h>
#include <sys/sysctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

iovec part(const void* data, std::size_t size) {
    return {const_cast<void*>(data), size};
}

iovec word(const char* text) {
    return part(text, std::strlen(text) + 1);
}

/// What there is to know of the jail that one parameter picks; errno.
int get_jail(iovec key, iovec value, FoundJail& jail) {
    std::array<char, MAXHOSTNAMELEN> name{};
    std::array<char, MAXPATHLEN> path{};
    int dying = 0;
    const bool by_name = std::strcmp(static_cast<const char*>(key.iov_base), "name") == 0;
    std::array<iovec, 8> parts{key,           value,
                               word("path"),  part(path.data(), path.size()),
                               word("dying"), part(&dying, sizeof dying),
                               word("name"),  part(name.data(), name.size())};
    // A parameter is given once: the name is either what is asked by or what is asked for.
    const unsigned count = by_name ? 6 : 8;
    const int id = ::jail_get(parts.data(), count, JAIL_DYING);
    if (id < 0) return errno;
    jail = {id, name.data(), path.data(), dying != 0};
    return 0;
}

using Oid = std::vector<int>;

/// One of sysctl's own questions about an oid: 0.1 its name, 0.2 the next one, 0.4 its format.
bool ask(int question, const Oid& oid, void* into, std::size_t& size) {
    Oid request{0, question};
    request.insert(request.end(), oid.begin(), oid.end());
    return ::sysctl(request.data(), static_cast<u_int>(request.size()), into, &size, nullptr, 0) == 0;
}

core::Result<Oid> oid_of(const char* name) {
    std::array<int, CTL_MAXNAME> numbers{};
    std::size_t count = numbers.size();
    if (::sysctlnametomib(name, numbers.data(), &count) != 0) return core::os_error(errno, name);
    return Oid(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(count));
}

bool starts_with(const Oid& oid, const Oid& beginning) {
    return oid.size() > beginning.size() && std::equal(beginning.begin(), beginning.end(), oid.begin());
}

std::string name_of(const Oid& oid) {
    std::array<char, 512> text{};
    std::size_t size = text.size() - 1;
    return ask(1, oid, text.data(), size) ? std::string(text.data()) : std::string();
}

JailParameterKind kind_of(const Oid& oid) {
    std::array<char, 256> answer{};
    std::size_t size = answer.size() - 1;
    if (!ask(4, oid, answer.data(), size) || size < sizeof(u_int)) return JailParameterKind::Unknown;
    u_int type = 0;
    std::memcpy(&type, answer.data(), sizeof type);
    return jail_parameter_kind(type, answer.data() + sizeof type);
}

}  // namespace

core::Result<std::vector<FoundJail>> all_jails() {
    std::vector<FoundJail> found;
    int last = 0;
    for (;;) {
        FoundJail jail;
        const int failure = get_jail(word("lastjid"), part(&last, sizeof last), jail);
        if (failure == ENOENT) return found;
        if (failure != 0) return core::os_error(failure, "list the jails");
        last = jail.id;
        found.push_back(std::move(jail));
    }
}

std::optional<FoundJail> jail_named(const std::string& name) {
    FoundJail jail;
    if (get_jail(word("name"), word(name.c_str()), jail) != 0) return std::nullopt;
    jail.name = name;
    return jail;
}

core::Status remove_jail(int id) {
    if (::jail_remove(id) == 0 || errno == EINVAL) return {};
    return core::os_error(errno, "remove the jail");
}

core::Result<JailParameterKinds> read_parameter_kinds() {
    constexpr std::string_view prefix = "security.jail.param.";
    const auto top = oid_of("security.jail.param");
    if (!top) return top.error();
    JailParameterKinds kinds;
    Oid oid = top.value();
    for (;;) {
        std::array<int, CTL_MAXNAME> next{};
        std::size_t size = sizeof next;
        if (!ask(2, oid, next.data(), size)) break;
        oid.assign(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(size / sizeof(int)));
        if (!starts_with(oid, top.value())) break;
        std::string name = name_of(oid);
        if (!std::string_view(name).starts_with(prefix)) continue;
        name.erase(0, prefix.size());
        // A parameter that is also the parent of others ends with a dot: "allow.mount.".
        if (!name.empty() && name.back() == '.') name.pop_back();
        if (!name.empty()) kinds.insert_or_assign(name, kind_of(oid));
    }
    if (kinds.empty()) return core::error(core::ErrorKind::Unsupported, "this kernel has no jails");
    return kinds;
}

core::Status signal_jail(int id, int signal_number) {
    const core::Status sent = signal_in_jail(id, signal_number, {-1});
    // Nothing to signal is fine.
    return !sent && sent.error().kind == core::ErrorKind::NotFound ? core::Status{} : sent;
}

core::Status signal_in_jail(int id, int signal_number, const std::vector<std::int32_t>& pids) {
    volatile int failure = 0;
    volatile bool met = false;
    const pid_t helper = ::vfork();
    if (helper == 0) {
        // In the caller's memory, so only system calls. The kernel lets nobody in who has a directory open.
        ::close_range(3, ~0U, 0);
        if (::jail_attach(id) != 0) failure = errno;
        for (const std::int32_t pid : pids) {
            if (failure != 0) break;
            if (::kill(pid, signal_number) == 0)
                met = true;
            else if (errno != ESRCH)
                failure = errno;
        }
        ::_exit(0);
    }
    if (helper < 0) return core::os_error(errno, "vfork");
    while (::waitpid(helper, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (failure != 0) return core::os_error(failure, "signal the processes of the jail");
    return met ? core::Status{} : core::error(core::ErrorKind::NotFound, "the processes have ended");
}

std::string limit_rules_of(const std::string& jail) {
    constexpr std::size_t largest = 1 << 20;
    const std::string filter = "jail:" + jail + ":";
    std::string answer(4096, '\0');
    while (::rctl_get_rules(filter.c_str(), filter.size() + 1, answer.data(), answer.size()) != 0) {
        if (errno != ERANGE || answer.size() >= largest) return {};
        answer.resize(answer.size() * 2);
    }
    return answer.c_str();
}

void remove_limit_rules(const std::string& jail) {
    const std::string filter = "jail:" + jail + ":";
    // ESRCH: there is none; ENOSYS: this kernel counts nothing.
    (void)::rctl_remove_rule(filter.c_str(), filter.size() + 1, nullptr, 0);
}

std::string sysctl_text(const char* name) {
    std::array<char, 256> text{};
    std::size_t size = text.size() - 1;
    return ::sysctlbyname(name, text.data(), &size, nullptr, 0) == 0 ? std::string(text.data())
                                                                     : std::string();
}

bool accounting_enabled() {
    int enabled = 0;
    std::size_t size = sizeof enabled;
    return ::sysctlbyname("kern.racct.enable", &enabled, &size, nullptr, 0) == 0 && enabled != 0;
}

}  // namespace potd::platform
