#include "client/http/websocket.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

std::string server_frame(unsigned first, std::string_view payload) {
    std::string frame(1, static_cast<char>(first));
    if (payload.size() < 126) {
        frame += static_cast<char>(payload.size());
    } else {
        frame += static_cast<char>(126);
        frame += static_cast<char>(payload.size() >> 8U);
        frame += static_cast<char>(payload.size() & 0xFFU);
    }
    return frame.append(payload);
}

TEST(WebSocketTest, AcceptKeyIsThatOfTheRfc) {
    EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketTest, KeysAreSixteenBytesAndFresh) {
    EXPECT_EQ(random_key().size(), 24U);
    EXPECT_TRUE(random_key().ends_with("=="));
    EXPECT_NE(random_key(), random_key());
}

TEST(WebSocketTest, MasksWhatItSends) {
    const std::string frame = encode_frame({Opcode::Text, true, "Hello"}, {0x37, 0xFA, 0x21, 0x3D});
    EXPECT_EQ(frame, "\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58");
}

TEST(WebSocketTest, LengthsGrowWithThePayload) {
    EXPECT_EQ(encode_frame({Opcode::Binary, true, std::string(125, 'x')}, {}).size(), 2U + 4U + 125U);
    EXPECT_EQ(encode_frame({Opcode::Binary, true, std::string(126, 'x')}, {}).size(), 4U + 4U + 126U);
    EXPECT_EQ(encode_frame({Opcode::Binary, true, std::string(65536, 'x')}, {}).size(), 10U + 4U + 65536U);
}

TEST(WebSocketTest, DecodesAsBytesArrive) {
    const std::string whole = server_frame(0x82, std::string(300, 'y')) + "rest";
    for (std::size_t size = 0; size < 304; ++size) {
        const auto part = decode_frame(std::string_view(whole).substr(0, size));
        ASSERT_TRUE(part);
        EXPECT_FALSE(*part) << size;
    }
    const auto decoded = decode_frame(whole);
    ASSERT_TRUE(decoded && *decoded);
    EXPECT_EQ((*decoded)->size, 304U);
    EXPECT_EQ((*decoded)->frame.payload, std::string(300, 'y'));
    EXPECT_EQ((*decoded)->frame.opcode, Opcode::Binary);
}

TEST(WebSocketTest, RefusesWhatAServerMustNotSend) {
    EXPECT_FALSE(decode_frame(std::string("\x81\x80", 2)));
    EXPECT_FALSE(decode_frame(std::string("\xC1\x00", 2)));
    EXPECT_FALSE(decode_frame(std::string("\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10)));
}

}  // namespace
}  // namespace potd::client
