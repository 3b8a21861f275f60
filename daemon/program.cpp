#include "daemon/program.hpp"

#include "daemon/compose.hpp"
#include "daemon/config/command_line.hpp"
#include "daemon/config/load.hpp"
#include "daemon/listeners.hpp"
#include "daemon/platform/posix/places.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <span>
#include <string>

#include "generated/version.hpp"

namespace potd {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

int complain(const core::Error& error, int code) {
    static_cast<void>(std::fprintf(stderr, "potd: %s\n", error.message.c_str()));
    return code;
}

int serve(const config::CommandLine& line, const config::Config& config, const Interpose& interpose) {
    auto manager = platform::ServiceNotify::open(platform::take_notify_environment());
    if (!manager) return complain(manager.error(), exit_failed);
    auto log = log::Logger::open({config.log.level, config.log.format, {}});
    if (!log) return complain(log.error(), exit_failed);
    const auto reload = [&line] { return config::load(line); };
    auto daemon = Composition::make(config, {**log, *manager, reload, interpose});
    if (!daemon) return complain(daemon.error(), exit_failed);
    const core::Status served = (*daemon)->run();
    return served ? 0 : complain(served.error(), exit_failed);
}

int run(std::span<const char* const> arguments, const Interpose& interpose) {
    const auto line = config::parse_command_line(arguments);
    if (!line) return complain(line.error(), exit_usage);
    if (line->help) return std::fputs(config::usage().c_str(), stdout) < 0 ? exit_failed : 0;
    if (line->version) return std::printf("potd %s\n", std::string(version).c_str()) < 0 ? exit_failed : 0;
    if (!line->check_config) {
        // Before the configuration, which may be for root's eyes only.
        if (const core::Status root = platform::require_root(); !root)
            return complain(root.error(), exit_failed);
    }
    const auto config = config::load(*line);
    if (!config) return complain(config.error(), exit_failed);
    if (line->check_config) {
        if (const core::Status good = check_certificates(config->api); !good)
            return complain(good.error(), exit_failed);
        return std::puts("the configuration is valid") < 0 ? exit_failed : 0;
    }
    return serve(*line, *config, interpose);
}

}  // namespace

int run_daemon(std::span<const char* const> arguments, const Interpose& interpose) {
    // A client that goes away shows as an error of the write, not as a signal.
    if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return complain(core::os_error(errno, "signal"), exit_failed);
    try {
        return run(arguments, interpose);
    } catch (const std::exception& error) {
        static_cast<void>(std::fprintf(stderr, "potd: %s\n", error.what()));
        return exit_failed;
    }
}

}  // namespace potd
