#include "daemon/monitor/freebsd/jail.hpp"

#include "daemon/monitor/freebsd/jail_descriptor.hpp"
#include "daemon/monitor/freebsd/process.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <signal.h>
#include <sys/param.h>
// after sys/param.h
#include <sys/jail.h>
#include <sys/mman.h>
#include <sys/sysctl.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

namespace potd::monitor {

using platform::JailView;
using platform::ParameterView;
using platform::PlanTag;

namespace {

constexpr std::size_t message_size = 256;

/// Names and values as the two calls take them, and the kernel's words when they are refused.
class ParameterList {
  public:
    static constexpr std::size_t max_count = 96;

    ParameterList() {
        error_[0] = '\0';
        add("errmsg", error_, sizeof error_);
    }
    ParameterList(const ParameterList&) = delete;
    ParameterList& operator=(const ParameterList&) = delete;

    /// `name` is a C string; the memory stays the caller's.
    void add(const char* name, const void* value, std::size_t size) {
        if (count_ + 2 > 2 * max_count) {
            overflowed_ = true;
            return;
        }
        parts_[count_++] = {const_cast<char*>(name), std::strlen(name) + 1};
        parts_[count_++] = {const_cast<void*>(value), size};
    }
    void add_text(const char* name, const char* value) { add(name, value, std::strlen(value) + 1); }
    void add_flag(const char* name) { add(name, nullptr, 0); }

    /// The jail's number, or minus errno.
    [[nodiscard]] int set(int flags) {
        if (overflowed_) return -E2BIG;
        const int jail = ::jail_set(parts_, static_cast<unsigned>(count_), flags);
        return jail < 0 ? -errno : jail;
    }
    /// Makes the jail with a descriptor that owns it; minus errno, without a message of the kernel where it
    /// has no such descriptors.
    [[nodiscard]] int set_owned(int& descriptor) {
        const std::size_t count = count_;
        int given = -1;
        add("desc", &given, sizeof given);
        const int jail = set(JAIL_CREATE | jail_descriptor::own);
        count_ = count;
        descriptor = jail < 0 ? -1 : given;
        if (descriptor >= 0) (void)::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        return jail;
    }
    [[nodiscard]] int get(int flags) {
        const int jail = ::jail_get(parts_, static_cast<unsigned>(count_), flags);
        return jail < 0 ? -errno : jail;
    }
    [[nodiscard]] std::string_view message() const { return error_; }

  private:
    iovec parts_[2 * max_count];
    std::size_t count_ = 0;
    bool overflowed_ = false;
    char error_[message_size];
};

void add_parameters(ParameterList& list, const JailView& plan) {
    for (const auto payload : plan.of(PlanTag::Parameter)) {
        ParameterView parameter;
        if (!platform::read_parameter(payload, parameter)) continue;
        if (parameter.has_value) {
            list.add(parameter.name.data(), parameter.bytes.data(), parameter.bytes.size());
        } else {
            list.add_flag(parameter.name.data());
        }
    }
}

void refused(Fault& fault, int result, std::string_view message) {
    fail(fault, Stage::Namespace, message.empty() ? result : 0, "make the jail");
    if (message.empty()) return;
    fault.error_number = -result;
    fault.text.add(": ").add(message);
}

/// The kernel's table of processes, in memory of its own: it is asked for seldom and large.
class ProcessTable {
  public:
    ProcessTable() {
        const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PROC};
        std::size_t size = 0;
        if (::sysctl(name, 3, nullptr, &size, nullptr, 0) != 0) return;
        size += size / 4;  // more may have come since
        void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
        if (at == MAP_FAILED) return;
        start_ = at;
        mapped_ = size;
        if (::sysctl(name, 3, start_, &size, nullptr, 0) == 0) count_ = size / sizeof(kinfo_proc);
    }
    ~ProcessTable() {
        if (start_ != nullptr) ::munmap(start_, mapped_);
    }
    ProcessTable(const ProcessTable&) = delete;
    ProcessTable& operator=(const ProcessTable&) = delete;

    [[nodiscard]] bool any_in(int jail) const {
        const auto* const all = static_cast<const kinfo_proc*>(start_);
        for (std::size_t i = 0; i < count_; ++i) {
            if (all[i].ki_jid == jail && all[i].ki_stat != SZOMB) return true;
        }
        return false;
    }

  private:
    void* start_ = nullptr;
    std::size_t mapped_ = 0, count_ = 0;
};

}  // namespace

int make_jail(const JailView& plan, std::uint16_t ruleset, int& descriptor, Fault& fault) {
    ParameterList list;
    const int number = ruleset;
    list.add_text("name", plan.jail.name.data());
    list.add_text("path", plan.jail.root.data());
    list.add_flag("persist");
    if (ruleset != 0) list.add("devfs_ruleset", &number, sizeof number);
    add_parameters(list, plan);
    int jail = list.set_owned(descriptor);
    if (jail < 0 && list.message().empty()) jail = list.set(JAIL_CREATE);
    if (jail >= 0) return jail;
    refused(fault, jail, list.message());
    return -1;
}

void let_jail_end(int jail) {
    ParameterList list;
    list.add("jid", &jail, sizeof jail);
    list.add_flag("nopersist");
    // One that has ended by itself has nothing to let go of.
    (void)list.set(JAIL_UPDATE);
}

bool is_jail(int jail, std::string_view name) {
    char found[MAXHOSTNAMELEN] = {};
    ParameterList list;
    list.add("jid", &jail, sizeof jail);
    list.add("name", found, sizeof found);
    return list.get(0) >= 0 && name == std::string_view(found);
}

void remove_jail(int jail, std::string_view name) {
    // EINVAL: it has ended between the two calls.
    if (jail > 0 && is_jail(jail, name)) (void)::jail_remove(jail);
}

bool has_processes(int jail, std::string_view name) {
    char found[MAXHOSTNAMELEN] = {};
    ParameterList list;
    list.add("jid", &jail, sizeof jail);
    list.add("name", found, sizeof found);
    if (list.get(JAIL_DYING) < 0 || name != std::string_view(found)) return false;
    const ProcessTable table;
    return table.any_in(jail);
}

void signal_jail(int jail, int number) {
    const pid_t helper = ::fork();
    if (helper == 0) {
        close_all_except({});
        if (::jail_attach(jail) == 0) ::kill(-1, number);
        ::_exit(0);
    }
    if (helper > 0) sys::reap_pid(helper);
}

}  // namespace potd::monitor
