#include "client/http/connection.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <system_error>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace potd::client {
namespace {

std::string system_text(int error) {
    return std::generic_category().message(error);
}

Failure unreachable(const Endpoint& endpoint, int error) {
    Failure failure;
    failure.exit = exit_code::no_daemon;
    failure.why = "potd does not answer at " + endpoint.text() + ": " + system_text(error);
    failure.hint =
        error == EACCES ? "are you in the group potd?" : "is potd running? POTD_URL or --url says where";
    return failure;
}

Failure lost(std::string why) {
    Failure failure;
    failure.exit = exit_code::no_daemon;
    failure.why = std::move(why);
    return failure;
}

Result<Descriptor> connect_unix(const Endpoint& endpoint) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (endpoint.socket.size() >= sizeof address.sun_path) return unreachable(endpoint, ENAMETOOLONG);
    std::memcpy(address.sun_path, endpoint.socket.data(), endpoint.socket.size());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return unreachable(endpoint, errno);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return unreachable(endpoint, errno);
    }
    return socket;
}

Result<Descriptor> connect_tcp(const Endpoint& endpoint) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found);
    if (error != 0) return lost("potd does not answer at " + endpoint.text() + ": " + ::gai_strerror(error));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
    int last_error = ECONNREFUSED;
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        Descriptor socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (socket && ::connect(socket.get(), address->ai_addr, address->ai_addrlen) == 0) return socket;
        last_error = errno;
    }
    return unreachable(endpoint, last_error);
}

}  // namespace

Result<Connection> Connection::open(const Endpoint& endpoint) {
    auto socket = endpoint.socket.empty() ? connect_tcp(endpoint) : connect_unix(endpoint);
    if (!socket) return socket.failure();
    if (!endpoint.tls) return Connection(std::move(*socket), nullptr);
    auto tls = Tls::open(socket->get(), endpoint);
    if (!tls) return tls.failure();
    return Connection(std::move(*socket), std::move(*tls));
}

void Connection::close() {
    if (tls_ && socket_) tls_->say_goodbye();
    socket_.reset();
}

bool Connection::wait(short events, int timeout_ms) const {
    pollfd waited{socket_.get(), events, 0};
    return ::poll(&waited, 1, timeout_ms) > 0;
}

Status Connection::await(short events) const {
    if (output_ < 0) return Done{};
    std::array<pollfd, 2> waited{{{socket_.get(), events, 0}, {output_, 0, 0}}};
    while (::poll(waited.data(), waited.size(), -1) < 0 && errno == EINTR) {
    }
    if (waited[0].revents != 0 || waited[1].revents == 0) return Done{};
    static_cast<void>(::raise(SIGPIPE));
    return Failure{exit_code::failed, "nobody reads the output", {}, std::string(unread), {}};
}

Status Connection::send_by_tls(std::string_view bytes) {
    while (!bytes.empty()) {
        const Tls::Step step = tls_->write(bytes.data(), bytes.size());
        // As below: what potd said before it left is still to be read.
        if (step.state == Tls::State::Broken) return Done{};
        if (step.state == Tls::State::Done)
            bytes.remove_prefix(step.bytes);
        else
            static_cast<void>(wait(step.state == Tls::State::WantsRead ? POLLIN : POLLOUT, -1));
    }
    return Done{};
}

Result<std::size_t> Connection::fill_by_tls() {
    std::array<char, 65536> chunk;  // NOLINT: filled by read
    while (!ended_) {
        const Tls::Step step = tls_->read(chunk.data(), chunk.size());
        if (step.state == Tls::State::Broken) return tls_->failure();
        if (step.state == Tls::State::Ended) break;
        buffer_.append(chunk.data(), step.bytes);
        if (step.state == Tls::State::Done) return step.bytes;
        const short events = step.state == Tls::State::WantsRead ? POLLIN : POLLOUT;
        if (auto able = await(events); !able) return able.failure();
        static_cast<void>(wait(events, -1));
    }
    return std::size_t{0};
}

bool Connection::has_input(int timeout_ms) {
    if (ended_ || !buffered().empty()) return true;
    if (!wait(POLLIN, timeout_ms)) return false;
    if (!tls_) return true;
    std::array<char, 65536> chunk;  // NOLINT: filled by read
    const Tls::Step step = tls_->read(chunk.data(), chunk.size());
    buffer_.append(chunk.data(), step.bytes);
    ended_ = step.state == Tls::State::Ended;
    return step.state != Tls::State::WantsRead;
}

Status Connection::send(std::string_view bytes) {
    if (tls_) return send_by_tls(bytes);
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        // The answer may already be there, and says more than "broken pipe": a refused large request.
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return Done{};
        if (sent < 0) return lost("cannot send to potd: " + system_text(errno));
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return Done{};
}

Result<std::size_t> Connection::send_some(std::string_view bytes) {
    if (tls_) {
        const Tls::Step step = tls_->write(bytes.data(), bytes.size());
        return step.state == Tls::State::Broken ? bytes.size() : step.bytes;
    }
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return std::size_t{0};
    // Nobody will read it; what the peer said before it left is still to be read.
    if (errno == EPIPE || errno == ECONNRESET) return bytes.size();
    return lost("cannot send to potd: " + system_text(errno));
}

Result<std::size_t> Connection::fill() {
    if (tls_) return fill_by_tls();
    std::array<char, 65536> chunk;  // NOLINT: filled by recv
    for (;;) {
        if (auto able = await(POLLIN); !able) return able.failure();
        const ssize_t received = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
        if (received < 0 && errno == EINTR) continue;
        if (received < 0 && errno == ECONNRESET) return std::size_t{0};
        if (received < 0) return lost("cannot read from potd: " + system_text(errno));
        buffer_.append(chunk.data(), static_cast<std::size_t>(received));
        return static_cast<std::size_t>(received);
    }
}

void Connection::consume(std::size_t bytes) {
    taken_ += bytes;
    if (taken_ == buffer_.size()) {
        buffer_.clear();
        taken_ = 0;
    } else if (taken_ > 65536) {
        buffer_.erase(0, taken_);
        taken_ = 0;
    }
}

bool Connection::is_stale() {
    if (tls_) return has_input(0);
    char byte = 0;
    const ssize_t received = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return received >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK) || !buffered().empty();
}

}  // namespace potd::client
