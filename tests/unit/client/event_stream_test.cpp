#include "client/http/event_stream.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

TEST(EventParserTest, FindsEventsHoweverTheBytesArrive) {
    const std::string bytes =
        ": hello\n\nid: 7\nevent: pot.started\ndata: {\"number\":7}\n\ndata: {\ndata: }\r\n\r\n";
    EventParser parser;
    std::vector<std::string> found;
    for (const char byte : bytes) {
        parser.add({&byte, 1});
        while (const auto data = parser.next()) found.push_back(*data);
    }
    EXPECT_EQ(found, (std::vector<std::string>{"{\"number\":7}", "{\n}"}));
}

TEST(EventParserTest, WaitsForTheBlankLine) {
    EventParser parser;
    parser.add("data: 1\n");
    EXPECT_FALSE(parser.next());
    parser.add("\n");
    EXPECT_EQ(parser.next(), "1");
}

}  // namespace
}  // namespace potd::client
