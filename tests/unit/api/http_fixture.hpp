#pragma once

#include "api/http/server.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace potd::test {

/// A client's end of a unix socket, driven from the same thread as the server.
class RawClient {
  public:
    explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API's own way
        connected = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { hang_up(); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    /// Bytes the socket took; fewer than given when it is full.
    std::size_t send(std::string_view bytes) const {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    /// Takes what is there; sets `ended` when the server has closed.
    void receive() {
        std::string buffer(1 << 16, '\0');
        for (;;) {
            const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (got > 0) {
                received.append(buffer.data(), static_cast<std::size_t>(got));
                continue;
            }
            ended = ended || got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
            return;
        }
    }
    void stop_sending() const { ::shutdown(fd_, SHUT_WR); }
    void hang_up() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }

    bool connected = false;
    bool ended = false;
    std::string received;

  private:
    int fd_;
};

/// One answer taken apart; `rest` is what follows it.
struct ParsedAnswer {
    int status = 0;
    std::string head;
    std::string body;
    std::string rest;

    [[nodiscard]] std::string header(std::string_view name) const {
        const std::string start = "\r\n" + std::string(name) + ": ";
        const auto at = head.find(start);
        if (at == std::string::npos) return "";
        const auto from = at + start.size();
        return head.substr(from, head.find("\r\n", from) - from);
    }
};

inline std::string join_chunks(std::string& rest) {
    std::string body;
    for (;;) {
        const auto end = rest.find("\r\n");
        if (end == std::string::npos) return body;
        const std::size_t size = std::stoul(rest.substr(0, end), nullptr, 16);
        body += rest.substr(end + 2, size);
        rest.erase(0, std::min(rest.size(), end + 2 + size + 2));
        if (size == 0) return body;
    }
}

inline ParsedAnswer parse_answer(const std::string& bytes) {
    ParsedAnswer answer;
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return answer;
    answer.head = bytes.substr(0, end + 2);
    answer.rest = bytes.substr(end + 4);
    answer.status = std::stoi(answer.head.substr(answer.head.find(' ') + 1, 3));
    if (answer.header("Transfer-Encoding") == "chunked") {
        answer.body = join_chunks(answer.rest);
        return answer;
    }
    const std::string length = answer.header("Content-Length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    answer.body = answer.rest.substr(0, size);
    answer.rest.erase(0, answer.body.size());
    return answer;
}

/// A server on a socket in a directory of its own; everything on the test's thread.
class HttpFixture {
  public:
    explicit HttpFixture(const api::Router& routes, api::Limits limits = {}, api::RequestLog* log = nullptr)
        : server(std::make_unique<api::Server>(
              api::Server::Parts{context, clock, timers, routes, limits, log})) {}

    [[nodiscard]] std::string path() const { return directory / "potd.sock"; }
    core::Status listen() { return server->listen({path(), 0600, {}}); }
    [[nodiscard]] std::unique_ptr<RawClient> connect() const { return std::make_unique<RawClient>(path()); }

    /// Lets server and client do what they can until `done`; false if that does not come.
    bool run_until(RawClient& client, const std::function<bool()>& done) {
        constexpr int most_rounds = 20'000;
        for (int round = 0; round < most_rounds; ++round) {
            context.restart();
            context.poll();
            if (also) also();
            client.receive();
            if (done()) return true;
        }
        return false;
    }
    /// One request on a connection of its own; the answer when all of it is there.
    ParsedAnswer ask(const std::string& request) {
        const auto client = connect();
        return ask(*client, request);
    }
    ParsedAnswer ask(RawClient& client, const std::string& request) {
        client.received.clear();
        // A socket may take less than a request at once: FreeBSD's have 8 KiB.
        std::string_view unsent = request;
        run_until(client, [&] {
            unsent.remove_prefix(client.send(unsent));
            return client.ended || is_whole(client.received);
        });
        return parse_answer(client.received);
    }
    static bool is_whole(const std::string& bytes) {
        const auto end = bytes.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        if (bytes.find("chunked") < end) return bytes.ends_with("0\r\n\r\n");
        const auto length = bytes.find("Content-Length: ");
        if (length > end) return true;
        return bytes.size() >= end + 4 + std::stoul(bytes.substr(length + 16));
    }

    TempDir directory;
    boost::asio::io_context context{1};
    fakes::ManualClock clock;
    fakes::ManualTimers timers{clock};
    std::unique_ptr<api::Server> server;
    std::function<void()> also;  ///< run in each round, such as another loop
};

inline std::string get(std::string_view path, std::string_view headers = {}) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n";
}

inline std::string with_body(std::string_view method, std::string_view path, std::string_view body,
                             std::string_view type = "application/json", std::string_view headers = {}) {
    return std::string(method) + " " + std::string(path) +
           " HTTP/1.1\r\nHost: x\r\nContent-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" +
           std::string(body);
}

}  // namespace potd::test
