#include "core/model/validate.hpp"

#include <array>
#include <charconv>
#include <csignal>

namespace potd::core {
namespace {

struct Name {
    std::string_view text;
    int number;
};

/// The signals every POSIX system has, and the one that FreeBSD has besides; <csignal> gives this platform's
/// numbers.
constexpr std::array signal_names{
    Name{"HUP", SIGHUP},       Name{"INT", SIGINT},   Name{"QUIT", SIGQUIT},   Name{"ILL", SIGILL},
    Name{"TRAP", SIGTRAP},     Name{"ABRT", SIGABRT}, Name{"BUS", SIGBUS},     Name{"FPE", SIGFPE},
    Name{"KILL", SIGKILL},     Name{"USR1", SIGUSR1}, Name{"SEGV", SIGSEGV},   Name{"USR2", SIGUSR2},
    Name{"PIPE", SIGPIPE},     Name{"ALRM", SIGALRM}, Name{"TERM", SIGTERM},   Name{"CHLD", SIGCHLD},
    Name{"CONT", SIGCONT},     Name{"STOP", SIGSTOP}, Name{"TSTP", SIGTSTP},   Name{"TTIN", SIGTTIN},
    Name{"TTOU", SIGTTOU},     Name{"URG", SIGURG},   Name{"XCPU", SIGXCPU},   Name{"XFSZ", SIGXFSZ},
    Name{"VTALRM", SIGVTALRM}, Name{"PROF", SIGPROF}, Name{"WINCH", SIGWINCH}, Name{"IO", SIGIO},
    Name{"SYS", SIGSYS},
#ifdef SIGINFO
    Name{"INFO", SIGINFO},
#endif
};

bool parse_number(std::string_view text, int& number) {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
}

}  // namespace

Result<int> parse_signal(std::string_view text, std::string_view field) {
    std::string_view name = text.starts_with("SIG") ? text.substr(3) : text;
    for (const Name& known : signal_names) {
        if (known.text == name) return known.number;
    }
    int number = 0;
    if (name == "RTMIN") return SIGRTMIN;
    if (name == "RTMAX") return SIGRTMAX;
    // systemd's way to say a real-time signal; its halt request is RTMIN+3.
    if (name.starts_with("RTMIN+") && parse_number(name.substr(6), number) && number >= 0 &&
        SIGRTMIN + number <= SIGRTMAX) {
        return SIGRTMIN + number;
    }
    if (parse_number(text, number) && number >= 1 && number <= SIGRTMAX) return number;
    return invalid_field(field, text, "a signal like TERM, SIGTERM, 15 or RTMIN+3");
}

std::string signal_name(int number) {
    for (const Name& known : signal_names) {
        if (known.number == number) return std::string(known.text);
    }
    if (number >= SIGRTMIN && number <= SIGRTMAX) return "RTMIN+" + std::to_string(number - SIGRTMIN);
    return std::to_string(number);
}

}  // namespace potd::core
