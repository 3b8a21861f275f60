#include "core/model/operation_ids.hpp"
#include "core/service/operation_truth.hpp"
#include "tests/support/core_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd {
namespace {

using core::ErrorKind;
using core::KeptAnswer;
using core::Operation;
using core::OperationKind;
using core::OperationState;
using core::PotPtr;
using core::Result;
using core::Status;
using ::testing::HasSubstr;

const core::IdempotencyKey one_key{"key-1", "print"};

class OperationServiceTest : public ::testing::Test {
  protected:
    OperationServiceTest() {
        core.install_base();
        core.create("web");
    }

    /// As the API does it: accepted, handed to its service, ended with the reply.
    std::string ask(OperationKind kind, const core::IdempotencyKey& with = {},
                    const std::string& pot = "web") {
        const std::string id = core.operations->begin({kind, pot, {}, with});
        const auto reply = [this, id](const Result<PotPtr>& result) { answered(id, result); };
        const auto done = [this, id](const Status& result) {
            answered(id, result ? Result<PotPtr>(PotPtr()) : Result<PotPtr>(result.error()));
        };
        const core::Along along = core.operations->along(id);
        switch (kind) {
            case OperationKind::Create: create(pot, reply, along); break;
            case OperationKind::Start: core.pots->start(pot, reply, along); break;
            case OperationKind::Stop: core.pots->stop(pot, {}, reply, along); break;
            case OperationKind::Restart: core.pots->restart(pot, {}, reply, along); break;
            case OperationKind::Destroy: core.pots->destroy(pot, true, done, along); break;
            case OperationKind::Pause: core.pots->pause(pot, reply, along); break;
            default: ADD_FAILURE() << "not for this test";
        }
        return id;
    }
    void create(const std::string& name, const core::Reply<PotPtr>& reply, const core::Along& along) {
        core::PotSpec spec;
        spec.name = name;
        spec.base = "host";
        core.pots->create(spec, reply, along);
    }
    void answered(const std::string& id, const Result<PotPtr>& result) {
        ++answers;
        core.operations->end(id, result ? Status() : Status(result.error()),
                             KeptAnswer{200, "H: 1\r\n", "t", "b"});
    }
    void change(const std::string& name, const std::function<void(core::PotSpec&)>& edit) {
        core::PotPatch patch;
        patch.apply = [&](core::PotSpec& spec) {
            edit(spec);
            return Status();
        };
        core.ask<PotPtr>([&](auto reply) { core.pots->change(name, patch, reply); });
    }
    static core::HookSpec a_hook() {
        core::HookSpec hook;
        hook.command = {"/hook"};
        hook.abort_on_failure = true;
        return hook;
    }
    OperationState state(const std::string& id) { return core.operations->find(id)->state; }
    std::string who_used(const core::IdempotencyKey& used) {
        return core.operations->used_by({}, used).value();
    }
    Result<Operation> cancel(const std::string& id) {
        return *core.ask<Operation>([&](auto reply) { core.operations->cancel(id, reply); });
    }
    Result<KeptAnswer> answer(const std::string& id) {
        fakes::MemoryHistory history(core.journal, core.loop);
        return *core.ask<KeptAnswer>([&](auto reply) { core.operations->answer_of(id, history, reply); });
    }
    std::vector<std::string> ids(const core::OperationQuery& query = {}) {
        std::vector<std::string> found;
        for (const Operation& one : core.operations->list(query)) found.push_back(one.id);
        return found;
    }
    [[nodiscard]] std::size_t rows() const { return core.journal.recorded().operations.size(); }

    fakes::CoreFixture core;
    int answers = 0;
};

TEST(OperationIdsTest, SortByTimeAndAmongThemselves) {
    std::uint64_t last = 0;
    core::OperationIds ids([&last] { return last -= 0x123456789abcdefU; });
    std::string before;
    for (int i = 0; i < 1000; ++i) {
        // The clock stands still, goes on, and is set back.
        const std::string id = ids.next({1'700'000'000'000 + i / 100 - (i > 500 ? 5000 : 0)});
        EXPECT_EQ(id.size(), 26U);
        EXPECT_TRUE(core::is_operation_id(id));
        EXPECT_GT(id, before);
        before = id;
    }
    core::OperationIds later([] { return 0U; });
    later.after(before);
    EXPECT_GT(later.next({0}), before);
}

TEST_F(OperationServiceTest, APlainRequestIsListedAndStoresNothing) {
    core.runtime.start_at_once = false;
    const std::string id = ask(OperationKind::Start);
    core.loop.run();
    EXPECT_EQ(state(id), OperationState::Running);
    EXPECT_EQ(core.operations->find(id)->run, 1U);
    EXPECT_EQ(core.operations->find(id)->progress.message, "launches");
    core.runtime.come_up(core.key("web"));
    core.loop.run();
    EXPECT_EQ(state(id), OperationState::Done);
    EXPECT_EQ(rows(), 0U);
}

TEST_F(OperationServiceTest, ACopySaysHowFarItIs) {
    core.files.copied_bytes = 4096;
    const std::string id = ask(OperationKind::Create, {}, "new");
    const auto under_way = core.operations->find(id);
    ASSERT_TRUE(under_way);
    EXPECT_EQ(under_way->progress.current, 4096);
    EXPECT_EQ(under_way->progress.unit, "bytes");
    core.loop.run();
    EXPECT_FALSE(core.operations->find(id)->progress.current) << "it has ended";
}

TEST_F(OperationServiceTest, OneThatIsRefusedLeavesNothing) {
    core.start("web");
    const std::string id = ask(OperationKind::Start);
    core.loop.run();
    EXPECT_EQ(answers, 1);
    EXPECT_FALSE(core.operations->find(id));
}

TEST_F(OperationServiceTest, AKeyIsStoredWithItsIntentAndNeedsNoCommitOfItsOwn) {
    const std::size_t before = core.journal.commits();
    core.runtime.start_at_once = false;
    const std::string id = ask(OperationKind::Start, one_key);
    core.loop.run();
    // The intent and then the launch; a start without a key makes as many.
    EXPECT_EQ(rows(), 1U);
    EXPECT_EQ(core.journal.durable().operations.at(id).key, one_key);
    EXPECT_TRUE(core.journal.durable().operations.at(id).operation.begun);
    const std::size_t with_key = core.journal.commits() - before;
    core.create("other");
    const std::size_t between = core.journal.commits();
    ask(OperationKind::Start, {}, "other");
    core.loop.run();
    EXPECT_EQ(core.journal.commits() - between, with_key);
}

TEST_F(OperationServiceTest, AKeyIsTheAnswersUntilItIsTooOld) {
    const std::string id = ask(OperationKind::Start, one_key);
    EXPECT_EQ(who_used(one_key), id);  // under way already
    core.loop.run();
    EXPECT_EQ(answer(id)->headers, "H: 1\r\n");
    EXPECT_EQ(who_used(one_key), id);
    const auto other = core.operations->used_by({}, {"key-1", "another print"});
    ASSERT_FALSE(other.ok());
    EXPECT_EQ(other.error().kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(other.error().field, "Idempotency-Key");
    core.clock.advance(std::chrono::hours(24));
    EXPECT_EQ(who_used(one_key), "");
    const std::string second = ask(OperationKind::Stop, one_key);
    core.loop.run();
    EXPECT_EQ(who_used(one_key), second);
    core.crash();
    EXPECT_EQ(who_used(one_key), second);
}

TEST_F(OperationServiceTest, EverybodyHasKeysOfHisOwn) {
    const auto asked = [&](const std::string& by) {
        core::OperationService::Asked what{OperationKind::Start, "web", {}, one_key};
        what.by = by;
        const std::string id = core.operations->begin(what);
        core.operations->record(id, core::Durability::Intent, std::nullopt, [](const Status&) {});
        core.loop.run();
        core.operations->end(id, Status(), KeptAnswer{200, {}, "t", by});
        core.loop.run();
        return id;
    };
    const core::IdempotencyKey other{"key-1", "another print"};
    const std::string one = asked("uid 1"), two = asked("token ci");
    EXPECT_EQ(core.operations->used_by("uid 2", other).value(), "");
    for (int life = 0; life < 2; ++life) {
        EXPECT_EQ(core.operations->used_by("uid 1", one_key).value(), one);
        EXPECT_EQ(core.operations->used_by("token ci", one_key).value(), two);
        EXPECT_FALSE(core.operations->used_by("token ci", other).ok());
        core.crash();
    }
}

TEST_F(OperationServiceTest, AKeyOutlivesPotdWithItsAnswer) {
    const std::string id = ask(OperationKind::Start, one_key);
    core.loop.run();
    core.crash();
    EXPECT_EQ(who_used(one_key), id);
    EXPECT_EQ(state(id), OperationState::Done);
    EXPECT_EQ(answer(id)->body, "b");
}

TEST_F(OperationServiceTest, WhatIsCutBeforeItsIntentHasNotHappenedAndFreesItsKey) {
    ask(OperationKind::Start, one_key);
    core.crash();
    EXPECT_EQ(who_used(one_key), "");
    EXPECT_EQ(core.state("web"), core::PotState::Created);
    EXPECT_THAT(ids(), ::testing::IsEmpty());
}

TEST_F(OperationServiceTest, AStartCutAfterItsIntentEndsAsThePotDoes) {
    change("web", [](core::PotSpec& spec) { spec.hooks.prestart = {a_hook()}; });
    core.hooks.end_at_once = false;
    for (const bool well : {true, false}) {
        const core::IdempotencyKey used{well ? "key-1" : "key-2", ""};
        const std::string id = ask(OperationKind::Start, used);
        core.loop.run();
        core.crash();
        ASSERT_EQ(state(id), OperationState::Running) << "its hook is run once more";
        EXPECT_EQ(who_used(used), id);
        core.hooks.end(core.key("web"), well ? 0 : 1);
        core.loop.run();
        EXPECT_EQ(state(id), well ? OperationState::Done : OperationState::Failed);
        EXPECT_EQ(answer(id).ok(), false) << "nobody was told";
        EXPECT_EQ(core.journal.recorded().operations.at(id).operation.state, state(id));
        if (!well) {
            EXPECT_THAT(core.operations->find(id)->error->message, HasSubstr("prestart hook 1"));
        }
        core.stop("web");
    }
}

TEST_F(OperationServiceTest, OtherKindsAreSettledByTheirPotToo) {
    core.runtime.obey_signals = false;
    core.start("web");
    const std::string stop = ask(OperationKind::Stop, one_key);
    core.loop.run();
    core.crash();
    EXPECT_EQ(state(stop), OperationState::Running);
    core.runtime.exit(core.key("web"), 0);
    core.loop.run();
    EXPECT_EQ(state(stop), OperationState::Done);

    const std::string made = ask(OperationKind::Create, {"key-2", ""}, "new");
    while (!core.pots->find("new")) core.loop.run_one();
    core.crash();
    EXPECT_EQ(state(made), OperationState::Done);
    EXPECT_EQ(core.operations->find(made)->pot, "new");

    const std::string gone = ask(OperationKind::Destroy, {"key-3", ""}, "new");
    while (core.pots->find("new")) core.loop.run_one();
    core.crash();
    EXPECT_EQ(state(gone), OperationState::Done);
}

TEST_F(OperationServiceTest, AcceptedBeforeItTookEffectItFailsWithPotd) {
    core.base_store.hold = true;
    core::BaseRequest request;
    request.name = "big";
    const std::string id = core.operations->begin({OperationKind::InstallBase, {}, "big", one_key});
    core.bases->install(
        request, {}, [](const auto&) {}, core.operations->along(id));
    const auto stored = core.ask<void>([&](auto reply) {
        core.operations->record(id, core::Durability::Intent, KeptAnswer{202, {}, {}, {}}, reply);
    });
    EXPECT_TRUE(stored->ok());
    core.crash();
    EXPECT_EQ(state(id), OperationState::Failed);
    EXPECT_EQ(core.operations->find(id)->error->kind, ErrorKind::Unavailable);
    EXPECT_EQ(who_used(one_key), "") << "nothing was done: it may be tried again";
}

TEST_F(OperationServiceTest, WhatActsPastTheStoreKeepsItsKeyWhenItIsCut) {
    const std::string id = core.operations->begin({OperationKind::Kill, "web", {}, one_key});
    core.ask<void>(
        [&](auto reply) { core.operations->record(id, core::Durability::Observation, std::nullopt, reply); });
    core.crash();
    EXPECT_EQ(state(id), OperationState::Failed);
    EXPECT_THAT(core.operations->find(id)->error->message, HasSubstr("may have taken effect"));
    EXPECT_EQ(who_used(one_key), id);
}

TEST_F(OperationServiceTest, AFullDiskFreesTheKey) {
    core.journal.fail_next(core::error(ErrorKind::ResourceExhausted, "full"));
    const std::string id = ask(OperationKind::Start, one_key);
    core.loop.run();
    EXPECT_EQ(state(id), OperationState::Failed);
    EXPECT_EQ(who_used(one_key), "");
}

TEST_F(OperationServiceTest, ARefusalIsAnAnswerToo) {
    core.start("web");
    const std::string id = ask(OperationKind::Start, one_key);
    core.loop.run();
    EXPECT_EQ(who_used(one_key), id);
    EXPECT_EQ(state(id), OperationState::Failed);
    core.crash();
    EXPECT_EQ(who_used(one_key), id);
    EXPECT_EQ(answer(id)->status, 200);  // whatever was handed over
}

TEST_F(OperationServiceTest, AStartIsCancelledAsByAStop) {
    change("web", [](core::PotSpec& spec) { spec.hooks.prestart = {a_hook()}; });
    core.hooks.end_at_once = false;
    const std::string id = ask(OperationKind::Start);
    core.loop.run();
    EXPECT_EQ(core.operations->find(id)->progress.message, "prestart hook 1");
    EXPECT_TRUE(core::OperationService::can_cancel(*core.operations->find(id)));
    core.operations->cancel(id, [this](const auto&) { ++answers; });
    core.loop.run();
    core.hooks.end(core.key("web"), 0);
    core.loop.run();
    EXPECT_EQ(answers, 2);
    EXPECT_EQ(state(id), OperationState::Cancelled);
    EXPECT_EQ(core.state("web"), core::PotState::Stopped);
}

TEST_F(OperationServiceTest, AnInstallationIsCancelled) {
    core.base_store.hold = true;
    core::BaseRequest request;
    request.name = "big";
    const std::string id = core.operations->begin({OperationKind::InstallBase, {}, "big"});
    core.bases->install(request, {}, [this, id](const Result<core::Base>& made) {
        core.operations->end(id, made ? Status() : Status(made.error()), {});
    });
    const auto ended = cancel(id);
    ASSERT_TRUE(ended.ok());
    EXPECT_EQ(ended.value().state, OperationState::Cancelled);
    EXPECT_EQ(core.bases->find("big"), nullptr);
}

TEST_F(OperationServiceTest, OthersCannotBeCancelled) {
    core.runtime.obey_signals = false;
    core.start("web");
    const std::string stop = ask(OperationKind::Stop);
    core.loop.run();
    EXPECT_EQ(cancel(stop).error().kind, ErrorKind::Conflict);
    EXPECT_EQ(cancel("01ARZ3NDEKTSV4RRFFQ69G5FAV").error().kind, ErrorKind::NotFound);
    core.runtime.exit(core.key("web"), 0);
    core.loop.run();
    EXPECT_THAT(cancel(stop).error().message, HasSubstr("has ended: done"));
}

TEST_F(OperationServiceTest, WaitersAreToldOfTheEndOnce) {
    core.runtime.start_at_once = false;
    const std::string id = ask(OperationKind::Start);
    int told = 0;
    core.operations->wait(id, [&](const auto&) { ++told; });
    const auto dropped = core.operations->wait(id, [&](const auto&) { told += 100; });
    core.operations->cancel_wait(dropped);
    core.loop.run();
    core.runtime.come_up(core.key("web"));
    core.loop.run();
    EXPECT_EQ(told, 1);
    core.operations->wait(id, [&](const auto&) { ++told; });
    core.loop.run();
    EXPECT_EQ(told, 2);
}

TEST_F(OperationServiceTest, ListsInOrderByStateAndPot) {
    core.create("db");
    const std::string one = ask(OperationKind::Start);
    const std::string two = ask(OperationKind::Start, {}, "db");
    const std::string three = ask(OperationKind::Pause, one_key, "db");
    core.loop.run();
    const std::string four = ask(OperationKind::Stop);
    using ::testing::ElementsAre;
    EXPECT_THAT(ids(), ElementsAre(one, two, three, four));
    EXPECT_THAT(ids({{}, true, {}, {}, 2}), ElementsAre(four, three));
    EXPECT_THAT(ids({three, true, {}, {}, 2}), ElementsAre(two, one));
    EXPECT_THAT(ids({one, false, {}, "db", 9}), ElementsAre(two, three));
    EXPECT_THAT(ids({{}, false, OperationState::Running, {}, 9}), ElementsAre(four));
}

/// Whoever mistypes the year breaks no promise of a key, nor does a clock that is put right keep it for ever.
TEST_F(OperationServiceTest, AClockThatIsSetMakesNothingOld) {
    const std::string id = ask(OperationKind::Start, one_key);
    core.loop.run();
    const std::int64_t year = 365LL * 24 * 3'600'000;
    core.clock.set_wall({core.clock.wall().ms + year});
    EXPECT_EQ(who_used(one_key), id);
    ask(OperationKind::Stop, {"key-2", "print"});
    core.loop.run();
    EXPECT_EQ(who_used(one_key), id) << "nor does the next one drive it out";
    core.clock.set_wall({core.clock.wall().ms - 3 * year});
    core.crash();
    EXPECT_EQ(who_used(one_key), id);
    core.clock.advance(std::chrono::hours(24));
    EXPECT_EQ(who_used(one_key), "");
}

TEST_F(OperationServiceTest, OldOnesAreForgottenByNumberAndAge) {
    core.operation_limits.kept = 2;
    core.operation_limits.keys = 2;
    core.crash();
    for (int i = 0; i < 4; ++i) {
        ask(OperationKind::Start, {"start " + std::to_string(i), ""});
        core.loop.run();
        ask(OperationKind::Stop);
        core.loop.run();
    }
    EXPECT_EQ(ids().size(), 4U);
    EXPECT_EQ(who_used({"start 1", ""}), "");
    EXPECT_NE(who_used({"start 2", ""}), "");
    core.crash();
    EXPECT_NE(who_used({"start 3", ""}), "");
    core.clock.advance(std::chrono::hours(8 * 24));
    ask(OperationKind::Start);
    core.loop.run();
    EXPECT_EQ(ids().size(), 1U);
    EXPECT_EQ(rows(), 0U);
}

// The truth about what a crash cut

core::Pot pot_with(core::PotState state, std::uint32_t run, core::RunStage stage) {
    core::Pot pot;
    pot.state = state;
    pot.run.emplace();
    pot.run->number = run;
    pot.run->stage = stage;
    return pot;
}

TEST(OperationTruthTest, ARestartWaitsForItsOwnRun) {
    Operation restart;
    restart.kind = OperationKind::Restart;
    restart.begun = true;
    restart.run = 4;
    core::Pot pot = pot_with(core::PotState::Stopping, 3, core::RunStage::Ending);
    pot.desired = core::Desired::Running;
    EXPECT_FALSE(core::truth_of(restart, &pot, nullptr));
    pot.desired = core::Desired::Stopped;
    EXPECT_EQ(core::truth_of(restart, &pot, nullptr)->error().kind, ErrorKind::Cancelled);
    pot = pot_with(core::PotState::Running, 4, core::RunStage::Poststart);
    EXPECT_FALSE(core::truth_of(restart, &pot, nullptr));
    pot.run->stage = core::RunStage::Up;
    EXPECT_TRUE(core::truth_of(restart, &pot, nullptr)->ok());
    EXPECT_FALSE(core::truth_of(restart, nullptr, nullptr)->ok());
}

TEST(OperationTruthTest, AStartThatRanIsDoneHoweverShort) {
    Operation start;
    start.begun = true;
    start.run = 1;
    core::Pot pot = pot_with(core::PotState::Stopped, 1, core::RunStage::Done);
    pot.run->started_at = core::WallTime{1};
    pot.run->end = core::ExitRecord{{2}, 0, {}, false, false, "exited", {}};
    EXPECT_TRUE(core::truth_of(start, &pot, nullptr)->ok());
    pot.run->stop_cause = core::StopCause::Stop;
    EXPECT_EQ(core::truth_of(start, &pot, nullptr)->error().kind, ErrorKind::Cancelled);
    pot.run->end->lost = true;
    EXPECT_EQ(core::truth_of(start, &pot, nullptr)->error().kind, ErrorKind::Conflict);
}

}  // namespace
}  // namespace potd
