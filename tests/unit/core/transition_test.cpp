#include "core/lifecycle/life.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

const Now now{{1000}, {5'000'000}, "boot"};

RunStage stage_in(PotState state) {
    switch (state) {
        case PotState::Starting: return RunStage::Launching;
        case PotState::Running:
        case PotState::Paused: return RunStage::Up;
        case PotState::Stopping:
        case PotState::Destroying: return RunStage::Ending;
        default: return RunStage::Done;
    }
}

Life life_in(PotState state) {
    Life life;
    life.pot.id = {"000000000001"};
    life.pot.spec.name = "web";
    life.pot.state = state;
    if (state == PotState::Created) return life;
    Run run;
    run.number = 4;
    run.boot_id = "boot";
    run.stage = stage_in(state);
    if (run.stage == RunStage::Ending) run.stop_cause = StopCause::Stop;
    if (is_live(state)) life.pot.desired = Desired::Running;
    if (!is_live(state)) run.end = ExitRecord{};
    if (state == PotState::Running || state == PotState::Paused) run.started_at = WallTime{1};
    life.pot.run = run;
    return life;
}

template <class E>
const E* find(const Outcome& outcome) {
    for (const Effect& effect : outcome.effects) {
        if (const E* found = std::get_if<E>(&effect)) return found;
    }
    return nullptr;
}

bool has_event(const Outcome& outcome, std::string_view type) {
    return std::any_of(outcome.events.begin(), outcome.events.end(),
                       [&](const Event& e) { return e.type == type; });
}

TEST(TransitionTest, AnUnfinishedPotIsItsMakers) {
    Life life = life_in(PotState::Stopped);
    life.pot.unfinished = std::make_shared<const Unfinished>();
    const auto is_refused = [&](const LifeEvent& event) {
        const Outcome outcome = on(life, event, now);
        const Answer* const answer = find<Answer>(outcome);
        return answer != nullptr && answer->error && answer->error->kind == ErrorKind::Conflict &&
               !outcome.changed;
    };
    const PotSpec spec = life.pot.spec;
    EXPECT_TRUE(is_refused(StartAsked{7}));
    EXPECT_TRUE(is_refused(StartAsked{7, StartCause::Dependency}));
    EXPECT_TRUE(is_refused(RestartAsked{7}));
    EXPECT_TRUE(is_refused(DestroyAsked{7, false}));
    EXPECT_TRUE(is_refused(ChangeAsked{7, spec, spec}));
    EXPECT_EQ(on(life, StartAsked{7, StartCause::Request, true}, now).next.pot.state, PotState::Starting);
    EXPECT_TRUE(on(life, DestroyAsked{7, true}, now).removed);
    ChangeAsked last{7, spec, spec};
    last.unfinished = UnfinishedPtr();
    const Outcome finished = on(life, last, now);
    EXPECT_FALSE(finished.next.pot.unfinished);
    EXPECT_TRUE(has_event(finished, "pot.finished"));
    last.unfinished = life.pot.unfinished;
    EXPECT_TRUE(on(life, last, now).events.empty()) << "a step in between is told nobody";
}

TEST(TransitionTest, StartMakesANewRunAndLaunchesIt) {
    const Outcome outcome = on(life_in(PotState::Stopped), StartAsked{7}, now);
    EXPECT_EQ(outcome.next.pot.state, PotState::Starting);
    EXPECT_EQ(outcome.next.pot.run->number, 5U);
    EXPECT_EQ(outcome.next.pot.run->boot_id, "boot");
    EXPECT_EQ(outcome.next.pot.desired, Desired::Running);
    EXPECT_TRUE(outcome.intent);
    EXPECT_TRUE(outcome.run_changed);
    ASSERT_NE(find<Launch>(outcome), nullptr);
    EXPECT_EQ(find<Answer>(outcome), nullptr);
}

TEST(TransitionTest, StartIsRefusedWhereARunLives) {
    for (const PotState state : {PotState::Starting, PotState::Running, PotState::Paused, PotState::Stopping,
                                 PotState::Destroying}) {
        const Outcome outcome = on(life_in(state), StartAsked{7}, now);
        ASSERT_NE(find<Answer>(outcome), nullptr) << to_string(state);
        ASSERT_TRUE(find<Answer>(outcome)->error) << to_string(state);
        EXPECT_EQ(find<Answer>(outcome)->error->kind, ErrorKind::Conflict);
        EXPECT_FALSE(outcome.changed);
        EXPECT_EQ(find<Launch>(outcome), nullptr);
    }
}

TEST(TransitionTest, StopSendsTheSignalAndArmsTheTimer) {
    const Outcome outcome = on(life_in(PotState::Running), StopAsked{7, milliseconds{3000}, 2}, now);
    EXPECT_EQ(outcome.next.pot.state, PotState::Stopping);
    EXPECT_EQ(outcome.next.pot.desired, Desired::Stopped);
    ASSERT_NE(find<SendSignal>(outcome), nullptr);
    EXPECT_EQ(find<SendSignal>(outcome)->signal, 2);
    ASSERT_NE(find<ArmTimer>(outcome), nullptr);
    EXPECT_EQ(find<ArmTimer>(outcome)->due.ms, 4000);
}

TEST(TransitionTest, StopWithoutPatienceKillsAtOnce) {
    const Outcome outcome = on(life_in(PotState::Running), StopAsked{7, milliseconds{0}, 15}, now);
    EXPECT_NE(find<KillAll>(outcome), nullptr);
    EXPECT_EQ(find<SendSignal>(outcome), nullptr);
}

TEST(TransitionTest, StopThawsAPausedPotFirst) {
    const Outcome outcome = on(life_in(PotState::Paused), StopAsked{7, milliseconds{3000}, 15}, now);
    ASSERT_GE(outcome.effects.size(), 2U);
    ASSERT_TRUE(std::holds_alternative<SetFrozen>(outcome.effects[0]));
    EXPECT_FALSE(std::get<SetFrozen>(outcome.effects[0]).frozen);
    EXPECT_TRUE(std::holds_alternative<SendSignal>(outcome.effects[1]));
}

TEST(TransitionTest, SecondStopMayOnlyShortenTheWait) {
    Life life = on(life_in(PotState::Running), StopAsked{7, milliseconds{3000}, 15}, now).next;
    const Outcome longer = on(life, StopAsked{8, milliseconds{9000}, 15}, now);
    EXPECT_EQ(find<ArmTimer>(longer), nullptr);
    const Outcome shorter = on(longer.next, StopAsked{9, milliseconds{1000}, 15}, now);
    ASSERT_NE(find<ArmTimer>(shorter), nullptr);
    EXPECT_EQ(find<ArmTimer>(shorter)->due.ms, 2000);
    EXPECT_EQ(shorter.next.waiting.size(), 3U);
}

TEST(TransitionTest, TheTimerKillsOnlyTheRunItWasSetFor) {
    const Life life = on(life_in(PotState::Running), StopAsked{7, milliseconds{3000}, 15}, now).next;
    EXPECT_NE(find<KillAll>(on(life, TimedOut{4}, now)), nullptr);
    EXPECT_EQ(find<KillAll>(on(life, TimedOut{3}, now)), nullptr);
}

TEST(TransitionTest, AnExitIsRecordedOnceAndReleased) {
    const Outcome outcome =
        on(life_in(PotState::Running), Exited{4, {{9}, 7, {}, false, false, {}, {}}}, now);
    ASSERT_TRUE(outcome.next.pot.run->end);
    EXPECT_EQ(outcome.next.pot.run->end->exit_code, 7);
    EXPECT_EQ(outcome.next.pot.run->end->reason, "exited");
    EXPECT_EQ(outcome.next.pot.desired, Desired::Stopped);
    EXPECT_NE(find<ReleaseRun>(outcome), nullptr);
    const Outcome again = on(outcome.next, Exited{4, {{10}, 8, {}, false, false, {}, {}}}, now);
    EXPECT_EQ(again.next.pot.run->end->exit_code, 7);
    EXPECT_FALSE(again.run_changed);
}

TEST(TransitionTest, ReasonsSayWhoEndedTheRun) {
    ExitRecord by_signal;
    by_signal.signal = 9;
    EXPECT_EQ(on(life_in(PotState::Running), Exited{4, by_signal}, now).next.pot.run->end->reason, "killed");
    EXPECT_EQ(on(life_in(PotState::Stopping), Exited{4, by_signal}, now).next.pot.run->end->reason,
              "stopped");
    by_signal.oom = true;
    EXPECT_EQ(on(life_in(PotState::Running), Exited{4, by_signal}, now).next.pot.run->end->reason, "oom");
}

TEST(TransitionTest, ReleasedAnswersEveryStop) {
    Life life = on(life_in(PotState::Running), StopAsked{7, milliseconds{3000}, 15}, now).next;
    life = on(life, StopAsked{8, milliseconds{3000}, 15}, now).next;
    life = on(life, Exited{4, {}}, now).next;
    const Outcome outcome = on(life, Released{4, {}}, now);
    EXPECT_EQ(outcome.next.pot.state, PotState::Stopped);
    EXPECT_EQ(std::count_if(outcome.effects.begin(), outcome.effects.end(),
                            [](const Effect& e) { return std::holds_alternative<Answer>(e); }),
              2);
}

TEST(TransitionTest, RestartBeginsTheNextRunAfterTheRelease) {
    Life life = on(life_in(PotState::Running), RestartAsked{7, milliseconds{3000}, 15}, now).next;
    EXPECT_EQ(life.pot.desired, Desired::Running);
    life = on(life, Exited{4, {}}, now).next;
    EXPECT_EQ(life.pot.run->number, 4U);
    const Outcome outcome = on(life, Released{4, {}}, now);
    EXPECT_EQ(outcome.next.pot.state, PotState::Starting);
    EXPECT_EQ(outcome.next.pot.run->number, 5U);
    ASSERT_NE(find<Launch>(outcome), nullptr);
    const Outcome up = on(outcome.next, Started{5, {}, {6}}, now);
    ASSERT_NE(find<Answer>(up), nullptr);
    EXPECT_EQ(find<Answer>(up)->request, 7U);
}

TEST(TransitionTest, AStopTurnsARestartIntoAStop) {
    Life life = on(life_in(PotState::Running), RestartAsked{7, milliseconds{3000}, 15}, now).next;
    const Outcome stopped = on(life, StopAsked{8, milliseconds{3000}, 15}, now);
    ASSERT_NE(find<Answer>(stopped), nullptr);
    EXPECT_EQ(find<Answer>(stopped)->request, 7U);
    EXPECT_TRUE(find<Answer>(stopped)->error);
    life = on(on(stopped.next, Exited{4, {}}, now).next, Released{4, {}}, now).next;
    EXPECT_EQ(life.pot.state, PotState::Stopped);
}

TEST(TransitionTest, AFailedLaunchIsCleanedUpBeforeItIsFailed) {
    Life life = on(life_in(PotState::Stopped), StartAsked{7}, now).next;
    const Outcome failed = on(life, LaunchFailed{5, error(ErrorKind::NotFound, "no such command")}, now);
    EXPECT_EQ(find<Answer>(failed), nullptr);
    EXPECT_NE(find<ReleaseRun>(failed), nullptr);
    const Outcome outcome = on(failed.next, Released{5, {}}, now);
    ASSERT_NE(find<Answer>(outcome), nullptr);
    EXPECT_EQ(find<Answer>(outcome)->request, 7U);
    EXPECT_EQ(find<Answer>(outcome)->error->kind, ErrorKind::NotFound);
    EXPECT_EQ(outcome.next.pot.state, PotState::Failed);
    EXPECT_EQ(outcome.next.pot.last_error, "no such command");
    EXPECT_EQ(outcome.next.pot.run->end->reason, "start failed: no such command");
    EXPECT_EQ(on(outcome.next, StartAsked{8}, now).next.pot.last_error, "");
}

TEST(TransitionTest, AStopDuringTheStartIsNoFailure) {
    Life life = on(life_in(PotState::Stopped), StartAsked{7}, now).next;
    const Outcome stopping = on(life, StopAsked{8, milliseconds{3000}, 15}, now);
    EXPECT_NE(find<KillAll>(stopping), nullptr);
    ASSERT_NE(find<Answer>(stopping), nullptr);
    EXPECT_EQ(find<Answer>(stopping)->error->kind, ErrorKind::Cancelled);
    life = on(stopping.next, LaunchFailed{5, error(ErrorKind::Cancelled, "killed")}, now).next;
    life = on(life, Released{5, {}}, now).next;
    EXPECT_EQ(life.pot.state, PotState::Stopped);
    EXPECT_EQ(life.pot.last_error, "");
}

TEST(TransitionTest, WhatComesUpAfterTheStopIsKilled) {
    Life life = on(life_in(PotState::Stopped), StartAsked{7}, now).next;
    life = on(life, StopAsked{8, milliseconds{3000}, 15}, now).next;
    const Outcome late = on(life, Started{5, {}, {6}}, now);
    EXPECT_EQ(late.next.pot.state, PotState::Stopping);
    EXPECT_NE(find<KillAll>(late), nullptr);
}

TEST(TransitionTest, PauseWaitsForTheFreezer) {
    const Outcome asked = on(life_in(PotState::Running), PauseAsked{7}, now);
    EXPECT_EQ(asked.next.pot.state, PotState::Running);
    EXPECT_NE(find<SetFrozen>(asked), nullptr);
    const Outcome done = on(asked.next, FreezeDone{4, true, {}}, now);
    EXPECT_EQ(done.next.pot.state, PotState::Paused);
    const Outcome failed = on(asked.next, FreezeDone{4, true, error(ErrorKind::Timeout, "slow")}, now);
    EXPECT_EQ(failed.next.pot.state, PotState::Running);
    EXPECT_TRUE(find<Answer>(failed)->error);
}

TEST(TransitionTest, APauseByARuleIsRememberedUntilThePotGoesOn) {
    Life life = on(life_in(PotState::Running), PauseAsked{7, "short"}, now).next;
    life = on(life, FreezeDone{4, true, {}}, now).next;
    EXPECT_EQ(life.pot.frozen_by, "short");
    const Life paused = life;
    life = on(life, ResumeAsked{8}, now).next;
    life = on(life, FreezeDone{4, false, {}}, now).next;
    EXPECT_EQ(life.pot.frozen_by, "");
    EXPECT_EQ(on(paused, StopAsked{9, milliseconds{5}, 15}, now).next.pot.frozen_by, "");
    life = on(life, PauseAsked{9}, now).next;
    EXPECT_EQ(on(life, FreezeDone{4, true, {}}, now).next.pot.frozen_by, "") << "a user's";
}

Life giving_way(RestartPolicy policy, bool at_once) {
    Life life = life_in(PotState::Running);
    life.pot.desired = Desired::Running;
    life.pot.spec.restart.policy = policy;
    life.pot.run->stage = RunStage::Up;
    return on(life, GaveWay{4, "short of memory", at_once}, now).next;
}

ExitRecord graceful_end() {
    ExitRecord record;
    record.exit_code = 0;
    return record;
}

TEST(TransitionTest, OneThatGivesWayIsStoppedInItsOwnWay) {
    Life life = life_in(PotState::Paused);
    life.pot.run->stage = RunStage::Up;
    const Outcome outcome = on(life, GaveWay{4, "short of memory", false}, now);
    EXPECT_EQ(outcome.next.pot.state, PotState::Stopping);
    ASSERT_NE(find<SetFrozen>(outcome), nullptr);
    EXPECT_FALSE(find<SetFrozen>(outcome)->frozen) << "a frozen one hears no signal";
    EXPECT_NE(find<SendSignal>(outcome), nullptr);
    EXPECT_EQ(find<KillAll>(outcome), nullptr);
    EXPECT_EQ(outcome.next.pot.last_error, "short of memory");
}

TEST(TransitionTest, OneThatIsToGiveWayAtOnceIsKilledWithoutItsHooks) {
    Life life = life_in(PotState::Running);
    life.pot.run->stage = RunStage::Up;
    life.pot.spec.hooks.prestop.resize(1);
    const Outcome outcome = on(life, GaveWay{4, "short of memory", true}, now);
    EXPECT_NE(find<KillAll>(outcome), nullptr);
    EXPECT_EQ(find<RunHook>(outcome), nullptr);
    const Outcome ended = on(outcome.next, Exited{4, {}}, now);
    EXPECT_EQ(ended.next.pot.run->end->reason, "gave way");
}

TEST(TransitionTest, AfterItGaveWayThePolicyDecides) {
    for (const bool at_once : {false, true}) {
        Life life = on(giving_way(RestartPolicy::No, at_once), Exited{4, graceful_end()}, now).next;
        life = on(life, Released{4, {}}, now).next;
        EXPECT_EQ(life.pot.state, PotState::Stopped);
        life = on(giving_way(RestartPolicy::OnFailure, at_once), Exited{4, graceful_end()}, now).next;
        life = on(life, Released{4, {}}, now).next;
        EXPECT_EQ(life.pot.state, PotState::Backoff) << "it did not end because it was done";
        life = giving_way(RestartPolicy::Always, at_once);
        life = on(life, StopAsked{9, milliseconds{5000}, 15}, now).next;
        life = on(life, Exited{4, graceful_end()}, now).next;
        life = on(life, Released{4, {}}, now).next;
        EXPECT_EQ(life.pot.state, PotState::Stopped) << "a user wanted it down meanwhile";
    }
}

TEST(TransitionTest, OneThatTakesItsTimeToStopMayBeKilled) {
    const Outcome again = on(giving_way(RestartPolicy::No, false), GaveWay{4, "still short", true}, now);
    EXPECT_NE(find<KillAll>(again), nullptr);
    const Outcome nothing = on(giving_way(RestartPolicy::No, false), GaveWay{4, "still short", false}, now);
    EXPECT_TRUE(nothing.effects.empty());
    const Outcome late = on(life_in(PotState::Running), GaveWay{3, "of another run", true}, now);
    EXPECT_TRUE(late.effects.empty());
}

Life out_of_memory(OomPolicy policy, RestartPolicy restart = RestartPolicy::No) {
    Life life = life_in(PotState::Running);
    life.pot.run->stage = RunStage::Up;
    life.pot.spec.oom.policy = policy;
    life.pot.spec.restart.policy = restart;
    return life;
}
const OomFacts one_killed{1, "worker (pid 7)", 64, 63};

TEST(TransitionTest, AKillForMemoryIsRecordedOnce) {
    const Outcome seen = on(out_of_memory(OomPolicy::Notify), OomSeen{4, one_killed}, now);
    EXPECT_EQ(seen.next.pot.state, PotState::Running);
    EXPECT_EQ(seen.next.pot.run->oom_kills, 1);
    EXPECT_EQ(seen.next.pot.run->oom_victim, "worker (pid 7)");
    ASSERT_EQ(seen.events.size(), 1U);
    EXPECT_EQ(seen.events[0].type, "pot.oom");
    EXPECT_EQ(seen.events[0].details.at("limit"), "64");
    EXPECT_EQ(seen.events[0].details.at("peak"), "63");
    EXPECT_EQ(seen.events[0].details.at("victim"), "worker (pid 7)");
    Life limited = out_of_memory(OomPolicy::Notify);
    limited.pot.spec.limits.memory = 4096;
    EXPECT_EQ(on(limited, OomSeen{4, {1, {}, {}, {}}}, now).events[0].details.at("limit"), "4096");
    EXPECT_TRUE(on(seen.next, OomSeen{4, one_killed}, now).events.empty()) << "told anew by its monitor";
    EXPECT_EQ(on(seen.next, OomSeen{4, {2, {}, {}, {}}}, now).events.size(), 1U) << "another one";
    EXPECT_TRUE(on(out_of_memory(OomPolicy::Stop), OomSeen{3, one_killed}, now).effects.empty());
}

TEST(TransitionTest, ThePolicyOfMemoryDecidesWhatFollows) {
    EXPECT_TRUE(on(out_of_memory(OomPolicy::Kill), OomSeen{4, one_killed}, now).effects.empty())
        << "the monitor has killed it";
    OomFacts others_live = one_killed;
    others_live.others_live = true;
    const Outcome killed = on(out_of_memory(OomPolicy::Kill), OomSeen{4, others_live}, now);
    ASSERT_EQ(killed.effects.size(), 1U) << "the rest, too";
    EXPECT_TRUE(std::holds_alternative<KillAll>(killed.effects[0]));
    EXPECT_TRUE(on(out_of_memory(OomPolicy::Notify), OomSeen{4, others_live}, now).effects.empty());
    for (const OomPolicy policy : {OomPolicy::Restart, OomPolicy::Stop}) {
        Life life = on(out_of_memory(policy), OomSeen{4, one_killed}, now).next;
        EXPECT_EQ(life.pot.state, PotState::Stopping);
        EXPECT_EQ(life.pot.last_error, "out of memory: the kernel killed worker (pid 7)");
        life = on(life, Exited{4, graceful_end()}, now).next;
        EXPECT_EQ(life.pot.run->end->reason, "oom");
        life = on(life, Released{4, {}}, now).next;
        EXPECT_EQ(life.pot.state, policy == OomPolicy::Restart ? PotState::Backoff : PotState::Stopped);
    }
}

TEST(TransitionTest, DestroyOfALivePotNeedsForce) {
    const Outcome refused = on(life_in(PotState::Running), DestroyAsked{7, false}, now);
    EXPECT_EQ(find<Answer>(refused)->error->kind, ErrorKind::Conflict);
    EXPECT_FALSE(refused.changed);
    Life life = on(life_in(PotState::Running), DestroyAsked{7, true}, now).next;
    EXPECT_EQ(life.pot.state, PotState::Destroying);
    life = on(life, Exited{4, {}}, now).next;
    const Outcome gone = on(life, Released{4, {}}, now);
    EXPECT_TRUE(gone.removed);
    EXPECT_NE(find<DiscardFiles>(gone), nullptr);
    EXPECT_EQ(find<Answer>(gone)->request, 7U);
}

TEST(TransitionTest, RemoveOnExitDestroysAfterTheRun) {
    Life life = life_in(PotState::Running);
    life.pot.spec.remove_on_exit = true;
    life = on(life, Exited{4, {}}, now).next;
    const Outcome gone = on(life, Released{4, {}}, now);
    EXPECT_TRUE(gone.removed);
    EXPECT_TRUE(has_event(gone, "pot.destroyed"));
}

TEST(TransitionTest, OnlyOneThatWasNeverStartedIsDroppedAndOnlyAsItWas) {
    Life life;
    life.pot.spec.name = "job";
    life.pot.spec.remove_on_exit = true;
    life.pot.version = 3;
    EXPECT_FALSE(on(life, DropUnstartedAsked{7, 2, milliseconds{500}}, now).removed);
    const Outcome gone = on(life, DropUnstartedAsked{7, 3, milliseconds{500}}, now);
    EXPECT_TRUE(gone.removed && gone.intent);
    EXPECT_NE(find<DiscardFiles>(gone), nullptr);
    EXPECT_FALSE(find<Answer>(gone)->error);
    for (const PotState state : {PotState::Starting, PotState::Running, PotState::Paused, PotState::Stopping,
                                 PotState::Stopped, PotState::Backoff, PotState::Failed}) {
        life = life_in(state);
        life.pot.spec.remove_on_exit = true;
        const Outcome refused = on(life, DropUnstartedAsked{7, life.pot.version, milliseconds{0}}, now);
        EXPECT_FALSE(refused.removed || refused.changed) << to_string(state);
        EXPECT_EQ(find<Answer>(refused)->error->kind, ErrorKind::Conflict);
    }
}

TEST(TransitionTest, ALostRunSaysSo) {
    ExitRecord record;
    record.lost = true;
    record.reason = "lost: the monitor died";
    const Outcome outcome = on(life_in(PotState::Running), Exited{4, record}, now);
    EXPECT_EQ(outcome.next.pot.run->end->reason, "lost: the monitor died");
    EXPECT_EQ(outcome.next.pot.last_error, "lost: the monitor died");
}

TEST(TransitionTest, ARunThatEndedMeanwhileHasItsTrueStart) {
    Recovered ended;
    ended.started_at = {77};
    ended.record.exit_code = 3;
    const Outcome outcome = on(life_in(PotState::Starting), ended, now);
    ASSERT_TRUE(outcome.next.pot.run->started_at);
    EXPECT_EQ(outcome.next.pot.run->started_at->ms, 77);
    EXPECT_EQ(outcome.next.pot.run->end->exit_code, 3);
}

TEST(TransitionTest, RecoveryFinishesWhatTheCrashCut) {
    Recovered running;
    running.finding = Recovered::Finding::Running;
    EXPECT_EQ(on(life_in(PotState::Starting), running, now).next.pot.state, PotState::Running);
    EXPECT_NE(find<ArmTimer>(on(life_in(PotState::Stopping), running, now)), nullptr);
    EXPECT_NE(find<KillAll>(on(life_in(PotState::Destroying), running, now)), nullptr);
    Life recorded = life_in(PotState::Stopping);
    recorded.pot.run->end = ExitRecord{};
    recorded.pot.run->stage = RunStage::Releasing;
    const Outcome release_only = on(recorded, Recovered{}, now);
    EXPECT_NE(find<ReleaseRun>(release_only), nullptr);
    EXPECT_FALSE(release_only.run_changed);
}

TEST(TransitionTest, ALaunchThatTheCrashForestalledIsDoneAfterIt) {
    Recovered absent;
    absent.finding = Recovered::Finding::Absent;
    absent.record.lost = true;
    Life starting = life_in(PotState::Starting);
    starting.pot.run->stage = RunStage::Launching;
    EXPECT_NE(find<Launch>(on(starting, absent, now)), nullptr);
    Life stopping = starting;
    stopping.pot.state = PotState::Stopping;
    const Outcome stopped = on(stopping, absent, now);
    EXPECT_EQ(find<Launch>(stopped), nullptr);
    EXPECT_EQ(stopped.next.pot.run->end->reason, "stopped");
    EXPECT_TRUE(on(life_in(PotState::Running), absent, now).next.pot.run->end->lost);
}

TEST(TransitionTest, ARestartUnderDestructionIsRefused) {
    const Outcome outcome = on(life_in(PotState::Destroying), RestartAsked{9, milliseconds{5}, 15}, now);
    ASSERT_NE(find<Answer>(outcome), nullptr);
    ASSERT_TRUE(find<Answer>(outcome)->error);
    EXPECT_EQ(find<Answer>(outcome)->error->kind, ErrorKind::Conflict);
    EXPECT_NE(find<Answer>(outcome)->error->message.find("is destroying, cannot restart it"),
              std::string::npos);
    EXPECT_EQ(outcome.next.pot.state, PotState::Destroying);
}

/// Whatever comes, in whatever state: a request is answered or waits, and a run has one end.
TEST(TransitionTest, EveryRequestIsAnsweredOrWaitsInEveryState) {
    const std::vector<LifeEvent> requests{StartAsked{9},
                                          StopAsked{9, milliseconds{5}, 15},
                                          RestartAsked{9, milliseconds{5}, 15},
                                          StepAsideAsked{9},
                                          PauseAsked{9},
                                          ResumeAsked{9},
                                          DestroyAsked{9, false},
                                          DestroyAsked{9, true},
                                          ChangeAsked{9, {}, {}}};
    for (int i = 0; i < 9; ++i) {
        for (const LifeEvent& event : requests) {
            const Outcome outcome = on(life_in(static_cast<PotState>(i)), event, now);
            const auto answers =
                std::count_if(outcome.effects.begin(), outcome.effects.end(), [](const Effect& e) {
                    const auto* answer = std::get_if<Answer>(&e);
                    return answer != nullptr && answer->request == 9;
                });
            const auto waits = std::count_if(outcome.next.waiting.begin(), outcome.next.waiting.end(),
                                             [](const Waiting& w) { return w.request == 9; });
            EXPECT_EQ(answers + waits, 1) << to_string(static_cast<PotState>(i)) << " " << verb_of(event);
        }
    }
}

}  // namespace
}  // namespace potd::core
