#include "tests/support/core_fixture.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What a pot needs: started before it, stopped after it, and never in a circle.

namespace potd::core {
namespace {

using testing::HasSubstr;

class DependenciesTest : public testing::Test, public fakes::CoreFixture {
  protected:
    DependenciesTest() { install_base(); }

    using Names = std::vector<std::string>;

    static PotSpec spec_of(const std::string& name, Names on) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.depends_on = std::move(on);
        return spec;
    }
    Result<PotPtr> make(const std::string& name, Names on = {}) {
        return *ask<PotPtr>([&](auto reply) { pots->create(spec_of(name, std::move(on)), reply); });
    }
    static PotPatch depend_on(Names on) {
        PotPatch patch;
        patch.apply = [on = std::move(on)](PotSpec& spec) {
            spec.depends_on = on;
            return Status();
        };
        return patch;
    }
    Result<PotPtr> change(const std::string& name, Names on) {
        return *ask<PotPtr>([&](auto reply) { pots->change(name, depend_on(std::move(on)), reply); });
    }
    /// The error text, "ok", or "" while there is no reply.
    template <class T>
    static std::pair<std::shared_ptr<std::string>, Reply<T>> waiter() {
        auto said = std::make_shared<std::string>();
        return {said, [said](const Result<T>& result) { *said = result ? "ok" : result.error().message; }};
    }
    std::shared_ptr<std::string> begin_start(const std::string& name) {
        auto [said, reply] = waiter<PotPtr>();
        pots->start(name, reply);
        loop.run();
        return said;
    }
    std::size_t when(const std::string& call) const {
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (order[i] == call) return i;
        }
        return order.size();
    }
    void listen() {
        feed->subscribe(
            [this](const Event& event) { order.push_back(event.pot + " " + event.type.substr(4)); });
    }

    std::vector<std::string> order;
};

TEST_F(DependenciesTest, AreStartedFirst) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("cache", {"db"}).ok());
    ASSERT_TRUE(make("web", {"cache", "db"}).ok());
    listen();
    ASSERT_TRUE(start("web")->ok());
    EXPECT_EQ(state("db"), PotState::Running);
    EXPECT_LT(when("db started"), when("cache started"));
    EXPECT_LT(when("cache started"), when("web started"));
    EXPECT_EQ(pots->find("db")->run->cause, StartCause::Dependency);
}

TEST_F(DependenciesTest, NothingOfARunHappensBeforeTheyAreUp) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("web", {"db"}).ok());
    runtime.start_at_once = false;
    const auto started = begin_start("web");
    EXPECT_EQ(state("web"), PotState::Starting);
    EXPECT_EQ(pots->find("web")->run->stage, RunStage::Waiting);
    EXPECT_EQ(runtime.runs.size(), 1U);
    runtime.come_up(key("db"));
    loop.run();
    runtime.come_up(key("web"));
    loop.run();
    EXPECT_EQ(*started, "ok");
}

TEST_F(DependenciesTest, AFailureIsTold) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("web", {"db"}).ok());
    files.root_error = error(ErrorKind::Internal, "no disk");
    const auto started = start("web");
    EXPECT_THAT(started->error().message, HasSubstr("depends on db, which did not come up: pot db: no disk"));
    EXPECT_EQ(started->error().field, "depends_on");
    EXPECT_EQ(state("web"), PotState::Failed);
    EXPECT_EQ(state("db"), PotState::Failed);
}

TEST_F(DependenciesTest, OneThatEndsAtOnceCountsAsHavingBeenUp) {
    ASSERT_TRUE(make("init").ok());
    ASSERT_TRUE(make("web", {"init"}).ok());
    runtime.start_at_once = false;
    const auto started = begin_start("web");
    runtime.come_up(key("init"));
    runtime.exit(key("init"), 0);
    loop.run();
    ASSERT_EQ(state("init"), PotState::Stopped);
    runtime.come_up(key("web"));
    loop.run();
    EXPECT_EQ(*started, "ok");
}

TEST_F(DependenciesTest, OneThatIsStoppedMeanwhileFailsTheStart) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("web", {"db"}).ok());
    runtime.start_at_once = false;
    const auto started = begin_start("web");
    ASSERT_TRUE(stop("web")->ok());
    EXPECT_EQ(*started, "pot web was stopped by another request");
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_EQ(state("db"), PotState::Starting) << "it was not asked to stop";
}

TEST_F(DependenciesTest, OneThatIsDestroyedMeanwhileFailsTheStart) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("web", {"db"}).ok());
    runtime.start_at_once = false;
    const auto started = begin_start("web");
    EXPECT_TRUE(ask<void>([&](auto reply) { pots->destroy("db", true, reply); })->ok());
    EXPECT_THAT(*started, HasSubstr("depends on db"));
    EXPECT_EQ(state("web"), PotState::Failed);
}

TEST_F(DependenciesTest, ACrashWhileTheyAreAwaitedLosesNothing) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("web", {"db"}).ok());
    runtime.start_at_once = false;
    begin_start("web");
    crash();  // the fake's adoption brings db up
    runtime.come_up(key("web"));
    loop.run();
    EXPECT_EQ(state("db"), PotState::Running);
    EXPECT_EQ(state("web"), PotState::Running);
}

TEST_F(DependenciesTest, AStopTakesDependentsDownFirst) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("cache", {"db"}).ok());
    ASSERT_TRUE(make("web", {"cache"}).ok());
    ASSERT_TRUE(start("web")->ok());
    listen();
    ASSERT_TRUE(stop("db")->ok());
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_LT(when("web stopped"), when("cache stopping"));
    EXPECT_LT(when("cache stopped"), when("db stopping"));
    EXPECT_LT(when("db stopping"), order.size());
}

TEST_F(DependenciesTest, AStopEndsTheBackOffOfDependents) {
    ASSERT_TRUE(make("db").ok());
    PotSpec web = spec_of("web", {"db"});
    web.restart.policy = RestartPolicy::Always;
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(web, reply); })->ok());
    ASSERT_TRUE(start("web")->ok());
    runtime.exit(key("web"), 1);
    loop.run();
    ASSERT_EQ(state("web"), PotState::Backoff);
    ASSERT_TRUE(stop("db")->ok());
    EXPECT_EQ(state("web"), PotState::Stopped);
}

// What may be in the graph

TEST_F(DependenciesTest, ItselfIsRefused) {
    const Result<PotPtr> made = make("web", {"web"});
    EXPECT_EQ(made.error().kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(made.error().field, "depends_on[0]");
    EXPECT_THAT(made.error().message, HasSubstr("another pot than itself"));
}

TEST_F(DependenciesTest, NothingAndNobodyIsRefused) {
    EXPECT_THAT(make("web", {"db"}).error().message, HasSubstr("the name of a pot that exists"));
    EXPECT_EQ(pots->count(), 0U);
}

TEST_F(DependenciesTest, OneNamedTwiceIsRefused) {
    ASSERT_TRUE(make("db").ok());
    EXPECT_EQ(make("web", {"db", "db"}).error().field, "depends_on[1]");
}

TEST_F(DependenciesTest, ACycleIsRefusedByItsPath) {
    ASSERT_TRUE(make("a").ok());
    ASSERT_TRUE(make("b", {"a"}).ok());
    ASSERT_TRUE(make("c", {"b"}).ok());
    const Result<PotPtr> changed = change("a", {"c"});
    EXPECT_EQ(changed.error().kind, ErrorKind::InvalidArgument);
    EXPECT_THAT(changed.error().message, HasSubstr("a -> c -> b -> a"));
    EXPECT_TRUE(pots->find("a")->spec.depends_on.empty());
}

TEST_F(DependenciesTest, ACycleOfTwoChangesAtOnceIsRefused) {
    ASSERT_TRUE(make("a").ok());
    ASSERT_TRUE(make("b").ok());
    auto [first, first_reply] = waiter<PotPtr>();
    auto [second, second_reply] = waiter<PotPtr>();
    pots->change("a", depend_on({"b"}), first_reply);
    pots->change("b", depend_on({"a"}), second_reply);
    loop.run();
    EXPECT_EQ(*first, "ok");
    EXPECT_THAT(*second, HasSubstr("b -> a -> b"));
    EXPECT_TRUE(change("a", {}).ok());
    EXPECT_TRUE(change("b", {"a"}).ok()) << "what was refused holds nothing";
}

TEST_F(DependenciesTest, ARenameNeedsThatNobodyDependsOnIt) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("web", {"db"}).ok());
    const auto renamed = ask<PotPtr>([&](auto reply) { pots->rename("db", "sql", reply); });
    EXPECT_EQ(renamed->error().kind, ErrorKind::Conflict);
    EXPECT_THAT(renamed->error().message, HasSubstr("web depends on it"));
    EXPECT_TRUE(change("web", {}).ok());
    EXPECT_TRUE(ask<PotPtr>([&](auto reply) { pots->rename("db", "sql", reply); })->ok());
}

TEST_F(DependenciesTest, ARenameAndADependencyAtOnceDoNotMiss) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("web").ok());
    auto [changed, change_reply] = waiter<PotPtr>();
    auto [renamed, rename_reply] = waiter<PotPtr>();
    pots->change("web", depend_on({"db"}), change_reply);
    pots->rename("db", "sql", rename_reply);
    loop.run();
    EXPECT_EQ(*changed, "ok");
    EXPECT_THAT(*renamed, HasSubstr("web depends on it"));
}

TEST_F(DependenciesTest, ADependencyOnWhatIsBeingRenamedIsRefused) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("web").ok());
    auto [renamed, rename_reply] = waiter<PotPtr>();
    auto [changed, change_reply] = waiter<PotPtr>();
    pots->rename("db", "sql", rename_reply);
    pots->change("web", depend_on({"db"}), change_reply);
    loop.run();
    EXPECT_EQ(*renamed, "ok");
    EXPECT_THAT(*changed, HasSubstr("depends_on[0]"));
    EXPECT_TRUE(change("web", {"sql"}).ok());
}

TEST_F(DependenciesTest, ADestroyNeedsForceWhileAnotherDependsOnIt) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("web", {"db"}).ok());
    EXPECT_EQ(ask<void>([&](auto reply) { pots->destroy("db", false, reply); })->error().kind,
              ErrorKind::Conflict);
    EXPECT_TRUE(ask<void>([&](auto reply) { pots->destroy("db", true, reply); })->ok());
    EXPECT_THAT(start("web")->error().message, HasSubstr("depends on db, which does not exist"));
}

// One that a force took away

TEST_F(DependenciesTest, OneThatIsGoneDoesNotStandInTheWayOfOtherChanges) {
    for (const auto& name : {"db", "cache"}) ASSERT_TRUE(make(name).ok());
    ASSERT_TRUE(make("web", {"db", "cache"}).ok());
    for (const auto& name : {"db", "cache"})
        ASSERT_TRUE(ask<void>([&](auto reply) { pots->destroy(name, true, reply); })->ok());
    PotPatch patch;
    patch.apply = [](PotSpec& spec) {
        spec.env.push_back({"A", "1"});
        return Status();
    };
    EXPECT_TRUE(ask<PotPtr>([&](auto reply) { pots->change("web", patch, reply); })->ok());
    EXPECT_TRUE(ask<PotPtr>([&](auto reply) { pots->rename("web", "shop", reply); })->ok());
    EXPECT_TRUE(change("shop", {"cache"}).ok()) << "one of them can be dropped";
    const Result<PotPtr> again = change("shop", {"cache", "db"});
    EXPECT_EQ(again.error().field, "depends_on[1]") << "and not be taken again";
    EXPECT_TRUE(change("shop", {}).ok());
    EXPECT_TRUE(start("shop")->ok());
}

TEST_F(DependenciesTest, OneThatIsGoneAndComesBackDoesItsWorkAgain) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("web", {"db"}).ok());
    ASSERT_TRUE(ask<void>([&](auto reply) { pots->destroy("db", true, reply); })->ok());
    EXPECT_THAT(make("db", {"web"}).error().message, HasSubstr("db -> web -> db"));
    ASSERT_TRUE(make("db").ok());
    EXPECT_TRUE(start("web")->ok());
    EXPECT_EQ(state("db"), PotState::Running);
}

TEST_F(DependenciesTest, WhoAlwaysRestartsGivesUpWithoutIt) {
    ASSERT_TRUE(make("db").ok());
    PotSpec web = spec_of("web", {"db"});
    web.restart.policy = RestartPolicy::Always;
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(web, reply); })->ok());
    ASSERT_TRUE(start("web")->ok());
    ASSERT_TRUE(ask<void>([&](auto reply) { pots->destroy("db", true, reply); })->ok());
    EXPECT_EQ(state("web"), PotState::Running) << "what runs runs on";
    listen();
    runtime.exit(key("web"), 1);
    loop.run();
    ASSERT_EQ(state("web"), PotState::Backoff);
    timers.advance(timers.until_next());
    loop.run();
    EXPECT_EQ(state("web"), PotState::Failed);
    EXPECT_EQ(pots->find("web")->desired, Desired::Stopped);
    EXPECT_EQ(pots->find("web")->last_error, "depends on db, which does not exist");
    EXPECT_LT(when("web gave_up"), order.size());
    EXPECT_EQ(timers.armed(), 0U) << "no try can help";
    ASSERT_TRUE(make("db").ok());
    EXPECT_TRUE(start("web")->ok());
}

TEST_F(DependenciesTest, SoDoesWhoNeedsItThroughAnother) {
    ASSERT_TRUE(make("db").ok());
    ASSERT_TRUE(make("cache", {"db"}).ok());
    PotSpec web = spec_of("web", {"cache"});
    web.restart.policy = RestartPolicy::Always;
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(web, reply); })->ok());
    ASSERT_TRUE(start("web")->ok());
    ASSERT_TRUE(ask<void>([&](auto reply) { pots->destroy("db", true, reply); })->ok());
    runtime.exit(key("cache"), 0);
    runtime.exit(key("web"), 1);
    loop.run();
    timers.advance(timers.until_next());
    loop.run();
    EXPECT_EQ(state("web"), PotState::Failed);
    EXPECT_THAT(pots->find("web")->last_error, HasSubstr("depends on db, which does not exist"));
    EXPECT_EQ(timers.armed(), 0U);
}

TEST_F(DependenciesTest, OneThatIsThereAndFailsIsTriedByPolicy) {
    ASSERT_TRUE(make("db").ok());
    PotSpec web = spec_of("web", {"db"});
    web.restart.policy = RestartPolicy::Always;
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(web, reply); })->ok());
    ASSERT_TRUE(start("web")->ok());
    files.root_error = error(ErrorKind::Internal, "no disk");
    runtime.exit(key("db"), 1);
    runtime.exit(key("web"), 1);
    loop.run();
    timers.advance(timers.until_next());
    loop.run();
    EXPECT_EQ(state("web"), PotState::Backoff);
    files.root_error.reset();
    timers.advance(timers.until_next());
    loop.run();
    EXPECT_EQ(state("web"), PotState::Running);
}

TEST_F(DependenciesTest, ACreateThatFailsHoldsNothing) {
    ASSERT_TRUE(make("db").ok());
    files.create_error = error(ErrorKind::ResourceExhausted, "full");
    EXPECT_FALSE(make("web", {"db"}).ok());
    files.create_error.reset();
    EXPECT_TRUE(ask<void>([&](auto reply) { pots->destroy("db", false, reply); })->ok());
}

}  // namespace
}  // namespace potd::core
