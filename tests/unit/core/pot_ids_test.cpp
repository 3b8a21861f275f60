// Which ids of the host a pot with a user namespace gets, and keeps.
#include "core/service/pot_service.hpp"
#include "tests/support/core_fixture.hpp"

#include <string>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

constexpr std::uint32_t first_given = fakes::CoreFixture::first_host_id;

class PotIdsTest : public testing::Test, public fakes::CoreFixture {
  protected:
    PotIdsTest() { install_base(); }

    std::optional<Result<PotPtr>> create_apart(const std::string& name) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.security.user_namespace = true;
        return ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
    }
    std::uint32_t ids_of(const std::string& name) const { return pots->find(name)->first_host_id; }
    void destroy(const std::string& name) {
        EXPECT_TRUE(ask<void>([&](auto reply) { pots->destroy(name, true, reply); })->ok());
    }
};

TEST_F(PotIdsTest, OnlyAPotWithAUserNamespaceTakesIds) {
    ASSERT_TRUE(create("plain")->ok());
    ASSERT_TRUE(create_apart("a")->ok());
    ASSERT_TRUE(create_apart("b")->ok());
    EXPECT_EQ(ids_of("plain"), 0U);
    EXPECT_EQ(ids_of("a"), first_given);
    EXPECT_EQ(ids_of("b"), first_given + IdRanges::size);
}

TEST_F(PotIdsTest, TheLaunchIsToldOfThem) {
    ASSERT_TRUE(create_apart("a")->ok());
    ASSERT_TRUE(start("a")->ok());
    EXPECT_EQ(runtime.runs.at(key("a")).request.first_host_id, first_given);
}

TEST_F(PotIdsTest, TheyAreTheSameAfterARestartAndNobodyElses) {
    ASSERT_TRUE(create_apart("a")->ok());
    ASSERT_TRUE(create_apart("b")->ok());
    destroy("a");
    crash();
    EXPECT_EQ(ids_of("b"), first_given + IdRanges::size);
    ASSERT_TRUE(create_apart("c")->ok());
    ASSERT_TRUE(create_apart("d")->ok());
    EXPECT_EQ(ids_of("c"), first_given);
    EXPECT_EQ(ids_of("d"), first_given + 2 * IdRanges::size);
}

TEST_F(PotIdsTest, ADestroyedPotGivesThemBack) {
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(create_apart("a")->ok()) << i;
        destroy("a");
    }
}

TEST_F(PotIdsTest, ACreateThatFailsGivesThemBack) {
    for (int i = 0; i < 10; ++i) {
        files.create_error = error(ErrorKind::ResourceExhausted, "no space");
        EXPECT_FALSE(create_apart("a")->ok());
    }
    files.create_error.reset();
    for (int i = 0; i < 10; ++i) {
        journal.fail_next(error(ErrorKind::ResourceExhausted, "no space"));
        EXPECT_FALSE(create_apart("a")->ok());
    }
    ASSERT_TRUE(create_apart("a")->ok());
    EXPECT_EQ(ids_of("a"), first_given);
}

TEST_F(PotIdsTest, WithoutFreeIdsTheFieldIsNamed) {
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(create_apart("a" + std::to_string(i))->ok());
    const auto refused = create_apart("more");
    ASSERT_FALSE(refused->ok());
    EXPECT_EQ(refused->error().kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(refused->error().field, "security.user_namespace");
    EXPECT_EQ(pots->find("more"), nullptr);
    EXPECT_TRUE(create("plain")->ok());
}

TEST_F(PotIdsTest, AUserNamespaceIsForLife) {
    ASSERT_TRUE(create("plain")->ok());
    ASSERT_TRUE(create_apart("a")->ok());
    for (const char* name : {"plain", "a"}) {
        const auto changed = ask<PotPtr>([&](auto reply) {
            const auto turn = [](PotSpec& spec) {
                spec.security.user_namespace = !spec.security.user_namespace;
                return Status{};
            };
            pots->change(name, {turn, {}}, reply);
        });
        ASSERT_FALSE(changed->ok());
        EXPECT_EQ(changed->error().field, "security.user_namespace");
    }
}

}  // namespace
}  // namespace potd::core
