#include "tests/contract/journal_suite.hpp"
#include "tests/support/records.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace potd {
namespace {

using core::AppendEvent;
using core::Change;
using core::Durability;
using core::ErrorKind;
using core::PutBase;
using core::PutPot;
using core::PutRun;
using core::RemoveBase;
using core::RemoveBaseRevision;
using core::RemovePot;
using test::make_end;
using test::make_event;
using test::make_pot;
using test::make_run;

template <class Adapter>
class JournalContractTest : public test::JournalSuite<Adapter> {};

TYPED_TEST_SUITE(JournalContractTest, test::JournalAdapters);

TYPED_TEST(JournalContractTest, StartsEmpty) {
    const core::StoredState state = this->adapter_.load();
    EXPECT_TRUE(state.pots.empty());
    EXPECT_TRUE(state.bases.empty());
    EXPECT_EQ(state.last_event, 0U);
}

TYPED_TEST(JournalContractTest, GivesBackAPotAsItWasStored) {
    core::Pot pot = make_pot("00000000000a", "web");
    pot.spec.hostname = "www";
    pot.state = core::PotState::Backoff;
    pot.desired = core::Desired::Running;
    pot.version = 7;
    pot.last_error = "no such file: ü";
    pot.restarts = 3;
    pot.health = core::Health::Unhealthy;
    pot.next_start_at = core::WallTime{1'700'000'000'777};
    pot.first_host_id = 4'294'000'000;
    pot.origin = core::PotOrigin{{core::PotId{"00000000000b"}, 3}, "source", "before"};
    ASSERT_TRUE(this->commit({PutPot{pot}}));
    const core::StoredState state = this->adapter_.load();
    ASSERT_EQ(state.pots.size(), 1U);
    const core::Pot& stored = state.pots.front();
    EXPECT_EQ(stored.id, pot.id);
    EXPECT_EQ(stored.spec, pot.spec);
    EXPECT_EQ(stored.state, pot.state);
    EXPECT_EQ(stored.desired, pot.desired);
    EXPECT_EQ(stored.created_at, pot.created_at);
    EXPECT_EQ(stored.changed_at, pot.changed_at);
    EXPECT_EQ(stored.version, 7U);
    EXPECT_EQ(stored.last_error, pot.last_error);
    EXPECT_EQ(stored.driver, "overlay");
    EXPECT_EQ(stored.restarts, 3U);
    EXPECT_EQ(stored.health, core::Health::Unhealthy);
    EXPECT_EQ(stored.next_start_at, pot.next_start_at);
    EXPECT_EQ(stored.first_host_id, 4'294'000'000);
    EXPECT_FALSE(stored.run);
}

TYPED_TEST(JournalContractTest, KeepsWhatIsStillToComeForAnUnfinishedPot) {
    core::Pot pot = make_pot("00000000000a", "web");
    core::Unfinished unfinished{core::IfUnfinished::Keep, pot.spec};
    unfinished.spec.hostname = "own";
    pot.unfinished = std::make_shared<const core::Unfinished>(unfinished);
    ASSERT_TRUE(this->commit({PutPot{pot}}));
    core::StoredState state = this->adapter_.load();
    ASSERT_TRUE(state.pots.at(0).unfinished);
    EXPECT_EQ(*state.pots[0].unfinished, unfinished);
    EXPECT_EQ(state.pots[0].spec, pot.spec);
    unfinished.then = core::IfUnfinished::Remove;
    pot.unfinished = std::make_shared<const core::Unfinished>(unfinished);
    ASSERT_TRUE(this->commit({PutPot{pot}}));
    EXPECT_EQ(this->adapter_.load().pots.at(0).unfinished->then, core::IfUnfinished::Remove);
    unfinished = {core::IfUnfinished::Revert, pot.spec, 7};
    pot.unfinished = std::make_shared<const core::Unfinished>(unfinished);
    pot.base_revision = 4;
    ASSERT_TRUE(this->commit({PutPot{pot}}));
    EXPECT_EQ(*this->adapter_.load().pots.at(0).unfinished, unfinished);
    EXPECT_EQ(this->adapter_.load().pots.at(0).base_revision, 4U);
    pot.unfinished = nullptr;
    ASSERT_TRUE(this->commit({PutPot{pot}}));
    EXPECT_FALSE(this->adapter_.load().pots.at(0).unfinished);
}

TYPED_TEST(JournalContractTest, LoadsEachPotWithItsNewestRun) {
    const core::Pot pot = make_pot("00000000000a", "web");
    const core::Pot other = make_pot("00000000000b", "db");
    core::Run ended = make_run(2);
    ended.end = make_end(7);
    ASSERT_TRUE(
        this->commit({PutPot{pot}, PutPot{other}, PutRun{other.id, make_run(10)}, PutRun{pot.id, ended},
                      PutRun{pot.id, make_run(1)}, PutRun{other.id, make_run(9)}}));
    const core::StoredState state = this->adapter_.load();
    ASSERT_EQ(state.pots.size(), 2U);
    EXPECT_EQ(state.pots[0].run, ended);
    EXPECT_EQ(state.pots[1].run, make_run(10));
}

TYPED_TEST(JournalContractTest, KeepsTheHooksOfARun) {
    const core::Pot pot = make_pot("00000000000a", "web");
    core::Run run = make_run(1);
    run.cause = core::StartCause::Boot;
    run.stage = core::RunStage::Poststop;
    run.stop_cause = core::StopCause::Unhealthy;
    run.hooks = {
        {core::HookStage::Prestart, 1, 2, {5}, core::HookResult{{6}, 3, {}, "exit code 3", "ü", true}},
        {core::HookStage::Poststop, 0, 1, {7}, {}}};
    ASSERT_TRUE(this->commit({PutPot{pot}, PutRun{pot.id, run}}));
    EXPECT_EQ(this->adapter_.load().pots.at(0).run, run);
    run.hooks.back().end = core::HookResult{{8}, {}, 9, "killed by signal 9", "", false};
    core::Run next = make_run(2);
    ASSERT_TRUE(this->commit({PutRun{pot.id, run}, PutRun{pot.id, next}}));
    EXPECT_EQ(this->adapter_.load().pots.at(0).run, next);
    for (const bool descending : {false, true}) {
        const auto runs = this->template answer_of<std::vector<core::Run>>([&](auto reply) {
            this->adapter_.history().runs({pot.id, 0, descending, 10}, std::move(reply));
        });
        ASSERT_TRUE(runs);
        ASSERT_EQ(runs->size(), 2U);
        EXPECT_EQ(runs->at(descending ? 1 : 0), run);
    }
}

TYPED_TEST(JournalContractTest, KeepsTheBootLastSeen) {
    EXPECT_EQ(this->adapter_.load().boot_id, "");
    ASSERT_TRUE(this->commit({core::PutBoot{"b-1"}}));
    ASSERT_TRUE(this->commit({core::PutBoot{"b-2"}}));
    EXPECT_EQ(this->adapter_.load().boot_id, "b-2");
}

TYPED_TEST(JournalContractTest, PuttingAPotAgainKeepsItsRuns) {
    core::Pot pot = make_pot("00000000000a", "web");
    ASSERT_TRUE(this->commit({PutPot{pot}, PutRun{pot.id, make_run(1)}}));
    pot.spec.name = "renamed";
    ASSERT_TRUE(this->commit({PutPot{pot}}));
    const core::StoredState state = this->adapter_.load();
    ASSERT_EQ(state.pots.size(), 1U);
    EXPECT_EQ(state.pots[0].spec.name, "renamed");
    EXPECT_EQ(state.pots[0].run, make_run(1));
}

TYPED_TEST(JournalContractTest, RemovingAPotTakesItsRunsAndLeavesItsEvents) {
    const core::Pot pot = make_pot("00000000000a", "web");
    ASSERT_TRUE(this->commit({PutPot{pot}, PutRun{pot.id, make_run(1)},
                              AppendEvent{make_event("pot.created", pot.id.text, "web")}}));
    ASSERT_TRUE(this->commit({RemovePot{pot.id}}));
    EXPECT_TRUE(this->adapter_.load().pots.empty());
    EXPECT_TRUE(this->runs_of({pot.id}).empty());
    EXPECT_EQ(this->numbers_of({0, "", "web", 100}), (std::vector<std::uint64_t>{1}));
}

TYPED_TEST(JournalContractTest, RemovingWhatIsNotThereIsNoFailure) {
    EXPECT_TRUE(this->commit({RemovePot{{"00000000000a"}}, RemoveBase{"gone"}}));
}

TYPED_TEST(JournalContractTest, GivesBackABaseAsItWasStored) {
    core::Base base;
    base.name = "host";
    base.source = core::BaseSource::Host;
    base.origin = "/";
    base.path = "/somewhere/host";
    base.binds = {{"/usr", "/usr"}, {"/lib", "/lib"}, {"/bin", "/bin"}};
    base.created_at.ms = 12;
    base.size = 1LL << 40;
    ASSERT_TRUE(this->commit({PutBase{base}}));
    EXPECT_EQ(this->adapter_.load().bases, std::vector<core::Base>{base});
    base.binds = {{"/opt", "/opt"}};
    base.pot = "base-host";
    base.is_going = true;
    base.revision = 3;
    base.previous = 2;
    base.last_revision = 4;
    base.others = {{1, "/somewhere/host", {12}, 7}, {2, "/somewhere/.rev2-host", {13}, 8}};
    ASSERT_TRUE(this->commit({PutBase{base}}));
    EXPECT_EQ(this->adapter_.load().bases, std::vector<core::Base>{base});
    ASSERT_TRUE(this->commit({RemoveBaseRevision{"host", 1}}));
    base.others.erase(base.others.begin());
    EXPECT_EQ(this->adapter_.load().bases, std::vector<core::Base>{base});
    ASSERT_TRUE(this->commit({RemoveBase{"host"}}));
    EXPECT_TRUE(this->adapter_.load().bases.empty());
}

TYPED_TEST(JournalContractTest, NumbersEventsWithoutAGapAndInOrder) {
    const auto first = this->commit({AppendEvent{make_event("a")}, AppendEvent{make_event("b")}});
    const auto second = this->commit({AppendEvent{make_event("c")}});
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    ASSERT_EQ(first->size(), 2U);
    EXPECT_EQ(first->at(0).number, 1U);
    EXPECT_EQ(first->at(0).type, "a");
    EXPECT_EQ(first->at(1).number, 2U);
    EXPECT_EQ(second->at(0).number, 3U);
    EXPECT_EQ(this->adapter_.load().last_event, 3U);
}

TYPED_TEST(JournalContractTest, StoresNothingOfAChangeSetThatFails) {
    const core::Pot pot = make_pot("00000000000a", "web");
    const auto outcome = this->commit(
        {PutPot{pot}, AppendEvent{make_event("pot.created")}, PutRun{{"0000000000ff"}, make_run(1)}});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::NotFound);
    EXPECT_TRUE(this->adapter_.load().pots.empty());
    EXPECT_EQ(this->commit({AppendEvent{make_event("next")}})->at(0).number, 1U);
}

TYPED_TEST(JournalContractTest, RefusesASecondPotOfTheSameName) {
    ASSERT_TRUE(this->commit({PutPot{make_pot("00000000000a", "web")}}));
    const auto outcome = this->commit({PutPot{make_pot("00000000000b", "web")}});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::Conflict);
    EXPECT_NE(outcome.error().message.find("pot web"), std::string::npos) << outcome.error().message;
}

TYPED_TEST(JournalContractTest, NeverChangesTheEndOfARun) {
    const core::Pot pot = make_pot("00000000000a", "web");
    core::Run run = make_run(1);
    run.end = make_end(7);
    ASSERT_TRUE(this->commit({PutPot{pot}, PutRun{pot.id, run}}));
    run.processes = {};
    EXPECT_TRUE(this->commit({PutRun{pot.id, run}})) << "the same end again is no change";
    run.end = make_end(0);
    const auto outcome = this->commit({PutRun{pot.id, run}});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::Conflict);
    EXPECT_NE(outcome.error().message.find("has already ended"), std::string::npos);
    run.end.reset();
    EXPECT_FALSE(this->commit({PutRun{pot.id, run}}));
    EXPECT_EQ(this->adapter_.load().pots.at(0).run->end, make_end(7));
}

TYPED_TEST(JournalContractTest, CallsNothingBeforeCommitReturns) {
    bool called = false;
    this->adapter_.journal().commit(
        {AppendEvent{make_event("a")}}, Durability::Intent, [&](auto) { called = true; },
        [&](auto) { called = true; });
    EXPECT_FALSE(called);
    EXPECT_TRUE(this->loop_.run_until([&] { return called; }));
}

TYPED_TEST(JournalContractTest, CallsDurableAfterRecordedAndOnlyForIntents) {
    std::string order;
    const auto recorded = [&](const char* mark) { return [&order, mark](auto) { order += mark; }; };
    this->adapter_.journal().commit({}, Durability::Observation, recorded("o"), recorded("X"));
    this->adapter_.journal().commit({AppendEvent{make_event("a")}}, Durability::Intent, recorded("r"),
                                    recorded("d"));
    ASSERT_TRUE(this->loop_.run_until([&] { return order.ends_with('d'); }));
    this->loop_.run();
    EXPECT_EQ(order, "ord");
}

TYPED_TEST(JournalContractTest, TellsBothCallbacksOfAnIntentAboutItsFailure) {
    std::optional<ErrorKind> recorded;
    std::optional<ErrorKind> durable;
    this->adapter_.journal().commit(
        {PutRun{{"0000000000ff"}, make_run(1)}}, Durability::Intent,
        [&](auto result) { recorded = result.error().kind; },
        [&](auto status) { durable = status.error().kind; });
    ASSERT_TRUE(this->loop_.run_until([&] { return durable.has_value(); }));
    EXPECT_EQ(recorded, ErrorKind::NotFound);
    EXPECT_EQ(durable, ErrorKind::NotFound);
}

TYPED_TEST(JournalContractTest, AFailingSetDoesNotHarmThoseAroundIt) {
    std::vector<std::pair<int, std::uint64_t>> outcomes;
    const auto note = [&](int which) {
        return [&outcomes, which](core::Result<std::vector<core::Event>> result) {
            outcomes.emplace_back(which, result ? result->at(0).number : 0);
        };
    };
    for (int i = 0; i < 9; ++i) {
        std::vector<Change> changes{AppendEvent{make_event("e" + std::to_string(i))}};
        if (i % 3 == 1) changes.emplace_back(PutRun{{"0000000000ff"}, make_run(1)});
        this->adapter_.journal().commit(std::move(changes), Durability::Observation, note(i), {});
    }
    ASSERT_TRUE(this->loop_.run_until([&] { return outcomes.size() == 9; }));
    const std::vector<std::pair<int, std::uint64_t>> expected{{0, 1}, {1, 0}, {2, 2}, {3, 3}, {4, 0},
                                                              {5, 4}, {6, 5}, {7, 0}, {8, 6}};
    EXPECT_EQ(outcomes, expected);
    EXPECT_EQ(this->numbers_of({}), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
}

TYPED_TEST(JournalContractTest, PagesRunsInBothOrders) {
    const core::Pot pot = make_pot("00000000000a", "web");
    std::vector<Change> changes{PutPot{pot}, PutPot{make_pot("00000000000b", "db")},
                                PutRun{{"00000000000b"}, make_run(1)}};
    for (std::uint32_t i = 1; i <= 5; ++i) changes.emplace_back(PutRun{pot.id, make_run(i)});
    ASSERT_TRUE(this->commit(std::move(changes)));
    using Numbers = std::vector<std::uint32_t>;
    EXPECT_EQ(this->runs_of({pot.id}), (Numbers{1, 2, 3, 4, 5}));
    EXPECT_EQ(this->runs_of({.pot = pot.id, .after = 2, .limit = 2}), (Numbers{3, 4}));
    EXPECT_EQ(this->runs_of({.pot = pot.id, .descending = true, .limit = 2}), (Numbers{5, 4}));
    EXPECT_EQ(this->runs_of({.pot = pot.id, .after = 4, .descending = true}), (Numbers{3, 2, 1}));
    EXPECT_EQ(this->runs_of({.pot = pot.id, .limit = 0}), Numbers{});
    EXPECT_EQ(this->runs_of({{"0000000000ff"}}), Numbers{});
}

TYPED_TEST(JournalContractTest, FindsOneRun) {
    const core::Pot pot = make_pot("00000000000a", "web");
    core::Run run = make_run(3);
    run.end = make_end(1);
    run.end->exit_code.reset();
    run.end->signal = 9;
    run.end->oom = true;
    run.end->peak_memory.reset();
    ASSERT_TRUE(this->commit({PutPot{pot}, PutRun{pot.id, run}}));
    const auto ask = [&](std::uint32_t number) {
        return this->template answer_of<core::Run>([&](auto reply) {
            this->adapter_.history().run({pot.id, number}, std::move(reply));
        });
    };
    const auto found = ask(3);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, run);
    const auto missing = ask(4);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
}

TYPED_TEST(JournalContractTest, FindsAndRemovesRunsThatAreOver) {
    const core::Pot pot = make_pot("00000000000a", "web");
    const core::Pot other = make_pot("00000000000b", "db");
    std::vector<Change> changes{PutPot{pot}, PutPot{other}};
    const auto add = [&](const core::Pot& owner, std::uint32_t number, std::optional<std::int64_t> ended_at) {
        core::Run run = make_run(number);
        if (ended_at) run.end = make_end(0);
        if (ended_at) run.end->ended_at.ms = *ended_at;
        core::HookRecord hook;
        hook.end = core::HookResult{};
        hook.end->output = "héllo";
        run.hooks = {hook};
        changes.emplace_back(PutRun{owner.id, run});
    };
    for (std::uint32_t i = 1; i <= 5; ++i) add(pot, i, 100 * i);
    add(other, 1, 100);
    add(other, 2, 200);
    add(other, 3, std::nullopt);
    ASSERT_TRUE(this->commit(std::move(changes)));
    using Found = std::vector<core::PrunableRuns>;
    const auto prunable = [&](std::int64_t before, std::uint32_t keep) {
        return *this->template answer_of<Found>([&](auto reply) {
            this->adapter_.history().prunable({core::WallTime{before}, keep}, std::move(reply));
        });
    };
    EXPECT_EQ(prunable(1000, 1), (Found{{pot.id, 1, 4, 4, 24}, {other.id, 1, 2, 2, 12}}));
    EXPECT_EQ(prunable(1000, 0), prunable(1000, 1)) << "the newest is no candidate";
    EXPECT_EQ(prunable(200, 1), (Found{{pot.id, 1, 2, 2, 12}, {other.id, 1, 2, 2, 12}}));
    EXPECT_EQ(prunable(1000, 4), (Found{{pot.id, 1, 1, 1, 6}}));
    EXPECT_EQ(prunable(99, 1), Found{});

    using Numbers = std::vector<std::uint32_t>;
    ASSERT_TRUE(this->commit({core::RemoveRuns{pot.id, 3, core::WallTime{200}}}));
    EXPECT_EQ(this->runs_of({pot.id}), (Numbers{3, 4, 5}));
    ASSERT_TRUE(this->commit({core::RemoveRuns{pot.id, 99, core::WallTime{1000}},
                              core::RemoveRuns{other.id, 99, core::WallTime{1000}},
                              core::RemoveRuns{{"0000000000ff"}, 99, core::WallTime{1000}}}));
    EXPECT_EQ(this->runs_of({pot.id}), Numbers{5});
    EXPECT_EQ(this->runs_of({other.id}), Numbers{3});
    EXPECT_EQ(this->adapter_.load().pots.size(), 2U);
}

TYPED_TEST(JournalContractTest, FiltersEventsByPotTypeAndNumber) {
    ASSERT_TRUE(this->commit({AppendEvent{make_event("pot.created", "00000000000a", "web")},
                              AppendEvent{make_event("base.installed")},
                              AppendEvent{make_event("pot.started", "00000000000a", "web")},
                              AppendEvent{make_event("pot.started", "00000000000b", "db")},
                              AppendEvent{make_event("pot.renamed", "00000000000a", "www")},
                              AppendEvent{make_event("potato", "00000000000c", "web")},
                              AppendEvent{make_event("pot.created.twice", "00000000000c", "x")}}));
    using Numbers = std::vector<std::uint64_t>;
    EXPECT_EQ(this->numbers_of({}), (Numbers{1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(this->numbers_of({5, "", "", 100}), (Numbers{6, 7}));
    EXPECT_EQ(this->numbers_of({~0ULL, "", "", 100}), Numbers{});
    EXPECT_EQ(this->numbers_of({0, "", "", 2}), (Numbers{1, 2}));
    EXPECT_EQ(this->numbers_of({0, "pot.created", "", 100}), (Numbers{1}));
    EXPECT_EQ(this->numbers_of({0, "pot.", "", 100}), (Numbers{1, 3, 4, 5, 7}));
    EXPECT_EQ(this->numbers_of({0, "", "00000000000a", 100}), (Numbers{1, 3, 5}));
    EXPECT_EQ(this->numbers_of({0, "", "web", 100}), (Numbers{1, 3, 6}));
    EXPECT_EQ(this->numbers_of({1, "pot.", "web", 1}), (Numbers{3}));
    EXPECT_EQ(this->numbers_of({0, "", "nobody", 100}), Numbers{});
}

TYPED_TEST(JournalContractTest, KeepsEveryByteOfAnEvent) {
    core::Event event = make_event("pot.exited", "00000000000a", "web");
    event.run = 4'000'000'000U;
    event.details = {{"empty", ""}, {"odd\tkey\n", std::string("a\\b\nc\td\0e\xff", 10)}, {"", "no key"}};
    ASSERT_TRUE(this->commit({AppendEvent{event}}));
    event.number = 1;
    const auto page = this->template answer_of<core::EventPage>(
        [&](auto reply) { this->adapter_.history().events({}, std::move(reply)); });
    EXPECT_EQ(page->events, std::vector<core::Event>{event});
}

TYPED_TEST(JournalContractTest, SaysWhichEventsThereAreWhateverTheQuery) {
    const auto bounds = [this](const core::EventQuery& query) {
        const auto page = this->template answer_of<core::EventPage>(
            [&](auto reply) { this->adapter_.history().events(query, std::move(reply)); });
        return std::pair(page->bounds.first, page->bounds.last);
    };
    using Bounds = std::pair<std::uint64_t, std::uint64_t>;
    EXPECT_EQ(bounds({}), Bounds(1, 0));
    ASSERT_TRUE(this->commit({AppendEvent{make_event("a")}, AppendEvent{make_event("b")}}));
    EXPECT_EQ(bounds({}), Bounds(1, 2));
    EXPECT_EQ(bounds({7, "none", "nobody", 1}), Bounds(1, 2));
}

TYPED_TEST(JournalContractTest, KeepsVolumesByName) {
    const core::Volume site{"site", core::WallTime{200}};
    const core::Volume data{"data", core::WallTime{100}};
    ASSERT_TRUE(this->commit({core::PutVolume{site}, core::PutVolume{data}}));
    EXPECT_EQ(this->adapter_.load().volumes, (std::vector<core::Volume>{data, site}));
    EXPECT_FALSE(this->commit({core::RemoveVolume{"data"}, core::PutVolume{{"site", core::WallTime{300}}}}));
    EXPECT_EQ(this->adapter_.load().volumes.size(), 2U) << "all of it or none";
    const core::SnapshotSchedule schedule{core::milliseconds{60'000}, 3, core::milliseconds{120'000}};
    const core::Volume changed{"site", core::WallTime{200}, 1 << 20, 7, schedule};
    ASSERT_TRUE(this->commit({core::ChangeVolume{changed}}));
    EXPECT_EQ(this->adapter_.load().volumes, (std::vector<core::Volume>{data, changed}));
    ASSERT_TRUE(this->commit({core::RemoveVolume{"site"}, core::RemoveVolume{"none"}}));
    EXPECT_EQ(this->adapter_.load().volumes, std::vector<core::Volume>{data});
}

TYPED_TEST(JournalContractTest, ChangesTheQuotaOfAVolume) {
    core::Volume site{"site", core::WallTime{200}, 4096};
    const core::VolumeSnapshot kept{{"site", 1}, "first", core::WallTime{300}};
    ASSERT_TRUE(this->commit({core::PutVolume{site}, core::PutVolumeSnapshot{kept}}));
    site.quota = 0;
    site.version = 2;
    ASSERT_TRUE(this->commit({core::ChangeVolume{site}, core::ChangeVolume{{"none", {}, 1}}}));
    const core::StoredState state = this->adapter_.load();
    EXPECT_EQ(state.volumes, std::vector<core::Volume>{site});
    EXPECT_EQ(state.volume_snapshots.size(), 1U);
}

TYPED_TEST(JournalContractTest, KeepsVolumeSnapshotsWithTheirVolume) {
    using core::VolumeSnapshot;
    const VolumeSnapshot first{{"site", 1}, "first", core::WallTime{100}};
    const VolumeSnapshot second{
        {"site", 2}, "second", core::WallTime{200}, {{"k", "a\tb\n"}, {"e", ""}}, true};
    ASSERT_TRUE(this->commit({core::PutVolume{{"site", core::WallTime{50}}}, core::PutVolumeSnapshot{first},
                              core::PutVolumeSnapshot{second}}));
    EXPECT_EQ(this->adapter_.load().volume_snapshots, (std::vector<VolumeSnapshot>{first, second}));
    EXPECT_FALSE(this->commit({core::PutVolumeSnapshot{{{"site", 3}, "first", core::WallTime{300}}}}));
    EXPECT_FALSE(this->commit({core::PutVolumeSnapshot{{{"none", 1}, "x", core::WallTime{300}}}}));
    ASSERT_TRUE(this->commit({core::RemoveVolumeSnapshot{{"site", 2}}}));
    core::StoredState state = this->adapter_.load();
    EXPECT_EQ(state.volume_snapshots, std::vector<VolumeSnapshot>{first});
    EXPECT_EQ(state.volume_snapshot_numbers.at("site"), 2U) << "no number is given twice";
    ASSERT_TRUE(this->commit({core::RemoveVolume{"site"}}));
    state = this->adapter_.load();
    EXPECT_TRUE(state.volume_snapshots.empty());
    EXPECT_TRUE(state.volume_snapshot_numbers.empty());
}

TYPED_TEST(JournalContractTest, KeepsSnapshotsWithTheirPot) {
    const core::Pot pot = make_pot("00000000000a", "web");
    const core::Snapshot first{{pot.id, 1}, "first", core::WallTime{100}, {{"k", "a\tb\n"}, {"e", ""}}, true};
    const core::Snapshot second{{pot.id, 2}, "second", core::WallTime{200}};
    ASSERT_TRUE(this->commit({PutPot{pot}, core::PutSnapshot{first}, core::PutSnapshot{second}}));
    EXPECT_EQ(this->adapter_.load().snapshots, (std::vector<core::Snapshot>{first, second}));
    EXPECT_FALSE(this->commit({core::PutSnapshot{{{pot.id, 3}, "first", core::WallTime{300}}}}))
        << "its name";
    EXPECT_FALSE(this->commit({core::PutSnapshot{{{pot.id, 2}, "other", core::WallTime{300}}}}))
        << "its number";
    EXPECT_FALSE(this->commit({core::PutSnapshot{{{core::PotId{"0000000000ff"}, 1}, "x", {}}}})) << "no pot";
    ASSERT_TRUE(this->commit({core::RemoveSnapshot{second.key}, PutPot{pot}}));
    const core::StoredState state = this->adapter_.load();
    EXPECT_EQ(state.snapshots, std::vector<core::Snapshot>{first});
    EXPECT_EQ(state.snapshot_numbers.at(pot.id), 2U) << "not given again";
    ASSERT_TRUE(this->commit({RemovePot{pot.id}}));
    EXPECT_TRUE(this->adapter_.load().snapshots.empty());
}

}  // namespace
}  // namespace potd
