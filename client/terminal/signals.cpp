#include "client/terminal/signals.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::client {
namespace {

std::atomic<int> pipe_end = -1;

void on_signal(int number) {
    const int saved = errno;
    const auto byte = static_cast<unsigned char>(number);
    // A full pipe means that plenty are waiting already; a handler has nobody to tell.
    [[maybe_unused]] const ssize_t written = ::write(pipe_end.load(), &byte, 1);
    errno = saved;
}

constexpr auto names = std::to_array<std::pair<int, std::string_view>>({
    {SIGHUP, "HUP"},   {SIGINT, "INT"},     {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},   {SIGTRAP, "TRAP"},
    {SIGABRT, "ABRT"}, {SIGBUS, "BUS"},     {SIGFPE, "FPE"},   {SIGKILL, "KILL"}, {SIGUSR1, "USR1"},
    {SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"},   {SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"}, {SIGTERM, "TERM"},
    {SIGCHLD, "CHLD"}, {SIGCONT, "CONT"},   {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"}, {SIGTTIN, "TTIN"},
    {SIGTTOU, "TTOU"}, {SIGURG, "URG"},     {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"}, {SIGVTALRM, "VTALRM"},
    {SIGPROF, "PROF"}, {SIGWINCH, "WINCH"}, {SIGIO, "IO"},
#ifdef SIGINFO
    {SIGINFO, "INFO"},
#endif
});

}  // namespace

SignalPipe::SignalPipe(std::initializer_list<int> signals) {
    std::array<int, 2> ends = {-1, -1};
    // Without a pipe the signals keep their default meaning: the command line then simply ends.
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
    pipe_end = ends[1];
    for (const int number : signals) {
        struct sigaction action {};
        action.sa_handler = on_signal;
        action.sa_flags = SA_RESTART;
        ::sigemptyset(&action.sa_mask);
        ::sigaction(number, &action, &former_[number]);
    }
}

SignalPipe::~SignalPipe() {
    for (const auto& [number, action] : former_) ::sigaction(number, &action, nullptr);
    pipe_end = -1;
}

std::optional<int> SignalPipe::next() {
    unsigned char byte = 0;
    if (!reader_ || ::read(reader_.get(), &byte, 1) != 1) return {};
    return byte;
}

std::string_view signal_name(int number) {
    for (const auto& [value, name] : names) {
        if (value == number) return name;
    }
    return {};
}

std::vector<std::string_view> signal_names() {
    std::vector<std::string_view> all;
    all.reserve(names.size());
    for (const auto& entry : names) all.push_back(entry.second);
    return all;
}

}  // namespace potd::client
