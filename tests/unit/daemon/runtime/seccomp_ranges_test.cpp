#include "daemon/platform/linux/seccomp_ranges.hpp"

#include "daemon/platform/linux/seccomp_filter.hpp"
#include "daemon/platform/linux/seccomp_list.hpp"
#include "daemon/platform/posix/text.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

namespace potd::platform {
namespace {

constexpr std::uint32_t runs_on = 0x12345678;  ///< what a piece of a filter answers at its end, here

/// Executes a filter as the kernel does.
class Machine {
  public:
    explicit Machine(const std::vector<sock_filter>& program) : program_(program) {}

    std::uint32_t run(const seccomp_data& call) {
        std::uint32_t word = 0;
        for (std::size_t at = 0; at < program_.size(); ++at) {
            const sock_filter& step = program_[at];
            switch (step.code) {
                case BPF_LD | BPF_W | BPF_ABS: word = load(call, step.k); break;
                case BPF_ALU | BPF_AND | BPF_K: word &= step.k; break;
                case BPF_RET | BPF_K: return step.k;
                case BPF_JMP | BPF_JA: at += step.k; break;
                default: at += holds(step, word) ? step.jt : step.jf;
            }
        }
        return runs_on;
    }

  private:
    static std::uint32_t load(const seccomp_data& call, std::uint32_t offset) {
        std::uint32_t word = 0;
        std::memcpy(&word, reinterpret_cast<const char*>(&call) + offset, sizeof word);
        return word;
    }
    static bool holds(const sock_filter& step, std::uint32_t word) {
        switch (step.code) {
            case BPF_JMP | BPF_JEQ | BPF_K: return word == step.k;
            case BPF_JMP | BPF_JGE | BPF_K: return word >= step.k;
            case BPF_JMP | BPF_JGT | BPF_K: return word > step.k;
            case BPF_JMP | BPF_JSET | BPF_K: return (word & step.k) != 0;
            default: ADD_FAILURE() << "unknown instruction " << step.code; return false;
        }
    }
    const std::vector<sock_filter>& program_;
};

std::uint32_t answer(const std::vector<sock_filter>& program, std::uint32_t number,
                     std::uint32_t arch = seccomp_arch_native()) {
    seccomp_data call{};
    call.nr = static_cast<int>(number);
    call.arch = arch;
    return Machine(program).run(call);
}

std::vector<sock_filter> default_filter() {
    const auto bytes = build_seccomp_filter(default_capabilities());
    if (!bytes) return {};
    std::vector<sock_filter> program(bytes->size() / sizeof(sock_filter));
    std::memcpy(program.data(), bytes->data(), bytes->size());
    return program;
}

std::set<int> numbers_of(std::string_view names) {
    std::set<int> numbers;
    for (const auto name : split_blanks(names))
        numbers.insert(::seccomp_syscall_resolve_name(std::string(name).c_str()));
    return numbers;
}

TEST(SeccompRangesTest, ExactlyTheGivenCallsAreAllowed) {
    const std::vector<std::set<int>> lists{
        {}, {0}, {5}, {0, 1, 2}, {0, 2, 4, 6, 8}, {7, 8, 9, 100, 101, 300}, {1023}};
    for (const auto& calls : lists) {
        const auto program = allow_ranges(calls);
        ASSERT_TRUE(program.ok());
        for (int number = 0; number < 1100; ++number) {
            EXPECT_EQ(answer(*program, static_cast<std::uint32_t>(number)),
                      calls.contains(number) ? SECCOMP_RET_ALLOW : runs_on)
                << number << " of a list of " << calls.size();
        }
    }
}

TEST(SeccompRangesTest, OtherTablesAreNotJudged) {
    const auto program = allow_ranges({0, 1, 2, 9});
    ASSERT_TRUE(program.ok());
    EXPECT_EQ(answer(*program, 1, seccomp_arch_native() ^ 1U), runs_on);
    EXPECT_EQ(answer(*program, 0x40000001), runs_on);
    EXPECT_EQ(answer(*program, 0xffffffff), runs_on);
}

TEST(SeccompRangesTest, TooManyGapsAreRefused) {
    std::set<int> calls;
    for (int number = 0; number < 1000; number += 2) calls.insert(number);
    EXPECT_EQ(allow_ranges(calls).error().kind, core::ErrorKind::TooLarge);
}

TEST(SeccompRangesTest, TheWholeFilterAnswersEachCallAsTheListSays) {
    const auto program = default_filter();
    ASSERT_FALSE(program.empty());
    std::set<int> open;
    for (const auto names : always_allowed()) open.merge(numbers_of(names));
    for (const ConditionalCalls& calls : allowed_by_capability()) {
        if ((default_capabilities() & capability_bit(calls.capability)) != 0)
            open.merge(numbers_of(calls.names));
    }
    const std::set<int> by_argument = numbers_of("clone clone3 personality socket");
    for (int number = 0; number < 1024; ++number) {
        if (by_argument.contains(number)) continue;
        char* name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
        const std::uint32_t result = answer(program, static_cast<std::uint32_t>(number));
        if (open.contains(number)) {
            EXPECT_EQ(result, SECCOMP_RET_ALLOW) << number;
        } else {
            EXPECT_TRUE(result == (SECCOMP_RET_ERRNO | EPERM) ||
                        (name == nullptr && result == (SECCOMP_RET_ERRNO | ENOSYS)))
                << number << " " << result;
        }
        std::free(name);  // NOLINT: libseccomp allocates it with malloc
    }
    EXPECT_EQ(answer(program, 0, AUDIT_ARCH_I386), SECCOMP_RET_KILL_PROCESS);
}

TEST(SeccompRangesTest, TheWholeFilterIsShort) {
    EXPECT_LT(default_filter().size(), 256U);
}

}  // namespace
}  // namespace potd::platform
