#pragma once

#include <cstddef>
#include <type_traits>

#include <sys/syscall.h>

/// System calls without libc, for who must leave its state alone: potmon starts without libc's own
/// start-up work, so there is no errno and no thread state to keep; a child that shares memory with
/// potd must not set user ids through libc, which would set those of potd's threads. The result is the
/// kernel's: minus errno on failure.
namespace potd::platform {

namespace detail {

template <class T>
long word(T value) {
    if constexpr (std::is_pointer_v<T>) {
        return reinterpret_cast<long>(value);
    } else {
        return static_cast<long>(value);
    }
}
inline long word(std::nullptr_t) {
    return 0;
}

#if defined(__x86_64__)
// NOLINTNEXTLINE(readability-function-size): the kernel's own
inline long call6(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    long result;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
// NOLINTNEXTLINE(readability-function-size): the kernel's own
inline long call6(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    register long x3 asm("x3") = d;
    register long x4 asm("x4") = e;
    register long x5 asm("x5") = f;
    asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#else
#error "potd knows no system call instruction for this processor"
#endif

}  // namespace detail

template <class A = long, class B = long, class C = long, class D = long, class E = long, class F = long>
// NOLINTNEXTLINE(readability-function-size)
inline long raw_call(long number, A a = 0, B b = 0, C c = 0, D d = 0, E e = 0, F f = 0) {
    using detail::word;
    return detail::call6(number, word(a), word(b), word(c), word(d), word(e), word(f));
}

/// clone3 whose child runs `body(argument)` on the stack given in its arguments; `body` never returns.
/// The one way to share memory with a child (CLONE_VM) from a compiler's point of view: the child
/// never comes back into the frame that called.
inline long clone_into(void* arguments, std::size_t size, void (*body)(void*), void* argument) {
#if defined(__x86_64__)
    register void* kept_argument asm("r12") = argument;
    register void (*kept_body)(void*) asm("r13") = body;
    long result;
    asm volatile(
        "syscall\n\t"
        "test %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        "xor %%ebp, %%ebp\n\t"
        "mov %%r12, %%rdi\n\t"
        "call *%%r13\n\t"
        "hlt\n"
        "1:"
        : "=a"(result)
        : "a"(SYS_clone3), "D"(arguments), "S"(size), "r"(kept_argument), "r"(kept_body)
        : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 asm("x8") = SYS_clone3;
    register long x0 asm("x0") = reinterpret_cast<long>(arguments);
    register long x1 asm("x1") = static_cast<long>(size);
    register void* kept_argument asm("x20") = argument;
    register void (*kept_body)(void*) asm("x21") = body;
    asm volatile(
        "svc 0\n\t"
        "cbnz x0, 1f\n\t"
        "mov x29, #0\n\t"
        "mov x0, x20\n\t"
        "blr x21\n\t"
        "brk #1\n"
        "1:"
        : "+r"(x0)
        : "r"(x8), "r"(x1), "r"(kept_argument), "r"(kept_body)
        : "memory");
    return x0;
#endif
}

}  // namespace potd::platform
