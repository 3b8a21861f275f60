#include "daemon/logging/line.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace potd::log {
namespace {

constexpr core::WallTime time{0};

std::string text_of(std::string_view message, const std::vector<Field>& fields = {}) {
    return make_line(Format::Text, time, Level::Info, message, fields);
}

std::string json_of(std::string_view message, const std::vector<Field>& fields = {}) {
    return make_line(Format::Json, time, Level::Warning, message, fields);
}

TEST(LogLineTest, TextIsTimeLevelMessageAndFields) {
    EXPECT_EQ(text_of("pot started", {{"pot", "web"}, {"run", 7}, {"oom", false}}),
              "1970-01-01T00:00:00.000Z info pot started pot=web run=7 oom=false");
}

TEST(LogLineTest, TextQuotesWhatWouldBeAmbiguous) {
    EXPECT_EQ(text_of("m", {{"a", "two words"}, {"b", ""}, {"c", "x=y"}, {"d", "say \"hi\" \\"}}),
              R"(1970-01-01T00:00:00.000Z info m a="two words" b="" c="x=y" d="say \"hi\" \\")");
}

TEST(LogLineTest, TextStaysOneLineAndMovesNoCursor) {
    EXPECT_EQ(text_of("a\nb\x1b[2J\xc2\x9b\xff é", {{"k", "x\r\ty"}}),
              "1970-01-01T00:00:00.000Z info a\\nb\\x1b[2J\\xc2\\x9b\\xff é k=\"x\\x0d\\ty\"");
}

TEST(LogLineTest, JsonIsAnObjectWithTypedFields) {
    EXPECT_EQ(json_of("m", {{"pot", "web"}, {"run", 7}, {"oom", true}, {"level", "x"}}),
              R"({"time":"1970-01-01T00:00:00.000Z","level":"warning","message":"m","pot":"web","run":7,)"
              R"("oom":true,"level_":"x"})");
}

TEST(LogLineTest, JsonIsValidForAnyBytes) {
    for (int first = 0; first < 256; ++first) {
        for (const char* rest : {"", "a", "\x80", "\xa0\x80", "\x90\x80\x80", "\""}) {
            const std::string message = static_cast<char>(first) + std::string(rest);
            const std::string line = json_of(message, {{"k", message}});
            const auto parsed = nlohmann::json::parse(line, nullptr, false);
            ASSERT_FALSE(parsed.is_discarded()) << first << " " << line;
            EXPECT_EQ(line.find('\n'), std::string::npos);
        }
    }
}

TEST(LogLineTest, JsonKeepsTextAndReplacesTheRest) {
    const std::string good("\x01 \"\\\n\t/ é € 😀");
    EXPECT_EQ(nlohmann::json::parse(json_of(good)).at("message"), good);
    EXPECT_EQ(nlohmann::json::parse(json_of("a\xc3(\xed\xa0\x80")).at("message"),
              "a\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace potd::log
