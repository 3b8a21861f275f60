#include "api/http/output.hpp"

#include "api/http/problem.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace potd::api {
namespace {

constexpr std::size_t copied_at_most = std::size_t{16} * 1024;
constexpr std::size_t kept_capacity = std::size_t{64} * 1024;

template <class T>
void append_number(std::string& out, T value, int base = 10) {
    std::array<char, 24> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, base).ptr;
    out.append(text.data(), end);
}

}  // namespace

void Output::begin_head(int status, const Frame& frame) {
    grown_ = true;
    if (status == 200) {
        flat_ += "HTTP/1.1 200 OK\r\nDate: ";
    } else {
        flat_ += "HTTP/1.1 ";
        append_number(flat_, status);
        flat_ += ' ';
        flat_ += reason_phrase(status);
        flat_ += "\r\nDate: ";
    }
    flat_ += frame.date;
    flat_ += "\r\nX-Request-Id: ";
    flat_ += frame.request_id;
    flat_ += "\r\n";
    if (frame.close) {
        flat_ += "Connection: close\r\n";
    } else if (frame.http_1_0) {
        flat_ += "Connection: keep-alive\r\n";
    }
}

void Output::add(const Answer& answer, const Frame& frame) {
    const std::string_view body = answer.shared ? std::string_view(*answer.shared) : answer.body;
    begin_head(answer.status, frame);
    flat_ += answer.headers;
    if (!answer.type.empty()) {
        flat_ += "Content-Type: ";
        flat_ += answer.type;
        flat_ += "\r\nContent-Length: ";
        append_number(flat_, body.size());
        flat_ += "\r\n";
    } else if (answer.status >= 200 && answer.status != 204) {
        flat_ += "Content-Length: 0\r\n";
    }
    flat_ += "\r\n";
    if (frame.head_only || answer.type.empty()) return;
    if (answer.shared && body.size() > copied_at_most) {
        shared_.push_back({flat_.size(), answer.shared});
        shared_size_ += body.size();
    } else {
        flat_ += body;
    }
}

void Output::add_stream(std::string_view type, const Frame& frame) {
    begin_head(200, frame);
    flat_ += "Content-Type: ";
    flat_ += type;
    flat_ += frame.http_1_0 ? "\r\nCache-Control: no-store\r\n\r\n"
                            : "\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n";
}

void Output::add_piece(std::string_view piece, bool chunked) {
    grown_ = true;
    if (!chunked) {
        flat_ += piece;
        return;
    }
    append_number(flat_, piece.size(), 16);
    flat_ += "\r\n";
    flat_ += piece;
    flat_ += "\r\n";
}

std::vector<std::string_view>& Output::parts() {
    if (!std::exchange(grown_, false)) return parts_;
    parts_.clear();
    std::size_t position = 0;
    for (const Shared& shared : shared_) {
        parts_.push_back(std::string_view(flat_).substr(position, shared.position - position));
        parts_.emplace_back(*shared.body);
        position = shared.position;
    }
    if (position < flat_.size()) parts_.push_back(std::string_view(flat_).substr(position));
    drop_sent(sent_);
    return parts_;
}

void Output::consume(std::size_t bytes) {
    sent_ += bytes;
    drop_sent(bytes);
    if (parts_.empty()) clear();
}

void Output::drop_sent(std::size_t bytes) {
    std::size_t whole = 0;
    while (whole < parts_.size() && bytes >= parts_[whole].size()) bytes -= parts_[whole++].size();
    parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(whole));
    if (!parts_.empty()) parts_.front().remove_prefix(bytes);
}

void Output::clear() {
    if (flat_.capacity() > kept_capacity) std::string().swap(flat_);
    flat_.clear();
    shared_.clear();
    shared_size_ = 0;
    sent_ = 0;
}

}  // namespace potd::api
