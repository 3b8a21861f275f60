#include "core/service/token_service.hpp"

#include "tests/support/core_fixture.hpp"

#include <gtest/gtest.h>

namespace potd::test {
namespace {

using core::Token;

class TokenServiceTest : public ::testing::Test {
  protected:
    core::Result<Token> create(const std::string& name, const std::string& hash,
                               std::optional<core::milliseconds> lives = {}) {
        Token token;
        token.name = name;
        token.hash = hash;
        token.grant = *core::grant_from("operator team=web", "");
        token.made_by = "uid 0";
        if (lives) token.expires_at = core::WallTime{heart.clock.wall().ms + lives->count()};
        return *heart.ask<Token>([&](auto reply) { tokens.create(token, reply); });
    }
    core::Status revoke(const std::string& name) {
        return *heart.ask<void>([&](auto reply) { tokens.revoke(name, reply); });
    }
    std::vector<Token> stored() { return heart.journal.recorded().load().tokens; }

    fakes::CoreFixture heart;
    core::TokenService tokens{{heart.journal, heart.clock, heart.loop, *heart.feed,
                               [this](const std::string& text) { heart.complaints.push_back(text); }}};
};

TEST_F(TokenServiceTest, KnowsATokenByItsHashUntilItIsRevoked) {
    ASSERT_TRUE(create("ci", "aa"));
    ASSERT_TRUE(create("other", "bb"));
    ASSERT_NE(tokens.use("aa"), nullptr);
    EXPECT_EQ(tokens.use("aa")->name, "ci");
    EXPECT_EQ(tokens.use("a"), nullptr);
    EXPECT_EQ(tokens.use(""), nullptr);
    EXPECT_TRUE(revoke("ci"));
    EXPECT_EQ(tokens.use("aa"), nullptr);
    EXPECT_NE(tokens.use("bb"), nullptr);
    EXPECT_EQ(revoke("ci").error().kind, core::ErrorKind::NotFound);
}

TEST_F(TokenServiceTest, RefusesNamesThatAreTakenOrNoneAndTimesThatAreOver) {
    ASSERT_TRUE(create("ci", "aa"));
    EXPECT_EQ(create("ci", "bb").error().kind, core::ErrorKind::Conflict);
    EXPECT_EQ(create("a b", "cc").error().field, "name");
    EXPECT_EQ(create("old", "dd", core::milliseconds(0)).error().field, "expires");
    EXPECT_EQ(tokens.list().size(), 1U);
}

TEST_F(TokenServiceTest, LetsNobodyInOnceItHasExpired) {
    ASSERT_TRUE(create("ci", "aa", core::milliseconds(1000)));
    EXPECT_NE(tokens.use("aa"), nullptr);
    heart.clock.advance(core::milliseconds(1000));
    EXPECT_EQ(tokens.use("aa"), nullptr);
    EXPECT_TRUE(tokens.find("ci")->is_expired(heart.clock.wall()));
}

TEST_F(TokenServiceTest, HoldsUntilItIsRevokedOrHasExpired) {
    ASSERT_TRUE(create("brief", "aa", core::milliseconds(1000)));
    ASSERT_TRUE(create("other", "bb"));
    EXPECT_TRUE(tokens.holds("aa"));
    EXPECT_EQ(tokens.find("brief")->used_at, std::nullopt) << "to look is not to use";
    heart.clock.advance(core::milliseconds(1000));
    EXPECT_FALSE(tokens.holds("aa"));
    EXPECT_TRUE(tokens.holds("bb"));
    EXPECT_FALSE(tokens.holds("cc"));
    tokens.revoke("other", [](const core::Status&) {});
    EXPECT_FALSE(tokens.holds("bb")) << "at once, whatever becomes of the record";
    heart.loop.run();
    ASSERT_TRUE(create("other", "dd"));
    EXPECT_FALSE(tokens.holds("bb"));
}

TEST_F(TokenServiceTest, StoresTheLastUseNowAndThen) {
    ASSERT_TRUE(create("ci", "aa"));
    static_cast<void>(tokens.use("aa"));
    heart.loop.run();
    const auto first = heart.clock.wall();
    EXPECT_EQ(stored().at(0).used_at, first);
    heart.clock.advance(core::milliseconds(1000));
    static_cast<void>(tokens.use("aa"));
    heart.loop.run();
    EXPECT_EQ(stored().at(0).used_at, first);
    EXPECT_EQ(tokens.find("ci")->used_at, heart.clock.wall());
    heart.clock.advance(core::TokenService::use_recorded_after);
    static_cast<void>(tokens.use("aa"));
    heart.loop.run();
    EXPECT_EQ(stored().at(0).used_at, heart.clock.wall());
}

TEST_F(TokenServiceTest, KnowsThemAgainAfterARestart) {
    ASSERT_TRUE(create("ci", "aa"));
    core::TokenService again{
        {heart.journal, heart.clock, heart.loop, *heart.feed, [](const std::string&) {}}};
    again.recover(stored());
    ASSERT_NE(again.use("aa"), nullptr);
    EXPECT_EQ(core::to_string(again.use("aa")->grant.scope), "team=web");
}

}  // namespace
}  // namespace potd::test
