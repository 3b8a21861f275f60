#include "tests/support/http_client.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace potd::test {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

std::string head_of(std::string_view method, std::string_view target, std::size_t body_size,
                    const Headers& headers) {
    std::string head;
    head.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: potd\r\n");
    if (body_size > 0 && headers.count("Content-Type") == 0) head += "Content-Type: application/json\r\n";
    if (body_size > 0 || method == "POST" || method == "PUT" || method == "PATCH") {
        head += "Content-Length: " + std::to_string(body_size) + "\r\n";
    }
    for (const auto& [name, value] : headers) head.append(name).append(": ").append(value).append("\r\n");
    return head + "\r\n";
}

std::size_t number(std::string_view text, int base) {
    std::size_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

constexpr std::size_t unknown_size = std::numeric_limits<std::size_t>::max();

}  // namespace

std::string Response::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
}

HttpConnection::HttpConnection(std::string socket_path, milliseconds timeout)
    : path_(std::move(socket_path)), timeout_(timeout) {}

bool HttpConnection::connect() {
    buffer_.clear();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    socket_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return true;
    socket_.reset();
    return false;
}

void HttpConnection::close() {
    socket_.reset();
    buffer_.clear();
}

bool HttpConnection::send(std::string_view bytes) {
    if (!socket_ && !connect()) return false;
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) return false;
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool HttpConnection::fill(milliseconds limit) {
    pollfd readable{socket_.get(), POLLIN, 0};
    if (!socket_ || ::poll(&readable, 1, static_cast<int>(limit.count())) != 1) return false;
    std::array<char, 65536> bytes;  // NOLINT: filled by recv
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) {
        socket_.reset();
        return false;
    }
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
}

std::optional<std::string> HttpConnection::read_line(milliseconds limit) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (!fill(limit)) return std::nullopt;
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
}

bool HttpConnection::read_head(Response& response) {
    const auto status = read_line(timeout_);
    if (!status || status->size() < 12 || status->rfind("HTTP/1.", 0) != 0) return false;
    response.status = static_cast<int>(number(std::string_view(*status).substr(9, 3), 10));
    while (const auto line = read_line(timeout_)) {
        if (line->empty()) return true;
        const auto colon = std::min(line->find(':'), line->size() - 1);
        const auto value = std::min(line->find_first_not_of(' ', colon + 1), line->size());
        response.headers[lower(line->substr(0, colon))] = line->substr(value);
    }
    return false;
}

void HttpConnection::begin_body(std::string_view method, const Response& response) {
    chunked_ = lower(response.header("transfer-encoding")) == "chunked";
    const bool none = method == "HEAD" || response.status == 204 || response.status == 304;
    const std::string length = response.header("content-length");
    until_close_ = !none && !chunked_ && length.empty();
    body_left_ = none ? 0 : (chunked_ || until_close_) ? unknown_size : number(length, 10);
}

/// True with body_left_ set to a chunk's size, or to 0 after the last one.
bool HttpConnection::next_chunk(milliseconds limit) {
    const auto size = read_line(limit);
    if (!size) return false;
    body_left_ = number(*size, 16);
    if (body_left_ > 0) return true;
    while (const auto trailer = read_line(limit)) {
        if (trailer->empty()) break;
    }
    return true;
}

std::string HttpConnection::read_some(milliseconds limit) {
    if (chunked_ && body_left_ == unknown_size && !next_chunk(limit)) return {};
    if (body_left_ == 0) return {};
    if (buffer_.empty() && !fill(limit)) {
        if (until_close_ && !socket_) body_left_ = 0;
        return {};
    }
    const std::size_t size = std::min(buffer_.size(), body_left_);
    std::string piece = buffer_.substr(0, size);
    buffer_.erase(0, size);
    if (!until_close_) body_left_ -= size;
    if (chunked_ && body_left_ == 0) {
        if (!read_line(limit)) return piece;
        body_left_ = unknown_size;
    }
    return piece;
}

Response HttpConnection::whole(Response response) {
    if (response.status == 0) return response;
    while (!complete()) {
        const std::string piece = read_some(timeout_);
        if (piece.empty() && !complete()) return {0, {}, "the answer was cut off after: " + response.body};
        response.body += piece;
    }
    if (lower(response.header("connection")) == "close") close();
    return response;
}

Response HttpConnection::open(std::string_view method, std::string_view target, std::string_view body,
                              const Headers& headers) {
    const bool reused = static_cast<bool>(socket_);
    std::string message = head_of(method, target, body.size(), headers);
    message.append(body);
    // A server that refuses early answers and closes before it has read all: look for the answer anyway.
    const bool sent = send(message);
    Response response;
    if (!read_head(response)) {
        close();
        // Idle connections may be closed at any time; only what a second time does no harm is sent twice.
        if (reused && (method == "GET" || method == "DELETE")) return open(method, target, body, headers);
        return {0, {}, sent ? "no answer" : "cannot send to " + path_};
    }
    begin_body(method, response);
    return response;
}

Response HttpConnection::request(std::string_view method, std::string_view target, std::string_view body,
                                 const Headers& headers) {
    return whole(open(method, target, body, headers));
}

Response HttpConnection::receive(std::string_view method) {
    Response response;
    if (!read_head(response)) return {0, {}, "no answer"};
    begin_body(method, response);
    return whole(std::move(response));
}

Response http(const std::string& socket_path, std::string_view method, std::string_view target,
              const Json& body, const Headers& headers) {
    HttpConnection connection(socket_path);
    return connection.request(method, target, body.is_null() ? std::string() : body.dump(), headers);
}

}  // namespace potd::test
