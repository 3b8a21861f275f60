#include "tests/contract/journal_suite.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd {
namespace {

using core::PutToken;
using core::RemoveToken;
using core::Token;

template <class Adapter>
class TokenJournalContractTest : public test::JournalSuite<Adapter> {
  protected:
    static Token token(const std::string& name, const std::string& hash) {
        Token made;
        made.name = name;
        made.hash = hash;
        made.grant = *core::grant_from("operator team=web,tier", "");
        made.made_by = "uid 0";
        made.created_at = {100};
        return made;
    }
};
TYPED_TEST_SUITE(TokenJournalContractTest, test::JournalAdapters);

TYPED_TEST(TokenJournalContractTest, KeepsTokensByName) {
    Token first = this->token("b", "11");
    first.expires_at = core::WallTime{500};
    const Token second = this->token("a", "22");
    ASSERT_TRUE(this->commit({PutToken{first}, PutToken{second}}));
    EXPECT_EQ(this->adapter_.load().tokens, (std::vector<Token>{second, first}));
    first.used_at = core::WallTime{300};
    first.grant = *core::grant_from("admin", "");
    ASSERT_TRUE(this->commit({PutToken{first}}));
    EXPECT_EQ(this->adapter_.load().tokens, (std::vector<Token>{second, first}));
    ASSERT_TRUE(this->commit({RemoveToken{"a"}, RemoveToken{"none"}}));
    EXPECT_EQ(this->adapter_.load().tokens, std::vector<Token>{first});
}

}  // namespace
}  // namespace potd
