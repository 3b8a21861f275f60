#include "daemon/platform/posix/service_notify.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using core::ErrorKind;
using core::Result;
using core::Status;

std::string take(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before the first thread
    std::string taken = value != nullptr ? value : "";
    ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): same; fails only for a bad name
    return taken;
}

Result<std::uint64_t> number(std::string_view name, std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem == std::errc{} && end == text.data() + text.size()) return value;
    return core::invalid_field(name, text, "a number");
}

Result<std::optional<core::milliseconds>> watchdog(const NotifyEnvironment& environment) {
    std::optional<core::milliseconds> none;
    if (environment.watchdog_usec.empty()) return none;
    if (!environment.watchdog_pid.empty()) {
        const auto pid = number("WATCHDOG_PID", environment.watchdog_pid);
        if (!pid) return pid.error();
        if (*pid != static_cast<std::uint64_t>(::getpid())) return none;
    }
    const auto patience = number("WATCHDOG_USEC", environment.watchdog_usec);
    if (!patience) return patience.error();
    if (*patience == 0) return none;
    constexpr std::uint64_t day_in_us = 86'400'000'000;
    const auto half_in_ms = std::max<std::uint64_t>(std::min(*patience, day_in_us) / 2000, 1);
    return std::optional(core::milliseconds(static_cast<std::int64_t>(half_in_ms)));
}

Result<std::string> address_of(const std::string& socket) {
    if (socket.empty()) return std::string();
    if ((socket[0] != '/' && socket[0] != '@') || socket.size() < 2) {
        return core::invalid_field("NOTIFY_SOCKET", socket, "an absolute path or @name");
    }
    if (socket.size() >= sizeof(sockaddr_un::sun_path)) {
        return core::invalid_field("NOTIFY_SOCKET", socket, "a shorter address");
    }
    std::string address = socket;
    if (address[0] == '@') address[0] = '\0';
    return address;
}

/// The protocol is lines, so a text must be one.
std::string one_line(std::string_view text) {
    std::string line(text);
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
}

std::string monotonic_usec() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

NotifyEnvironment take_notify_environment() {
    return {take("NOTIFY_SOCKET"), take("WATCHDOG_USEC"), take("WATCHDOG_PID")};
}

Result<ServiceNotify> ServiceNotify::open(const NotifyEnvironment& environment) {
    Result<std::string> address = address_of(environment.socket);
    if (!address) return std::move(address).error();
    const auto interval = watchdog(environment);
    if (!interval) return interval.error();
    UniqueFd socket;
    if (!address->empty()) {
        socket.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (!socket) return core::os_error(errno, "NOTIFY_SOCKET: socket");
    }
    return ServiceNotify(std::move(socket), std::move(*address), *interval);
}

Status ServiceNotify::ready(std::string_view status) {
    return send("READY=1\nSTATUS=" + one_line(status));
}

Status ServiceNotify::reloading() {
    return send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_usec());
}

Status ServiceNotify::stopping(std::string_view status) {
    return send("STOPPING=1\nSTATUS=" + one_line(status));
}

Status ServiceNotify::status(std::string_view status) {
    return send("STATUS=" + one_line(status));
}

Status ServiceNotify::alive() {
    return send("WATCHDOG=1");
}

Status ServiceNotify::send(const std::string& message) {
    if (!socket_) return {};
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(static_cast<void*>(to.sun_path), address_.data(), address_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    ssize_t sent = -1;
    do {
        sent = ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
                        reinterpret_cast<const sockaddr*>(&to), size);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) return core::os_error(errno, "NOTIFY_SOCKET");
    return {};
}

}  // namespace potd::platform
