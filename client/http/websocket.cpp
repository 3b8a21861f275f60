#include "client/http/websocket.hpp"

#include <cstdlib>
#include <utility>

#include <unistd.h>

namespace potd::client {
namespace {

constexpr std::uint64_t largest_frame = 16U << 20U;
constexpr std::size_t largest_message = 64U << 20U;

void append_length(std::string& out, std::uint64_t length, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>((length >> (8 * i)) & 0xFFU);
}

std::uint64_t read_length(std::string_view bytes) {
    std::uint64_t length = 0;
    for (const char c : bytes) length = (length << 8U) | static_cast<unsigned char>(c);
    return length;
}

void fill_random(void* bytes, std::size_t count) {
    // Fails only for more than 256 bytes or a kernel without a random device.
    if (::getentropy(bytes, count) != 0) std::abort();
}

Failure broken_frame(std::string_view why) {
    Failure failure = failed("potd's WebSocket makes no sense: " + std::string(why));
    failure.exit = exit_code::no_daemon;
    return failure;
}

}  // namespace

std::string encode_frame(const Frame& frame, std::array<std::uint8_t, 4> mask) {
    std::string out;
    const std::size_t length = frame.payload.size();
    out.reserve(length + 14);
    out += static_cast<char>((frame.last ? 0x80U : 0U) | static_cast<unsigned>(frame.opcode));
    if (length < 126) {
        out += static_cast<char>(0x80U | length);
    } else if (length <= 0xFFFF) {
        out += static_cast<char>(0x80U | 126U);
        append_length(out, length, 2);
    } else {
        out += static_cast<char>(0x80U | 127U);
        append_length(out, length, 8);
    }
    out.append(mask.begin(), mask.end());
    for (std::size_t i = 0; i < length; ++i) {
        out += static_cast<char>(static_cast<unsigned char>(frame.payload[i]) ^ mask[i % 4]);
    }
    return out;
}

Result<std::optional<DecodedFrame>> decode_frame(std::string_view bytes) {
    const std::optional<DecodedFrame> incomplete;
    if (bytes.size() < 2) return incomplete;
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto second = static_cast<unsigned char>(bytes[1]);
    if ((first & 0x70U) != 0) return broken_frame("reserved bits");
    if ((second & 0x80U) != 0) return broken_frame("a masked frame");
    std::size_t head = 2;
    std::uint64_t length = second & 0x7FU;
    if (length >= 126) {
        const std::size_t extra = length == 126 ? 2 : 8;
        head += extra;
        if (bytes.size() < head) return incomplete;
        length = read_length(bytes.substr(2, extra));
    }
    if (length > largest_frame) return broken_frame("a frame is too large");
    if (bytes.size() < head + length) return incomplete;
    DecodedFrame decoded;
    decoded.size = head + length;
    decoded.frame = {static_cast<Opcode>(first & 0x0FU), (first & 0x80U) != 0,
                     std::string(bytes.substr(head, length))};
    return std::optional(std::move(decoded));
}

std::string random_key() {
    std::array<char, 16> bytes{};
    fill_random(bytes.data(), bytes.size());
    // 22 base64 digits hold 16 bytes; the last digit's lower four bits are zero.
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string key;
    unsigned bits = 0;
    unsigned count = 0;
    for (const char byte : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(byte);
        for (count += 8; count >= 6; count -= 6) key += digits[(bits >> (count - 6)) & 0x3FU];
        bits &= 0xFFU;
    }
    key += digits[(bits << (6 - count)) & 0x3FU];
    return key + "==";
}

Status WebSocket::send(Opcode opcode, std::string_view payload) {
    std::array<std::uint8_t, 4> mask{};
    fill_random(mask.data(), mask.size());
    queue_ += encode_frame({opcode, true, std::string(payload)}, mask);
    return flush();
}

Status WebSocket::flush() {
    if (queue_.empty()) return Done{};
    const auto sent = connection_.send_some(queue_);
    if (!sent) return sent.failure();
    queue_.erase(0, *sent);
    return Done{};
}

Result<bool> WebSocket::receive() {
    const auto received = connection_.fill();
    if (!received) return received.failure();
    return *received > 0;
}

Result<std::optional<WebSocket::Message>> WebSocket::next() {
    for (;;) {
        auto decoded = decode_frame(connection_.buffered());
        if (!decoded) return decoded.failure();
        if (!*decoded) return std::optional<Message>();
        connection_.consume((*decoded)->size);
        auto message = take(std::move((*decoded)->frame));
        if (!message || *message) return message;
    }
}

Result<std::optional<WebSocket::Message>> WebSocket::take(Frame frame) {
    const std::optional<Message> nothing;
    if (frame.opcode == Opcode::Pong) return nothing;
    if (frame.opcode == Opcode::Close) return std::optional(Message{Opcode::Close, std::move(frame.payload)});
    if (frame.opcode == Opcode::Ping) {
        if (auto sent = send(Opcode::Pong, frame.payload); !sent) return sent.failure();
        return nothing;
    }
    if ((frame.opcode == Opcode::Continuation) != partial_.has_value())
        return broken_frame("fragments out of order");
    if (!partial_) partial_ = Message{frame.opcode, {}};
    partial_->payload += frame.payload;
    if (partial_->payload.size() > largest_message) return broken_frame("a message is too large");
    if (!frame.last) return nothing;
    return std::exchange(partial_, std::nullopt);
}

}  // namespace potd::client
