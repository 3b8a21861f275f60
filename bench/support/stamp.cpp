// stamp [MILLISECONDS]: waits as long, writes CLOCK_MONOTONIC in nanoseconds and ends. Static and tiny, so
// that the time it says is close to that of its exec, or of its end.
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <unistd.h>

namespace {

constexpr long ns_per_ms = 1'000'000, ns_per_s = 1'000'000'000;

}  // namespace

int main(int argc, char** argv) {
    const long wait_ms = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0;
    const timespec wait{wait_ms / 1000, wait_ms % 1000 * ns_per_ms};
    if (wait_ms > 0) ::nanosleep(&wait, nullptr);
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    char text[32];
    const int size = std::snprintf(text, sizeof text, "%ld\n", now.tv_sec * ns_per_s + now.tv_nsec);
    ::_exit(::write(STDOUT_FILENO, text, static_cast<std::size_t>(size)) == size ? 0 : 1);
}
