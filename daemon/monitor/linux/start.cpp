#include "daemon/monitor/linux/hook.hpp"
#include "daemon/monitor/linux/process.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"

#include <cstddef>
#include <cstdint>

#include <asm/prctl.h>
#include <elf.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/mman.h>

// potmon's own start-up instead of libc's: libc's probes the processor with CPUID (each a trap to the
// hypervisor in a virtual machine), relocates, sets up a heap and thread state: about a tenth of a
// millisecond and four dirty pages per pot, none of it needed here. What the compiler takes for
// granted stands below: memcpy and its kin, and the stack guard's canary.
//
// The stack is a piece of .bss beside the rest, and the kernel's is given back: text, data and stack then
// share one page of page tables where the far end of the address space needs three more, in potmon and,
// by fork, in every init.

namespace potd::monitor {
int run_monitor();
}

extern "C" {

[[noreturn]] void potmon_start(std::uintptr_t* stack);

constexpr std::size_t page_size = 4096;
constexpr std::size_t stack_size = std::size_t{256} * 1024;
/// Its lowest page is taken away, so that too deep a call ends the process.
alignas(page_size) char potmon_stack[stack_size];

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

void* memchr(const void* text, int value, std::size_t size) noexcept {
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
    "  xor %ebp, %ebp\n  mov %rsp, %rdi\n  mov $potmon_stack + 256 * 1024, %rsp\n  call potmon_start\n");
#elif defined(__aarch64__)
std::uintptr_t __stack_chk_guard;  // NOLINT: the compiler's name
asm(".text\n.globl _start\n.type _start,%function\n_start:\n"
    "  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  ldr x1, =potmon_stack + 256 * 1024\n  mov sp, x1\n"
    "  bl potmon_start\n");
#endif

}  // extern "C"

namespace {

/// 16 random bytes from the kernel, past the arguments and the environment.
std::uintptr_t read_canary(std::uintptr_t* environment) {
    while (*environment != 0) ++environment;
    for (std::uintptr_t* entry = environment + 1; entry[0] != AT_NULL; entry += 2) {
        if (entry[0] != AT_RANDOM) continue;
        // NOLINTNEXTLINE(performance-no-int-to-ptr): so the kernel gives it
        return *reinterpret_cast<std::uintptr_t*>(entry[1]) & ~std::uintptr_t{0xff};
    }
    return 0;
}

#if defined(__x86_64__)
constexpr std::uintptr_t address_space_end = (std::uintptr_t{1} << 47) - page_size;

struct {
    std::uintptr_t words[5];
    std::uintptr_t canary;  // %fs:0x28
} thread_block;

void set_canary(std::uintptr_t canary) {
    thread_block.canary = canary;
    potd::monitor::raw_call(SYS_arch_prctl, ARCH_SET_FS, &thread_block);
}
#elif defined(__aarch64__)
constexpr std::uintptr_t address_space_end = std::uintptr_t{1} << 48;

void set_canary(std::uintptr_t canary) {
    __stack_chk_guard = canary;
}
#endif

/// The command line as ps shows it; one that is longer is cut.
char command_line[256];

std::size_t copy_command_line(const std::uintptr_t* stack) {
    std::size_t size = 0;
    for (std::uintptr_t i = 1; i <= stack[0]; ++i) {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): so the kernel gives it
        const auto* word = reinterpret_cast<const char*>(stack[i]);
        for (std::size_t at = 0; size + 1 < sizeof command_line; ++at) {
            command_line[size++] = word[at];
            if (word[at] == '\0') break;
        }
    }
    return size;
}

/// Tells the kernel where the command line is from now on. A kernel that cannot be told (built without
/// checkpoints) leaves everything as it is.
bool move_command_line(std::size_t size) {
    const auto line = reinterpret_cast<std::uintptr_t>(command_line);
    const auto bottom = reinterpret_cast<std::uintptr_t>(potmon_stack);
    const auto top = bottom + stack_size;
    prctl_mm_map map{};
    map.start_code = map.start_data = map.start_brk = bottom;
    map.end_code = map.end_data = map.brk = top;
    map.start_stack = top;
    map.arg_start = map.env_start = map.env_end = line;
    map.arg_end = line + size;
    map.exe_fd = ~std::uint32_t{0};
    return potd::monitor::raw_call(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) == 0;
}

/// All beyond this program, which is linked to lie low: the kernel's stack and the pages by which libc
/// would ask for the time.
void give_back_far_end() {
    constexpr std::uintptr_t from = std::uintptr_t{1} << 30;
    potd::monitor::raw_call(SYS_munmap, from, address_space_end - from);
}

}  // namespace

// Runs before there is a canary to check.
__attribute__((no_stack_protector)) void potmon_start(std::uintptr_t* stack) {
    const auto count = static_cast<int>(stack[0]);
    set_canary(read_canary(stack + 1 + count + 1));
    auto** const words = reinterpret_cast<char**>(stack + 1);
    if (potd::monitor::is_hook(words, count)) potd::monitor::run_hook(words, words + count + 1);
    if (move_command_line(copy_command_line(stack))) give_back_far_end();
    const auto lowest = reinterpret_cast<std::uintptr_t>(potmon_stack);
    potd::monitor::raw_call(SYS_mprotect, lowest, page_size, PROT_NONE);
    potd::monitor::set_stack_end(lowest + page_size);
    const int status = potd::monitor::run_monitor();
    for (;;) potd::monitor::raw_call(SYS_exit_group, status);
}
