#include "daemon/monitor/linux/raw_call.hpp"

#include <cstddef>
#include <cstdint>

#include <asm/prctl.h>
#include <elf.h>
#include <signal.h>

// potmon's own start-up instead of libc's: libc's probes the processor with CPUID (each a trap to the
// hypervisor in a virtual machine), relocates, sets up a heap and thread state: about a tenth of a
// millisecond and four dirty pages per pot, none of it needed here. What the compiler takes for
// granted stands below: memcpy and its kin, and the stack guard's canary.

namespace potd::monitor {
int run_monitor(int argument_count, char** arguments);
}

extern "C" {

[[noreturn]] void potmon_start(std::uintptr_t* stack);

void* memcpy(void* to, const void* from, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    const auto* in = static_cast<const unsigned char*>(from);
#if defined(__x86_64__)
    asm volatile("rep movsb" : "+D"(out), "+S"(in), "+c"(size) : : "memory");
#else
    for (std::size_t i = 0; i < size; ++i) out[i] = in[i];
#endif
    return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    const auto* in = static_cast<const unsigned char*>(from);
    if (out <= in || out >= in + size) {
        for (std::size_t i = 0; i < size; ++i) out[i] = in[i];
    } else {
        for (std::size_t i = size; i > 0; --i) out[i - 1] = in[i - 1];
    }
    return to;
}

void* memset(void* to, int value, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
#if defined(__x86_64__)
    asm volatile("rep stosb" : "+D"(out), "+c"(size) : "a"(value) : "memory");
#else
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<unsigned char>(value);
#endif
    return to;
}

int memcmp(const void* a, const void* b, std::size_t size) {
    const auto* x = static_cast<const unsigned char*>(a);
    const auto* y = static_cast<const unsigned char*>(b);
    for (std::size_t i = 0; i < size; ++i) {
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    }
    return 0;
}

void* memchr(const void* text, int value, std::size_t size) {
    auto* bytes = static_cast<unsigned char*>(const_cast<void*>(text));
    for (std::size_t i = 0; i < size; ++i) {
        if (bytes[i] == static_cast<unsigned char>(value)) return bytes + i;
    }
    return nullptr;
}

std::size_t strlen(const char* text) {
    std::size_t size = 0;
    while (text[size] != '\0') ++size;
    return size;
}

[[noreturn]] void __stack_chk_fail() {  // NOLINT: the compiler's name
    for (;;) {
        potd::monitor::raw_call(SYS_kill, potd::monitor::raw_call(SYS_getpid), SIGKILL);
    }
}

#if defined(__x86_64__)
asm(".text\n.globl _start\n.type _start,@function\n_start:\n"
    "  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call potmon_start\n");
#elif defined(__aarch64__)
std::uintptr_t __stack_chk_guard;  // NOLINT: the compiler's name
asm(".text\n.globl _start\n.type _start,%function\n_start:\n"
    "  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  bl potmon_start\n");
#endif

}  // extern "C"

namespace {

/// 16 random bytes from the kernel, past the arguments and the environment.
std::uintptr_t read_canary(std::uintptr_t* environment) {
    while (*environment != 0) ++environment;
    for (std::uintptr_t* entry = environment + 1; entry[0] != AT_NULL; entry += 2) {
        if (entry[0] != AT_RANDOM) continue;
        return *reinterpret_cast<std::uintptr_t*>(entry[1]) & ~std::uintptr_t{0xff};
    }
    return 0;
}

#if defined(__x86_64__)
struct {
    std::uintptr_t words[5];
    std::uintptr_t canary;  // %fs:0x28
} thread_block;

void set_canary(std::uintptr_t canary) {
    thread_block.canary = canary;
    potd::monitor::raw_call(SYS_arch_prctl, ARCH_SET_FS, &thread_block);
}
#elif defined(__aarch64__)
void set_canary(std::uintptr_t canary) {
    __stack_chk_guard = canary;
}
#endif

}  // namespace

// Runs before there is a canary to check.
__attribute__((optimize("no-stack-protector"))) void potmon_start(std::uintptr_t* stack) {
    const auto count = static_cast<int>(stack[0]);
    auto** arguments = reinterpret_cast<char**>(stack + 1);
    set_canary(read_canary(stack + 1 + count + 1));
    const int status = potd::monitor::run_monitor(count, arguments);
    for (;;) potd::monitor::raw_call(SYS_exit_group, status);
}
