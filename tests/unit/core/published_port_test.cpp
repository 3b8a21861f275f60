#include "core/model/published_port.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

using ::testing::HasSubstr;

std::string written_again(const std::string& text) {
    const auto port = parse_published_port(text, "export");
    return port ? to_string(*port) : "refused";
}

std::string refusal_of(const std::vector<std::string>& texts) {
    std::vector<PublishedPort> ports;
    ports.reserve(texts.size());
    for (const std::string& text : texts) ports.push_back(parse_published_port(text, "export").value());
    const Status valid = validate(ports);
    return valid ? "" : valid.error().message;
}

TEST(PublishedPortTest, ReadsAndWritesPotsForm) {
    EXPECT_EQ(written_again("80"), "tcp:80");
    EXPECT_EQ(written_again("80:8080"), "tcp:80:8080");
    EXPECT_EQ(written_again("udp:53:5353"), "udp:53:5353");
    EXPECT_EQ(written_again("sctp:9"), "sctp:9");
    EXPECT_EQ(written_again("8000-8009:9000-9009"), "tcp:8000-8009:9000-9009");
    EXPECT_EQ(written_again("80:8080@127.0.0.1"), "tcp:80:8080@127.0.0.1");
    EXPECT_EQ(written_again("udp:80:8080@fd00::1"), "udp:80:8080@fd00::1") << "an address with colons";
}

TEST(PublishedPortTest, RefusesWhatIsNone) {
    for (const char* text : {"",         "0",
                             "65536",    "70000",
                             "-1",       "x",
                             "tcp",      "tcp:",
                             "80:",      "80:0",
                             "icmp:80",  "80:80:80",
                             "9-8",      "8000-8009:9000-9008",
                             "80:8080@", "80:8080@here",
                             " 80",      "80 ",
                             "80-",      "1e3"})
        EXPECT_EQ(written_again(text), "refused") << text;
    const auto refused = parse_published_port("80:70000", "ports[2]");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "ports[2]");
    EXPECT_THAT(refused.error().message, HasSubstr("80:70000"));
}

TEST(PublishedPortTest, EachPortOfTheHostIsWantedOnce) {
    EXPECT_EQ(refusal_of({"80:8080", "udp:80:8080", "81:8081", "82", "82"}), "");
    EXPECT_THAT(refusal_of({"80:8080", "81:8080"}), HasSubstr("ports[1].host"));
    EXPECT_THAT(refusal_of({"1-10:8080-8089", "81:8089"}), HasSubstr("ports[1].host")) << "within a row";
    EXPECT_EQ(refusal_of({"1-10:8080-8089", "81:8090"}), "");
    EXPECT_EQ(refusal_of({"80:8080@10.0.0.1", "81:8080@10.0.0.2"}), "");
    EXPECT_THAT(refusal_of({"80:8080@10.0.0.1", "81:8080"}), HasSubstr("ports[0] has it"))
        << "all addresses are that, too";
    EXPECT_THAT(refusal_of({"80:8080@10.0.0.1", "81:8080@0.0.0.0"}), HasSubstr("ports[0] has it"));
    EXPECT_EQ(refusal_of({"80:8080@0.0.0.0", "81:8080@::"}), "")
        << "all of a family are not those of the other";
}

TEST(PublishedPortTest, NumbersAreChecked) {
    PublishedPort port;
    port.container = 70'000;
    EXPECT_EQ(validate({port}).error().field, "ports[0].container");
    port.container = 80;
    port.host = 0;
    EXPECT_EQ(validate({port}).error().field, "ports[0].host");
    port.host = 65'530;
    port.count = 10;
    EXPECT_EQ(validate({port}).error().field, "ports[0].host") << "beyond the last one";
    EXPECT_THAT(refusal_of({"1-1000", "2001-2025"}), HasSubstr("at most 1024"));
}

}  // namespace
}  // namespace potd::core
