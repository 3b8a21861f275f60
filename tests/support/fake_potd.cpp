#include "tests/support/fake_potd.hpp"

#include "client/http/websocket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace potd::test {
namespace {

std::string header(const std::string& head, std::string_view name) {
    const std::size_t begin = head.find("\r\n" + std::string(name) + ": ");
    if (begin == std::string::npos) return {};
    const std::size_t value = begin + name.size() + 4;
    return head.substr(value, head.find("\r\n", value) - value);
}

FakeRequest parse(const std::string& head) {
    const std::size_t first = head.find(' ');
    const std::size_t second = head.find(' ', first + 1);
    return {head.substr(0, first), head.substr(first + 1, second - first - 1), head, {}};
}

}  // namespace

void FakePeer::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void FakePeer::hang_up() const {
    ::shutdown(fd_, SHUT_RDWR);
}

std::string FakePeer::read_head() {
    for (;;) {
        const std::size_t end = buffer_.find("\r\n\r\n");
        if (end != std::string::npos) {
            std::string head = buffer_.substr(0, end + 4);
            buffer_.erase(0, end + 4);
            return head;
        }
        std::array<char, 4096> chunk{};
        const ssize_t count = ::recv(fd_, chunk.data(), chunk.size(), 0);
        if (count <= 0) return {};
        buffer_.append(chunk.data(), static_cast<std::size_t>(count));
    }
}

std::string FakePeer::read_exactly(std::size_t bytes) {
    while (buffer_.size() < bytes) {
        std::array<char, 65536> chunk{};
        const ssize_t count = ::recv(fd_, chunk.data(), chunk.size(), 0);
        if (count <= 0) return {};
        buffer_.append(chunk.data(), static_cast<std::size_t>(count));
    }
    std::string out = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return out;
}

void FakePeer::accept_websocket(const FakeRequest& request) const {
    send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Accept: " +
        client::accept_key(header(request.head, "Sec-WebSocket-Key")) + "\r\n\r\n");
}

void FakePeer::send_frame(unsigned opcode, std::string_view payload) const {
    std::string frame(1, static_cast<char>(0x80U | opcode));
    if (payload.size() < 126) {
        frame += static_cast<char>(payload.size());
    } else {
        frame += static_cast<char>(127);
        for (unsigned i = 8; i-- > 0;) frame += static_cast<char>((payload.size() >> (8 * i)) & 0xFFU);
    }
    send(frame.append(payload));
}

std::string FakePeer::read_frame() {
    const std::string start = read_exactly(2);
    if (start.empty()) return {};
    std::size_t length = static_cast<unsigned char>(start[1]) & 0x7FU;
    if (length >= 126) {
        const std::string extended = read_exactly(length == 126 ? 2 : 8);
        length = 0;
        for (const char c : extended) length = (length << 8U) | static_cast<unsigned char>(c);
    }
    const std::string mask = read_exactly(4);
    std::string payload = length == 0 ? std::string() : read_exactly(length);
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
    return std::string(1, static_cast<char>(start[0] & 0x0F)) + payload;
}

void FakePeer::begin_chunks(std::string_view type) const {
    send("HTTP/1.1 200 OK\r\nContent-Type: " + std::string(type) + "\r\nTransfer-Encoding: chunked\r\n\r\n");
}

void FakePeer::send_chunk(std::string_view bytes) const {
    std::array<char, 32> size{};
    (void)std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    send(size.data() + std::string(bytes) + "\r\n");
}

FakePotd::FakePotd() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket();
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 16) != 0) {
        throw std::system_error(errno, std::generic_category(), "listen on " + path);
    }
    acceptor_ = std::thread([this] { serve(); });
}

FakePotd::~FakePotd() {
    {
        const std::lock_guard lock(mutex_);
        for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    finish();
    for (const int fd : open_) ::close(fd);
    ::close(listener_);
}

void FakePotd::finish() {
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    if (acceptor_.joinable()) acceptor_.join();
    for (auto& connection : connections_) connection.join();
    connections_.clear();
}

void FakePeer::answer(int status, std::string_view body) const {
    const std::string type = status < 300 ? "application/json" : "application/problem+json";
    send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

void FakePotd::answer(const std::string& line, int status, std::string body) {
    handle(line, [status, body = std::move(body)](FakePeer& peer, const FakeRequest&) {
        peer.answer(status, body);
    });
}

void FakePotd::handle(const std::string& line, Handler handler) {
    const std::lock_guard lock(mutex_);
    handlers_[line] = std::move(handler);
}

void FakePotd::answer_otherwise(int status, std::string body) {
    const std::lock_guard lock(mutex_);
    otherwise_ = [status, body = std::move(body)](FakePeer& peer, const FakeRequest&) {
        peer.answer(status, body);
    };
}

std::vector<FakeRequest> FakePotd::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::size_t FakePotd::connections() const {
    const std::lock_guard lock(mutex_);
    return open_.size();
}

std::vector<std::string> FakePotd::lines() const {
    std::vector<std::string> found;
    for (const auto& request : requests()) found.push_back(request.line());
    return found;
}

std::string FakePotd::body_of(std::string_view line) const {
    std::string body;
    for (const auto& request : requests()) {
        if (request.line() == line) body = request.body;
    }
    return body;
}

void FakePotd::serve() {
    while (!ending_) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        const std::lock_guard lock(mutex_);
        open_.push_back(fd);
        connections_.emplace_back([this, fd] { serve_connection(fd); });
    }
}

void FakePotd::serve_connection(int fd) {
    FakePeer peer(fd);
    for (;;) {
        const std::string head = peer.read_head();
        if (head.empty()) return;
        FakeRequest request = parse(head);
        const std::string length = header(head, "Content-Length");
        if (!length.empty()) request.body = peer.read_exactly(std::stoul(length));
        const Handler handler = handler_for(request);
        handler(peer, request);
        // A stream or a WebSocket has taken the connection over; it ends with its handler.
        if (head.find("Upgrade: websocket") != std::string::npos) break;
    }
    ::shutdown(fd, SHUT_RDWR);
}

FakePotd::Handler FakePotd::handler_for(const FakeRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const auto found = handlers_.find(request.line());
    if (found != handlers_.end()) return found->second;
    if (otherwise_) return otherwise_;
    return [](FakePeer& peer, const FakeRequest& missing) {
        const std::string body = problem(404, "not_found", "no answer for " + missing.line());
        peer.send("HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body);
    };
}

std::string problem(int status, std::string_view code, std::string_view detail, std::string_view field) {
    std::string text = R"({"type":"about:blank","title":"Problem","status":)" + std::to_string(status) +
                       R"(,"code":")" + std::string(code) + R"(","detail":")" + std::string(detail) + '"';
    if (!field.empty()) text += R"(,"field":")" + std::string(field) + '"';
    return text + '}';
}

}  // namespace potd::test
