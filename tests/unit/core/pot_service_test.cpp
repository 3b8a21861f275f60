#include "core/service/pot_service.hpp"

#include "tests/support/core_fixture.hpp"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

using testing::Each;
using testing::HasSubstr;

class PotServiceTest : public testing::Test, public fakes::CoreFixture {
  protected:
    PotServiceTest() { install_base(); }

    bool recorded_event(std::string_view type) const {
        const auto& events = journal.recorded().events;
        return std::any_of(events.begin(), events.end(), [&](const Event& e) { return e.type == type; });
    }
};

TEST_F(PotServiceTest, AWholeLife) {
    ASSERT_TRUE(create("web")->ok());
    EXPECT_EQ(state("web"), PotState::Created);
    ASSERT_TRUE(start("web")->ok());
    EXPECT_EQ(state("web"), PotState::Running);
    runtime.exit(key("web"), 7);
    loop.run();
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_EQ(pots->find("web")->run->end->exit_code, 7);
    EXPECT_TRUE(ask<void>([&](auto reply) { pots->destroy("web", false, reply); })->ok());
    EXPECT_EQ(pots->find("web"), nullptr);
    EXPECT_TRUE(files.exist.empty());
    EXPECT_TRUE(runtime.runs.empty());
    EXPECT_TRUE(journal.recorded().pots.empty());
}

TEST_F(PotServiceTest, RefusesASecondPotOfOneName) {
    ASSERT_TRUE(create("web")->ok());
    const auto again = create("web");
    ASSERT_FALSE(again->ok());
    EXPECT_EQ(again->error().kind, ErrorKind::Conflict);
    EXPECT_EQ(again->error().field, "name");
}

TEST_F(PotServiceTest, RefusesThePresentIdOfAPotAsAName) {
    PotSpec spec;
    spec.name = "web";
    spec.base = "host";
    Along along;
    along.new_pot = PotId{"feed00000001"};
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply, along); })->ok());
    ASSERT_TRUE(create("other")->ok());
    const auto made = create("feed00000001");
    ASSERT_FALSE(made->ok());
    EXPECT_EQ(made->error().field, "name");
    for (const std::string name : {"other", "web"}) {
        const auto renamed =
            ask<PotPtr>([&](auto reply) { pots->rename(name, "feed00000001", std::move(reply)); });
        EXPECT_EQ(renamed->error().kind, ErrorKind::Conflict) << name;
    }
    EXPECT_EQ(pots->find("feed00000001")->spec.name, "web");
    ASSERT_TRUE(ask<void>([&](auto reply) { pots->destroy("web", false, reply); })->ok());
    ASSERT_TRUE(create("feed00000001")->ok()) << "it is free again";
    EXPECT_EQ(pots->with_id("feed00000001"), nullptr);
}

TEST_F(PotServiceTest, OfTwoCreatesAtOnceOneWins) {
    PotSpec spec;
    spec.name = "web";
    spec.base = "host";
    int made = 0;
    int refused = 0;
    const auto count = [&](const Result<PotPtr>& result) { ++(result ? made : refused); };
    pots->create(spec, count);
    pots->create(spec, count);
    loop.run();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(files.exist.size(), 1U);
}

TEST_F(PotServiceTest, OfTwoStartsAtOnceOneWins) {
    ASSERT_TRUE(create("web")->ok());
    std::vector<bool> results;
    for (int i = 0; i < 2; ++i) {
        pots->start("web", [&](const Result<PotPtr>& result) { results.push_back(result.ok()); });
    }
    loop.run();
    ASSERT_EQ(results.size(), 2U);
    EXPECT_NE(results[0], results[1]);
    EXPECT_EQ(runtime.most_live_runs_of_a_pot, 1U);
}

TEST_F(PotServiceTest, AnUnknownBaseIsNamed) {
    PotSpec spec;
    spec.name = "web";
    spec.base = "nowhere";
    const auto result = ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
    ASSERT_FALSE(result->ok());
    EXPECT_EQ(result->error().kind, ErrorKind::NotFound);
    EXPECT_EQ(result->error().field, "base");
}

TEST_F(PotServiceTest, LaunchComesAfterTheRecord) {
    ASSERT_TRUE(create("web")->ok());
    pots->start("web", [](const Result<PotPtr>&) {});
    EXPECT_TRUE(runtime.calls.empty());
    EXPECT_EQ(state("web"), PotState::Created);
    loop.run();
    EXPECT_EQ(runtime.calls.front(), "launch 1");
}

TEST_F(PotServiceTest, TheAnswerWaitsForTheDisk) {
    ASSERT_TRUE(create("web")->ok());
    journal.hold_durable();
    bool answered = false;
    pots->start("web", [&](const Result<PotPtr>&) { answered = true; });
    loop.run();
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_FALSE(answered);
    journal.release_durable();
    loop.run();
    EXPECT_TRUE(answered);
}

TEST_F(PotServiceTest, AFullDiskFailsTheRequestAndNothingElse) {
    ASSERT_TRUE(create("web")->ok());
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    const auto failed = start("web");
    ASSERT_FALSE(failed->ok());
    EXPECT_EQ(failed->error().kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(state("web"), PotState::Created);
    EXPECT_TRUE(runtime.calls.empty());
    EXPECT_TRUE(start("web")->ok());
}

TEST_F(PotServiceTest, AFullDiskAtCreateLeavesNoFiles) {
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_FALSE(create("web")->ok());
    EXPECT_TRUE(files.exist.empty());
    EXPECT_TRUE(create("web")->ok());
}

TEST_F(PotServiceTest, AnExitThatCannotBeRecordedIsTriedAgain) {
    ASSERT_TRUE(create("web")->ok());
    ASSERT_TRUE(start("web")->ok());
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"), 2);
    runtime.exit(key("web"), 3);
    loop.run();
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_EQ(std::count(runtime.calls.begin(), runtime.calls.end(), "release 1"), 0);
    for (int i = 0; i < 3; ++i) {
        timers.advance(milliseconds{1000});
        loop.run();
    }
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_EQ(pots->find("web")->run->end->exit_code, 3);
}

TEST_F(PotServiceTest, AStartThatCouldNotBeRecordedDoesNotReopenARunThatHasEnded) {
    ASSERT_TRUE(create("web")->ok());
    pots->start("web", [](const Result<PotPtr>&) {});
    while (runtime.runs.empty()) ASSERT_TRUE(loop.run_one());
    runtime.exit(key("web"), 3);
    // That it started is lost; that it ended, on its way by then, is kept.
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    loop.run();
    timers.advance(milliseconds{1000});
    loop.run();
    EXPECT_EQ(state("web"), PotState::Stopped);
    ASSERT_FALSE(complaints.empty());
    EXPECT_THAT(complaints, Each(HasSubstr("disk full")));
    EXPECT_EQ(journal.recorded().runs.at(key("web")).end->exit_code, 3);
    const auto& events = journal.recorded().events;
    const auto started = [](const Event& event) { return event.type == "pot.started"; };
    EXPECT_EQ(std::count_if(events.begin(), events.end(), started), 1);
}

TEST_F(PotServiceTest, StopKillsWhenTheTimeIsOver) {
    runtime.obey_signals = false;
    ASSERT_TRUE(create("web")->ok());
    ASSERT_TRUE(start("web")->ok());
    bool stopped = false;
    pots->stop("web", {milliseconds{500}, {}}, [&](const Result<PotPtr>& result) { stopped = result.ok(); });
    loop.run();
    EXPECT_FALSE(stopped);
    timers.advance(milliseconds{500});
    loop.run();
    EXPECT_TRUE(stopped);
    EXPECT_TRUE(recorded_event("pot.killing"));
    EXPECT_EQ(timers.armed(), 0U);
}

TEST_F(PotServiceTest, StopIsIdempotent) {
    ASSERT_TRUE(create("web")->ok());
    EXPECT_TRUE(stop("web")->ok());
    ASSERT_TRUE(start("web")->ok());
    EXPECT_TRUE(stop("web")->ok());
    EXPECT_TRUE(stop("web")->ok());
}

TEST_F(PotServiceTest, AFailedStartSaysWhyAndCleansUp) {
    ASSERT_TRUE(create("web")->ok());
    runtime.start_at_once = false;
    std::optional<Result<PotPtr>> result;
    pots->start("web", [&](Result<PotPtr> r) { result.emplace(std::move(r)); });
    loop.run();
    runtime.fail_launch(key("web"), error(ErrorKind::NotFound, "command /bin/nix: not found"));
    loop.run();
    ASSERT_TRUE(result);
    ASSERT_FALSE(result->ok());
    EXPECT_EQ(result->error().message, "pot web: command /bin/nix: not found");
    EXPECT_EQ(state("web"), PotState::Failed);
    EXPECT_TRUE(runtime.runs.empty());
}

TEST_F(PotServiceTest, ARootThatCannotBePreparedIsAFailedStart) {
    ASSERT_TRUE(create("web")->ok());
    files.root_error = error(ErrorKind::Internal, "no root");
    EXPECT_FALSE(start("web")->ok());
    EXPECT_EQ(state("web"), PotState::Failed);
}

TEST_F(PotServiceTest, WaitAnswersWithTheRecordOfTheRun) {
    ASSERT_TRUE(create("web")->ok());
    std::optional<Result<core::Run>> early;
    pots->wait("web", [&](Result<core::Run> r) { early.emplace(std::move(r)); });
    ASSERT_TRUE(start("web")->ok());
    EXPECT_FALSE(early);
    runtime.exit(key("web"), 5);
    loop.run();
    ASSERT_TRUE(early);
    EXPECT_EQ((*early)->end->exit_code, 5);
    const auto late = ask<core::Run>([&](auto reply) { pots->wait("web", reply); });
    EXPECT_EQ((*late)->end->exit_code, 5);
}

TEST_F(PotServiceTest, WaitOutlivesAPotThatRemovesItself) {
    PotSpec spec;
    spec.name = "once";
    spec.base = "host";
    spec.remove_on_exit = true;
    ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
    std::optional<Result<core::Run>> result;
    pots->wait("once", [&](Result<core::Run> r) { result.emplace(std::move(r)); });
    ASSERT_TRUE(start("once")->ok());
    runtime.exit(key("once"), 6);
    loop.run();
    ASSERT_TRUE(result && result->ok());
    EXPECT_EQ((*result)->end->exit_code, 6);
    EXPECT_EQ(pots->find("once"), nullptr);
}

TEST_F(PotServiceTest, ACancelledWaitIsNotAnswered) {
    ASSERT_TRUE(create("web")->ok());
    bool called = false;
    const auto id = pots->wait("web", [&](const Result<core::Run>&) { called = true; });
    pots->cancel_wait(id);
    ASSERT_TRUE(start("web")->ok());
    runtime.exit(key("web"), 0);
    loop.run();
    EXPECT_FALSE(called);
}

TEST_F(PotServiceTest, RenameKeepsTheIdAndFreesTheName) {
    ASSERT_TRUE(create("web")->ok());
    const PotId id = pots->find("web")->id;
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->rename("web", "www", reply); })->ok());
    EXPECT_EQ(pots->find("web"), nullptr);
    EXPECT_EQ(pots->find("www")->id, id);
    EXPECT_EQ(pots->find("www")->spec.hostname, "www");
    EXPECT_TRUE(create("web")->ok());
    const auto taken = ask<PotPtr>([&](auto reply) { pots->rename("www", "web", reply); });
    EXPECT_EQ(taken->error().kind, ErrorKind::Conflict);
}

TEST_F(PotServiceTest, RenameOfALivePotIsRefused) {
    ASSERT_TRUE(create("web")->ok());
    ASSERT_TRUE(start("web")->ok());
    EXPECT_EQ(ask<PotPtr>([&](auto reply) { pots->rename("web", "www", reply); })->error().kind,
              ErrorKind::Conflict);
}

TEST_F(PotServiceTest, ChangeHonoursTheVersion) {
    ASSERT_TRUE(create("web")->ok());
    const auto version = pots->find("web")->version;
    PotPatch patch{[](PotSpec& spec) {
                       spec.labels["a"] = "b";
                       return Status();
                   },
                   version};
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->change("web", patch, reply); })->ok());
    EXPECT_EQ(pots->find("web")->spec.labels.at("a"), "b");
    const auto stale = ask<PotPtr>([&](auto reply) { pots->change("web", patch, reply); });
    EXPECT_EQ(stale->error().field, "If-Match");
}

TEST_F(PotServiceTest, APreviewRefusesAsTheChangeWouldAndChangesNothing) {
    ASSERT_TRUE(create("web")->ok());
    const PotPtr before = pots->find("web");
    PotPatch patch{[](PotSpec& spec) {
                       spec.labels["a"] = "b";
                       return Status();
                   },
                   before->version};
    const auto shown = pots->preview("web", patch);
    ASSERT_TRUE(shown.ok());
    EXPECT_EQ((*shown)->spec.labels.at("a"), "b");
    EXPECT_EQ(pots->find("web"), before);
    patch.if_version = before->version + 1;
    EXPECT_EQ(pots->preview("web", patch).error().field, "If-Match");
    patch = {[](PotSpec& spec) {
                 spec.level = 0;
                 return Status();
             },
             {}};
    EXPECT_EQ(pots->preview("web", patch).error().field, "level");
    EXPECT_EQ(pots->preview("db", patch).error().kind, ErrorKind::NotFound);
}

TEST_F(PotServiceTest, ChangeIsValidated) {
    ASSERT_TRUE(create("web")->ok());
    PotPatch bad{[](PotSpec& spec) {
                     spec.limits.pids = -1;
                     return Status();
                 },
                 {}};
    EXPECT_EQ(ask<PotPtr>([&](auto reply) { pots->change("web", bad, reply); })->error().field,
              "limits.pids");
    PotPatch other_base{[](PotSpec& spec) {
                            spec.base = "x";
                            return Status();
                        },
                        {}};
    EXPECT_EQ(ask<PotPtr>([&](auto reply) { pots->change("web", other_base, reply); })->error().field,
              "base");
}

TEST_F(PotServiceTest, WhatTheMachineCannotDoIsRefusedWhenItIsAskedFor) {
    ASSERT_TRUE(create("web")->ok());
    runtime.check_error = error(ErrorKind::Unsupported, "no such controller");
    EXPECT_EQ(create("www")->error().kind, ErrorKind::Unsupported);
    PotPatch patch{[](PotSpec& spec) {
                       spec.limits.pids = 5;
                       return Status();
                   },
                   {}};
    EXPECT_FALSE(ask<PotPtr>([&](auto reply) { pots->change("web", patch, reply); })->ok());
    EXPECT_EQ(pots->find("web")->spec.limits.pids, 0);
}

TEST_F(PotServiceTest, KillNeedsARun) {
    ASSERT_TRUE(create("web")->ok());
    const auto kill = [&](int number) {
        return ask<PotPtr>([&](auto reply) { pots->kill("web", number, SignalTarget::Main, reply); });
    };
    EXPECT_EQ(kill(9)->error().kind, ErrorKind::Conflict);
    ASSERT_TRUE(start("web")->ok());
    EXPECT_TRUE(kill(10)->ok());
    EXPECT_EQ(runtime.calls.back(), "signal 1 10");
}

TEST_F(PotServiceTest, PauseAndResume) {
    ASSERT_TRUE(create("web")->ok());
    ASSERT_TRUE(start("web")->ok());
    EXPECT_TRUE(ask<PotPtr>([&](auto reply) { pots->pause("web", reply); })->ok());
    EXPECT_EQ(state("web"), PotState::Paused);
    EXPECT_FALSE(ask<PotPtr>([&](auto reply) { pots->pause("web", reply); })->ok());
    EXPECT_TRUE(ask<PotPtr>([&](auto reply) { pots->resume("web", reply); })->ok());
    EXPECT_EQ(state("web"), PotState::Running);
}

TEST_F(PotServiceTest, ListPagesInNameOrder) {
    for (const char* name : {"c", "a", "b"}) ASSERT_TRUE(create(name)->ok());
    const auto first = pots->list("", 2);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0]->spec.name, "a");
    const auto rest = pots->list(first[1]->spec.name, 2);
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0]->spec.name, "c");
}

TEST_F(PotServiceTest, RequestsBehindADestroyAreToldSo) {
    ASSERT_TRUE(create("web")->ok());
    std::optional<Result<PotPtr>> behind;
    pots->destroy("web", false, [](const Status&) {});
    pots->start("web", [&](Result<PotPtr> r) { behind.emplace(std::move(r)); });
    loop.run();
    ASSERT_TRUE(behind);
    EXPECT_EQ(behind->error().kind, ErrorKind::NotFound);
}

TEST_F(PotServiceTest, AConsoleMayWaitForTheNextRun) {
    ASSERT_TRUE(create("web")->ok());
    int got = 0;
    std::optional<ErrorKind> second;
    pots->attach("web", {true},
                 [&](Result<std::unique_ptr<ExecSession>> session) { got += session.ok() ? 1 : 0; });
    pots->attach("web", {},
                 [&](Result<std::unique_ptr<ExecSession>> session) { second = session.error().kind; });
    loop.run();
    EXPECT_EQ(got, 0);
    EXPECT_EQ(second, ErrorKind::Conflict);
    ASSERT_TRUE(start("web")->ok());
    EXPECT_EQ(got, 1);
    EXPECT_TRUE(runtime.runs.at(key("web")).request.console);
    EXPECT_EQ(exec.attached, (std::vector<RunKey>{key("web")}));
    EXPECT_EQ(exec.lossless, std::vector<bool>{true});
}

TEST_F(PotServiceTest, AConsoleNobodyWaitsForIsNotConnected) {
    ASSERT_TRUE(create("web")->ok());
    const auto id = pots->attach("web", {}, [](const Result<std::unique_ptr<ExecSession>>&) {});
    pots->cancel_attach(id);
    ASSERT_TRUE(start("web")->ok());
    EXPECT_FALSE(runtime.runs.at(key("web")).request.console);
}

TEST_F(PotServiceTest, AWaitingConsoleIsToldThatThePotIsGone) {
    ASSERT_TRUE(create("web")->ok());
    std::optional<ErrorKind> told;
    pots->attach("web", {},
                 [&](Result<std::unique_ptr<ExecSession>> session) { told = session.error().kind; });
    ask<void>([&](auto reply) { pots->destroy("web", false, reply); });
    EXPECT_EQ(told, ErrorKind::NotFound);
}

/// What a failed request had with it has its turn again, also if the time for that went by meanwhile.
TEST_F(PotServiceTest, WhatAFullDiskKeptBackIsRecordedInTheEnd) {
    const Error full = error(ErrorKind::ResourceExhausted, "no space left on device");
    create("late");
    runtime.start_at_once = false;
    pots->start("late", [](const Result<PotPtr>&) {});
    loop.run();
    journal.fail_next(full, 2);
    runtime.come_up(key("late"));
    loop.run();
    ASSERT_EQ(state("late"), PotState::Running);
    pots->stop("late", {}, [](const Result<PotPtr>&) {});
    timers.advance(milliseconds(1000));
    loop.run();
    ASSERT_EQ(state("late"), PotState::Running) << "the stop could not be recorded";
    timers.advance(milliseconds(1000));
    loop.run();
    EXPECT_EQ(journal.recorded().pots.at(pots->find("late")->id).state, PotState::Running);
}

}  // namespace
}  // namespace potd::core
