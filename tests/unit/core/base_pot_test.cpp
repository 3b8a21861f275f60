#include "tests/support/core_fixture.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BasePotTest : public testing::Test, public fakes::CoreFixture {
  protected:
    void begin_install(Reply<Base> reply) {
        BaseRequest request;
        request.name = "13.2";
        PotSpec spec;
        spec.limits.pids = 77;
        bases->install(request, {}, std::move(reply), {}, spec);
    }
    Result<Base> install_with_pot() {
        return *ask<Base>([&](auto reply) { begin_install(reply); });
    }
    Status remove(bool force = false) {
        return *ask<void>([&](auto reply) { bases->remove("13.2", force, reply); });
    }
    Status destroy(const std::string& pot) {
        return *ask<void>([&](auto reply) { pots->destroy(pot, true, reply); });
    }
    Result<PotPtr> create_on(const std::string& base, const std::string& pot) {
        PotSpec spec;
        spec.name = pot;
        spec.base = base;
        return *ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
    }
    bool nothing_is_left() {
        return base_store.installed.empty() && files.exist.empty() && bases->list().empty() &&
               pots->count() == 0;
    }
    /// Both, or neither with nothing left of them.
    void expect_whole() {
        const bool base = bases->find("13.2") != nullptr;
        EXPECT_EQ(pots->find(name) != nullptr, base);
        EXPECT_EQ(pots->count(), base ? 1U : 0U);
    }
    const std::string name = "base-13_2";
};

TEST(BasePotNameTest, ReplacesTheFirstDot) {
    EXPECT_EQ(base_pot_name("13.2"), "base-13_2");
    EXPECT_EQ(base_pot_name("13.2.1"), "base-13_2.1");
    EXPECT_EQ(base_pot_name("bookworm"), "base-bookworm");
}

TEST_F(BasePotTest, ComesWithItsBase) {
    const auto made = install_with_pot();
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->pot, name);
    const PotPtr pot = pots->find(name);
    ASSERT_NE(pot, nullptr);
    EXPECT_EQ(pot->spec.base, "13.2");
    EXPECT_EQ(pot->spec.level, 0);
    EXPECT_EQ(pot->spec.type, PotType::Multi);
    EXPECT_EQ(pot->spec.limits.pids, 77);
    EXPECT_TRUE(bases->users("13.2").empty()) << "it is not in the way";
    EXPECT_TRUE(start(name)->ok());
    crash();
    EXPECT_EQ(state(name), PotState::Running);
    EXPECT_EQ(bases->find("13.2")->pot, name);
}

TEST_F(BasePotTest, OthersHaveNone) {
    install_base();
    EXPECT_EQ(bases->find("host")->pot, "");
    EXPECT_EQ(pots->count(), 0U);
}

TEST_F(BasePotTest, ATakenNameIsRefusedBeforeAnythingIsFetched) {
    install_base();
    ASSERT_TRUE(create(name)->ok());
    const auto refused = install_with_pot();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(refused.error().field, "base_pot");
    EXPECT_THAT(base_store.installed, ElementsAre("host"));
    ASSERT_TRUE(destroy(name));
    EXPECT_TRUE(install_with_pot());
}

TEST_F(BasePotTest, ItsNameIsKeptWhileTheBaseIsFetched) {
    install_base();
    base_store.hold = true;
    begin_install([](const Result<Base>&) {});
    const auto refused = create(name);
    EXPECT_EQ((*refused).error().kind, ErrorKind::Conflict);
    bases->cancel_install("13.2");
    loop.run();
    EXPECT_TRUE(create(name)->ok()) << "it is free again";
}

TEST_F(BasePotTest, ANameThatIsTooLongIsRefused) {
    BaseRequest request;
    request.name = std::string(60, 'x');
    const auto refused = ask<Base>([&](auto reply) { bases->install(request, {}, reply, {}, PotSpec{}); });
    EXPECT_EQ(refused->error().field, "base_pot");
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(BasePotTest, WithoutFilesForThePotThereIsNoBase) {
    files.create_error = error(ErrorKind::ResourceExhausted, "disk full");
    const auto failed = install_with_pot();
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("disk full"));
    EXPECT_TRUE(nothing_is_left());
    files.create_error.reset();
    EXPECT_TRUE(install_with_pot());
}

TEST_F(BasePotTest, WhatCannotBeRecordedGoesAgain) {
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_FALSE(install_with_pot());
    EXPECT_TRUE(nothing_is_left());
    EXPECT_TRUE(install_with_pot());
}

TEST_F(BasePotTest, ACrashLeavesBothOrNeither) {
    for (int steps = 0; steps < 12; ++steps) {
        begin_install([](const Result<Base>&) {});
        for (int i = 0; i < steps; ++i) loop.run_one();
        crash();
        expect_whole();
        if (bases->find("13.2") != nullptr) {
            ASSERT_TRUE(remove());
        }
        EXPECT_TRUE(complaints.empty());
    }
}

TEST_F(BasePotTest, GoesWithItsBaseAndNotAlone) {
    ASSERT_TRUE(install_with_pot());
    const Status alone = destroy(name);
    ASSERT_FALSE(alone);
    EXPECT_EQ(alone.error().kind, ErrorKind::Conflict);
    EXPECT_THAT(alone.error().message, HasSubstr("destroy -b 13.2"));
    const auto renamed = ask<PotPtr>([&](auto reply) { pots->rename(name, "other", reply); });
    EXPECT_EQ(renamed->error().kind, ErrorKind::Conflict);
    ASSERT_TRUE(create_on("13.2", "web"));
    EXPECT_THAT(bases->users("13.2"), ElementsAre("web"));
    EXPECT_EQ(remove().error().message, "base 13.2 is used by web");
    EXPECT_NE(pots->find(name), nullptr);
    ASSERT_TRUE(destroy("web"));
    ASSERT_TRUE(remove());
    EXPECT_TRUE(nothing_is_left());
    crash();
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(BasePotTest, IsNotRemovedByItsOwnEnd) {
    ASSERT_TRUE(install_with_pot());
    PotPatch patch;
    patch.apply = [](PotSpec& spec) {
        spec.remove_on_exit = true;
        return Status();
    };
    const auto refused = ask<PotPtr>([&](auto reply) { pots->change(name, patch, reply); });
    EXPECT_EQ(refused->error().field, "remove_on_exit");
}

TEST_F(BasePotTest, OneThatRunsNeedsForce) {
    ASSERT_TRUE(install_with_pot());
    ASSERT_TRUE(start(name)->ok());
    EXPECT_EQ(remove().error().kind, ErrorKind::Conflict);
    EXPECT_EQ(state(name), PotState::Running);
    EXPECT_NE(bases->find("13.2"), nullptr);
    ASSERT_TRUE(remove(true));
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(BasePotTest, ARemovalThatACrashCutGoesOn) {
    for (int steps = 0; steps < 24; ++steps) {
        ASSERT_TRUE(install_with_pot());
        ASSERT_TRUE(start(name)->ok());
        bases->remove("13.2", true, [](const Status&) {});
        for (int i = 0; i < steps; ++i) loop.run_one();
        const bool begun =
            journal.recorded().load().bases.empty() || journal.recorded().load().bases[0].is_going;
        crash();
        expect_whole();
        EXPECT_EQ(bases->find("13.2") == nullptr, begun) << steps;
        if (bases->find("13.2") != nullptr) {
            ASSERT_TRUE(remove(true));
        }
        EXPECT_TRUE(nothing_is_left()) << steps;
    }
    EXPECT_TRUE(complaints.empty());
}

TEST_F(BasePotTest, IsNotCloned) {
    ASSERT_TRUE(install_with_pot());
    SnapshotService::Cloning request;
    request.name = "copy";
    request.take = true;
    const auto refused = ask<PotPtr>([&](auto reply) { snapshots->clone(name, request, reply); });
    EXPECT_EQ(refused->error().kind, ErrorKind::Conflict);
    EXPECT_THAT(refused->error().message, HasSubstr("level 0"));
    EXPECT_TRUE(snapshots->list(name)->empty()) << "nothing was taken for it";
}

}  // namespace
}  // namespace potd::core
