#include "client/http/websocket.hpp"

#include <bit>

// SHA-1 (RFC 3174) over one short text: RFC 6455 wants it for the handshake and nothing here relies on
// it being hard to break.

namespace potd::client {
namespace {

using Digest = std::array<std::uint32_t, 5>;

std::uint32_t word_at(std::string_view bytes) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) word = (word << 8U) | static_cast<unsigned char>(bytes[i]);
    return word;
}

struct Round {
    std::uint32_t mix, constant;
};

Round round_of(std::size_t i, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    if (i < 20) return {(b & c) | (~b & d), 0x5A827999U};
    if (i < 40) return {b ^ c ^ d, 0x6ED9EBA1U};
    if (i < 60) return {(b & c) | (b & d) | (c & d), 0x8F1BBCDCU};
    return {b ^ c ^ d, 0xCA62C1D6U};
}

void add_block(Digest& digest, std::string_view block) {
    std::array<std::uint32_t, 80> words{};
    for (std::size_t i = 0; i < 16; ++i) words[i] = word_at(block.substr(i * 4));
    for (std::size_t i = 16; i < 80; ++i) {
        words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    }
    auto [a, b, c, d, e] = digest;
    for (std::size_t i = 0; i < 80; ++i) {
        const Round round = round_of(i, b, c, d);
        const std::uint32_t next = std::rotl(a, 5) + round.mix + e + round.constant + words[i];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    const Digest sum = {a, b, c, d, e};
    for (std::size_t i = 0; i < 5; ++i) digest[i] += sum[i];
}

Digest sha1(std::string_view text) {
    std::string padded(text);
    padded += '\x80';
    while (padded.size() % 64 != 56) padded += '\0';
    const std::uint64_t bits = std::uint64_t{text.size()} * 8;
    for (unsigned i = 8; i-- > 0;) padded += static_cast<char>((bits >> (8 * i)) & 0xFFU);
    Digest digest = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
    for (std::size_t at = 0; at < padded.size(); at += 64)
        add_block(digest, std::string_view(padded).substr(at, 64));
    return digest;
}

}  // namespace

std::string accept_key(std::string_view key) {
    const Digest digest = sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    // 160 bits are 26 whole digits and one of four bits, padded to 28.
    for (unsigned digit = 0; digit < 27; ++digit) {
        unsigned value = 0;
        for (unsigned bit = digit * 6; bit < digit * 6 + 6; ++bit) {
            const bool set = bit < 160 && ((digest[bit / 32] >> (31 - bit % 32)) & 1U) != 0;
            value = value * 2 + (set ? 1 : 0);
        }
        out += digits[value];
    }
    return out + '=';
}

}  // namespace potd::client
