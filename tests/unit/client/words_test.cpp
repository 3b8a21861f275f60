#include "client/text/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> words(std::string_view line) {
    const auto split = split_words(line);
    EXPECT_TRUE(split) << line;
    return split ? *split : std::vector<std::string>{};
}

TEST(SplitWordsTest, BlanksSeparate) {
    EXPECT_THAT(words("  nginx \t -g\n x "), ElementsAre("nginx", "-g", "x"));
    EXPECT_THAT(words("   "), IsEmpty());
}

TEST(SplitWordsTest, QuotesKeepWordsTogether) {
    EXPECT_THAT(words("nginx -g 'daemon off;'"), ElementsAre("nginx", "-g", "daemon off;"));
    EXPECT_THAT(words(R"(say "two  blanks" a"b c"d)"), ElementsAre("say", "two  blanks", "ab cd"));
    EXPECT_THAT(words("a '' \"\""), ElementsAre("a", "", ""));
}

TEST(SplitWordsTest, BackslashesFollowTheShell) {
    EXPECT_THAT(words(R"(a\ b \$HOME '\n' "\"\$\x")"), ElementsAre("a b", "$HOME", "\\n", "\"$\\x"));
}

TEST(SplitWordsTest, KeepsEqualsSignsAndDollarsInSingleQuotes) {
    EXPECT_THAT(words("env A=1=2 '$x `y`'"), ElementsAre("env", "A=1=2", "$x `y`"));
}

TEST(SplitWordsTest, RefusesWhatIsNotClosed) {
    for (const auto* line : {"a 'b", "a \"b", "a \\"}) {
        const auto split = split_words(line);
        ASSERT_FALSE(split) << line;
        EXPECT_EQ(split.failure().exit, exit_code::usage);
    }
}

TEST(SplitWordsTest, RefusesWhatNeedsAShell) {
    for (const auto* line : {"a | b", "a > b", "a; b", "a $HOME", "a \"$HOME\"", "a `b`", "a && b"}) {
        const auto split = split_words(line);
        ASSERT_FALSE(split) << line;
        EXPECT_THAT(split.failure().hint, HasSubstr("sh -c")) << line;
    }
}

TEST(JoinWordsTest, GivesALineThatSplitsBack) {
    const std::vector<std::string> original = {"sh", "-c", "echo 'a' \"b\" $c; exit", "", "ü", "a\nb"};
    EXPECT_EQ(words(join_words(original)), original);
}

TEST(QuoteWordTest, LeavesPlainWordsAlone) {
    EXPECT_EQ(quote_word("/usr/bin/x-1_2=3"), "/usr/bin/x-1_2=3");
    EXPECT_EQ(quote_word("it's"), "'it'\\''s'");
}

}  // namespace
}  // namespace potd::client
