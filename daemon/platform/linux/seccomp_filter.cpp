#include "daemon/platform/linux/seccomp_filter.hpp"

#include "daemon/platform/linux/memory_file.hpp"
#include "daemon/platform/linux/seccomp_list.hpp"
#include "daemon/platform/linux/seccomp_ranges.hpp"
#include "daemon/platform/posix/text.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>

namespace potd::platform {
namespace {

constexpr std::uint64_t namespace_flags = 0x7E020000;  // CLONE_NEW*, less CLONE_NEWTIME, which clone ignores
constexpr std::uint64_t low_word = 0xffffffff;
constexpr std::array<std::uint64_t, 5> personalities{0x0, 0x8, 0x20000, 0x20008, 0xffffffff};
constexpr unsigned vsock_family = 40;
constexpr int highest_call = 1024;

/// A filter under construction; the first failure is kept and stops further rules.
class Filter {
  public:
    Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), &::seccomp_release) {
        if (!context_) {
            failure_ = ENOMEM;
            return;
        }
        check(::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
        check(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
    }

    void allow_all(std::string_view names) {
        for (const auto name : split_blanks(names)) allow(name);
    }
    /// Negative numbers stand for calls of other architectures.
    void allow(std::string_view name) {
        const int call = number(name);
        if (call >= 0) allowed_.insert(call);
    }
    /// Allows the call when its argument `index` under `mask` equals `value`; rules add up.
    void allow_if(std::string_view name, unsigned index, std::uint64_t mask, std::uint64_t value) {
        const int call = number(name);
        const scmp_arg_cmp comparison{index, SCMP_CMP_MASKED_EQ, mask, value};
        check(::seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, call, 1, &comparison));
    }
    /// The call seems not to exist.
    void deny_existence(std::string_view name) {
        const int call = number(name);
        if (call == __NR_SCMP_ERROR) return;
        check(::seccomp_rule_add_array(context_.get(), SCMP_ACT_ERRNO(ENOSYS), call, 0, nullptr));
    }
    [[nodiscard]] bool allowed(std::string_view name) const { return allowed_.contains(number(name)); }
    /// Calls allowed whatever their arguments.
    [[nodiscard]] const std::set<int>& allowed() const { return allowed_; }

    core::Result<std::string> bytes() {
        const UniqueFd file(::memfd_create("seccomp", MFD_CLOEXEC));
        if (!file) check(-errno);
        if (failure_ == 0) check(::seccomp_export_bpf(context_.get(), file.get()));
        if (failure_ != 0) return core::os_error(failure_, "build the seccomp filter");
        const auto size = ::lseek(file.get(), 0, SEEK_END);
        std::string content(static_cast<std::size_t>(size), '\0');
        if (::pread(file.get(), content.data(), content.size(), 0) != size) {
            return core::os_error(errno, "read the seccomp filter");
        }
        return content;
    }

  private:
    static int number(std::string_view name) {
        return ::seccomp_syscall_resolve_name(std::string(name).c_str());
    }
    void check(int result) {
        if (result < 0 && failure_ == 0) failure_ = -result;
    }

    std::unique_ptr<void, decltype(&::seccomp_release)> context_;
    std::set<int> allowed_;
    int failure_ = 0;
};

/// The last call that libseccomp knows here; what is younger cannot have been judged.
int last_known_call() {
    int last = 0;
    for (int call = 0; call < highest_call; ++call) {
        char* name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);
        if (name != nullptr) last = call;
        std::free(name);  // NOLINT: libseccomp allocates it with malloc
    }
    return last;
}

sock_filter instruction(int code, std::uint32_t operand, int if_true = 0, int if_false = 0) {
    return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true),
            static_cast<std::uint8_t>(if_false), operand};
}

std::string as_bytes(const std::vector<sock_filter>& program) {
    return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(sock_filter)};
}

/// Goes in front of the program: a young call of our own architecture (and not of x32) fails with
/// ENOSYS, so that programs try its elder brother. Jumps are relative, so the rest runs as it is.
std::string young_calls() {
    constexpr std::uint32_t x32_bit = 0x40000000;
    return as_bytes({
        instruction(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        instruction(BPF_JMP | BPF_JEQ | BPF_K, ::seccomp_arch_native(), 0, 4),
        instruction(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        instruction(BPF_JMP | BPF_JGE | BPF_K, x32_bit, 2, 0),
        instruction(BPF_JMP | BPF_JGT | BPF_K, static_cast<std::uint32_t>(last_known_call()), 0, 1),
        instruction(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    });
}

/// The kernel looks at the low word only, so the comparison must, too: a family other than AF_VSOCK
/// differs from it in at least one of its six low bits (families end at 45).
void allow_sockets(Filter& filter) {
    for (unsigned bit = 0; bit < 6; ++bit) {
        const std::uint64_t mask = std::uint64_t{1} << bit;
        filter.allow_if("socket", 0, mask, ~std::uint64_t{vsock_family} & mask);
    }
}

void allow_restricted(Filter& filter) {
    for (const std::uint64_t value : personalities) filter.allow_if("personality", 0, low_word, value);
    allow_sockets(filter);
    if (filter.allowed("clone")) return;
    filter.allow_if("clone", 0, namespace_flags, 0);
    filter.deny_existence("clone3");
}

}  // namespace

core::Result<std::string> build_seccomp_filter(CapabilityMask capabilities) {
    Filter filter;
    for (const auto names : always_allowed()) filter.allow_all(names);
    for (const ConditionalCalls& calls : allowed_by_capability()) {
        if ((capabilities & capability_bit(calls.capability)) != 0) filter.allow_all(calls.names);
    }
    allow_restricted(filter);
    auto program = filter.bytes();
    if (!program) return program;
    const auto plain = allow_ranges(filter.allowed());
    if (!plain) return plain.error();
    return young_calls() + as_bytes(plain.value()) + program.value();
}

core::Result<std::string> SeccompPrograms::program(CapabilityMask capabilities) {
    const CapabilityMask relevant = capabilities & filter_capabilities();
    if (const auto known = programs_.find(relevant); known != programs_.end()) return known->second;
    auto built = build_seccomp_filter(relevant);
    if (built) programs_.emplace(relevant, built.value());
    return built;
}

}  // namespace potd::platform
