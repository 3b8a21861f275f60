#include "client/http/message.hpp"

#include <algorithm>
#include <charconv>

namespace potd::client {
namespace {

constexpr std::size_t largest_head = 65536;
constexpr std::uint64_t largest_chunk = std::uint64_t{1} << 40U;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
    return out;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    return line;
}

Failure broken(std::string why) {
    Failure failure = failed("potd's answer makes no sense: " + std::move(why));
    failure.exit = exit_code::no_daemon;
    return failure;
}

Failure cut_off() {
    Failure failure = failed("potd closed the connection in the middle of its answer");
    failure.exit = exit_code::no_daemon;
    return failure;
}

/// A line without its end.
Result<std::string> read_line(Connection& connection) {
    for (;;) {
        const std::size_t end = connection.buffered().find("\r\n");
        if (end != std::string_view::npos) {
            std::string line(connection.buffered().substr(0, end));
            connection.consume(end + 2);
            return line;
        }
        if (connection.buffered().size() > largest_head) return broken("a chunk's head is too large");
        const auto received = connection.fill();
        if (!received) return received.failure();
        if (*received == 0) return cut_off();
    }
}

}  // namespace

std::string_view ResponseHead::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return {};
}

std::optional<ResponseHead> parse_head(std::string_view text) {
    const std::string_view start = take_line(text);
    // "HTTP/1.1 200 OK"
    if (!start.starts_with("HTTP/1.") || start.size() < 12 || start[8] != ' ') return {};
    ResponseHead head;
    const auto status = std::from_chars(start.data() + 9, start.data() + 12, head.status);
    if (status.ptr != start.data() + 12 || head.status < 100) return {};
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (line.empty()) break;
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) return {};
        head.headers.emplace_back(lower(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    }
    const std::string connection = lower(head.header("connection"));
    head.keep_alive = start[7] == '1' ? connection != "close" : connection == "keep-alive";
    return head;
}

Result<ResponseHead> read_head(Connection& connection) {
    for (;;) {
        const std::size_t end = connection.buffered().find("\r\n\r\n");
        if (end != std::string_view::npos) {
            const auto head = parse_head(connection.buffered().substr(0, end + 4));
            if (!head) return broken("not HTTP/1.1");
            connection.consume(end + 4);
            if (head->status >= 200 || head->status == 101) return *head;
            continue;
        }
        if (connection.buffered().size() > largest_head) return broken("its head is too large");
        const auto received = connection.fill();
        if (!received) return received.failure();
        if (*received > 0) continue;
        if (!connection.buffered().empty()) return cut_off();
        Failure failure = failed("potd closed the connection without an answer");
        failure.exit = exit_code::no_daemon;
        return failure;
    }
}

BodyReader::BodyReader(const ResponseHead& head) {
    const std::string coding = lower(head.header("transfer-encoding"));
    const std::string_view length = head.header("content-length");
    if (head.status == 204 || head.status == 304 || head.status == 101) {
        ended_ = true;
    } else if (coding.ends_with("chunked")) {
        framing_ = Framing::Chunked;
    } else if (!length.empty()) {
        framing_ = Framing::Length;
        std::from_chars(length.data(), length.data() + length.size(), left_);
    }
}

Result<bool> BodyReader::read(Connection& connection, std::string& out) {
    if (ended_) return false;
    if (framing_ == Framing::Chunked) return read_chunked(connection, out);
    if (framing_ == Framing::UntilClose) return read_until_close(connection, out);
    if (left_ == 0) {
        ended_ = true;
        return false;
    }
    return read_counted(connection, out);
}

Result<bool> BodyReader::read_counted(Connection& connection, std::string& out) {
    if (connection.buffered().empty()) {
        auto received = connection.fill();
        if (!received) return received.failure();
        if (*received == 0) return cut_off();
    }
    const std::string_view ready = connection.buffered();
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, ready.size()));
    out += ready.substr(0, count);
    connection.consume(count);
    left_ -= count;
    return true;
}

Result<bool> BodyReader::read_chunked(Connection& connection, std::string& out) {
    if (left_ == 0) {
        auto more = next_chunk(connection);
        if (!more || !*more) return more;
    }
    auto got = read_counted(connection, out);
    if (!got || left_ > 2) return got;
    // The last two counted bytes are the chunk's line end, which may arrive on its own.
    while (left_ > 0) {
        std::string line_end;
        auto rest = read_counted(connection, line_end);
        if (!rest) return rest;
        out += line_end;
    }
    out.resize(out.size() - 2);
    return true;
}

Result<bool> BodyReader::next_chunk(Connection& connection) {
    const auto line = read_line(connection);
    if (!line) return line.failure();
    std::uint64_t size = 0;
    const auto parsed = std::from_chars(line->data(), line->data() + line->size(), size, 16);
    if (parsed.ec != std::errc() || size > largest_chunk) return broken("a chunk has no length");
    if (size > 0) {
        left_ = size + 2;
        return true;
    }
    ended_ = true;
    // The blank line behind the last chunk belongs to it, so that the connection can be used again.
    const auto end = read_line(connection);
    if (!end) return end.failure();
    return false;
}

Result<bool> BodyReader::read_until_close(Connection& connection, std::string& out) {
    if (connection.buffered().empty()) {
        auto received = connection.fill();
        if (!received) return received.failure();
        ended_ = *received == 0;
        if (ended_) return false;
    }
    out += connection.buffered();
    connection.consume(connection.buffered().size());
    return true;
}

std::string url_escape(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (unreserved.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 0xFU];
    }
    return out;
}

}  // namespace potd::client
