#include "api/route/process_filter.hpp"

#include <gtest/gtest.h>

namespace potd::api {
namespace {

ProcessFilter filter(std::optional<std::int64_t> pid, const std::optional<std::string>& pattern) {
    auto made = ProcessFilter::make(pid, pattern);
    EXPECT_TRUE(made.ok());
    return made.ok() ? std::move(made).value() : ProcessFilter{};
}

TEST(ProcessFilterTest, WithoutAChoiceTakesAll) {
    EXPECT_TRUE(filter({}, {}).open());
    EXPECT_TRUE(filter({}, {}).takes(1, "init"));
}

TEST(ProcessFilterTest, APidTakesThatProcess) {
    const ProcessFilter seven = filter(7, {});
    EXPECT_FALSE(seven.open());
    EXPECT_TRUE(seven.takes(7, "x"));
    EXPECT_FALSE(seven.takes(8, "7"));
    EXPECT_EQ(seven.describe(), "pid 7");
}

TEST(ProcessFilterTest, APatternMatchesAnywhereUnlessAnchored) {
    EXPECT_TRUE(filter({}, "gin").takes(1, "nginx"));
    EXPECT_FALSE(filter({}, "^gin").takes(1, "nginx"));
    EXPECT_TRUE(filter({}, "^(nginx|httpd)$").takes(1, "httpd"));
    EXPECT_FALSE(filter({}, "Nginx").takes(1, "nginx"));
    EXPECT_FALSE(filter({}, ".").takes(1, ""));
}

TEST(ProcessFilterTest, NoPatternTakesTimeWithoutBound) {
    EXPECT_FALSE(filter({}, "(a|a|a|a|a|a|a|a|a|a)*b").takes(1, "aaaaaaaaaaaaaaa"));
    EXPECT_FALSE(filter({}, "((((a*)*)*)*)*b").takes(1, "aaaaaaaaaaaaaaa"));
    for (const char* pattern : {"a{1,9}", "(a*)\\1", "{"})
        EXPECT_EQ(ProcessFilter::make({}, pattern).error().field, "pattern") << pattern;
    EXPECT_TRUE(filter({}, "^a\\.b$").takes(1, "a.b"));
}

TEST(ProcessFilterTest, RefusesWhatIsNone) {
    for (const std::int64_t pid : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 31})
        EXPECT_EQ(ProcessFilter::make(pid, {}).error().field, "pid") << pid;
    for (const std::string& pattern :
         {std::string(), std::string("("), std::string("a{2"), std::string(129, 'a')})
        EXPECT_EQ(ProcessFilter::make({}, pattern).error().field, "pattern") << pattern;
    EXPECT_EQ(ProcessFilter::make(7, "a").error().field, "pattern");
}

}  // namespace
}  // namespace potd::api
