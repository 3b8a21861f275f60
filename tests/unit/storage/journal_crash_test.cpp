#include "storage/sqlite/sqlite_history.hpp"
#include "storage/sqlite/sqlite_journal.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/histories.hpp"
#include "tests/support/plain_spec_codec.hpp"
#include "tests/support/records.hpp"
#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::storage {
namespace {

using core::Durability;

constexpr int events_per_set = 3;

JournalOptions options_for(const std::filesystem::path& file, std::int64_t events_kept) {
    JournalOptions options;
    options.file = file;
    options.codec = test::plain_spec_codec();
    // Small enough that checkpoints are among what is interrupted.
    options.checkpoint.long_log = 8;
    options.retention.events = events_kept;
    return options;
}

/// The child: commits set after set until it is killed; a byte to `report` for each one recorded. The
/// pot's version is the number of sets, each set has its events.
[[noreturn]] void commit_forever(const std::filesystem::path& file, int report, std::int64_t events_kept) {
    fakes::ManualExecutor loop;
    auto journal = SqliteJournal::open(options_for(file, events_kept), loop);
    if (!journal) ::_exit(1);
    const auto state = (*journal)->load();
    if (!state) ::_exit(1);
    core::Pot pot = state->pots.empty() ? test::make_pot("00000000000a", "web") : state->pots.front();
    pot.version = state->pots.empty() ? 0 : pot.version;
    const auto tell = [&](const auto& result) {
        if (!result || ::write(report, "r", 1) != 1) ::_exit(1);
    };
    for (;;) {
        for (int i = 0; i < 4; ++i) {
            ++pot.version;
            std::vector<core::Change> changes;
            changes.reserve(static_cast<std::size_t>(events_per_set) + 1);
            for (int e = 0; e < events_per_set; ++e) {
                changes.emplace_back(core::AppendEvent{test::make_event("step", pot.id.text, "web")});
            }
            changes.emplace_back(core::PutPot{pot});
            (*journal)->commit(std::move(changes), i == 3 ? Durability::Intent : Durability::Observation,
                               tell, {});
        }
        loop.run_one();
    }
}

/// How many sets the child said are recorded until it was killed after `kill_after` of them.
std::uint64_t run_and_kill(const std::filesystem::path& file, std::uint64_t kill_after,
                           std::int64_t events_kept = 0) {
    int ends[2];
    if (::pipe(ends) != 0) return 0;
    const pid_t child = ::fork();
    if (child == 0) commit_forever(file, ends[1], events_kept);
    ::close(ends[1]);
    std::uint64_t told = 0;
    char buffer[256];
    bool killed = false;
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, killed ? sizeof buffer : 1)) > 0;) {
        told += static_cast<std::uint64_t>(got);
        if (!killed && told >= kill_after) killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child gave up by itself";
    return told;
}

TEST(JournalCrashTest, LosesNothingThatWasRecordedAndStoresNoHalfSet) {
    const test::TempDir dir;
    const auto file = dir / "potd.db";
    std::mt19937 random(20240131);  // NOLINT(cert-msc51-cpp): the same points every time
    std::uniform_int_distribution<std::uint64_t> points(1, 400);
    std::uint64_t known = 0;
    for (unsigned long round = 0; round < test::histories(50); ++round) {
        known += run_and_kill(file, points(random));
        fakes::ManualExecutor loop;
        const auto journal = SqliteJournal::open(options_for(file, 0), loop);
        ASSERT_TRUE(journal) << journal.error().message;
        const auto state = (*journal)->load();
        ASSERT_TRUE(state);
        ASSERT_EQ(state->pots.size(), 1U);
        const std::uint64_t sets = state->pots.front().version;
        EXPECT_GE(sets, known) << "round " << round;
        EXPECT_EQ(state->last_event, sets * events_per_set) << "round " << round;
        known = sets;
    }
    fakes::ManualExecutor loop;
    const auto history = SqliteHistory::open(file, loop);
    ASSERT_TRUE(history);
    std::uint64_t expected = 0;
    (*history)->events({0, "", "", 10'000'000}, [&](const auto& page) {
        for (const core::Event& event : page->events) ASSERT_EQ(event.number, ++expected);
    });
    loop.run();
    EXPECT_EQ(expected, known * events_per_set);
}

TEST(JournalCrashTest, KilledAmongDeletionsItKeepsTheNewestEventsWithoutAGap) {
    const test::TempDir dir;
    const auto file = dir / "potd.db";
    constexpr std::int64_t kept = 30;
    std::mt19937 random(20240202);  // NOLINT(cert-msc51-cpp): the same points every time
    std::uniform_int_distribution<std::uint64_t> points(1, 200);
    std::uint64_t known = 0;
    for (unsigned long round = 0; round < test::histories(50); ++round) {
        known += run_and_kill(file, points(random), kept);
        fakes::ManualExecutor loop;
        const auto journal = SqliteJournal::open(options_for(file, 0), loop);
        ASSERT_TRUE(journal) << journal.error().message;
        const auto history = SqliteHistory::open(file, loop);
        ASSERT_TRUE(history);
        core::EventPage page;
        (*history)->events({0, "", "", 10'000'000}, [&](const auto& found) { page = *found; });
        loop.run();
        ASSERT_FALSE(page.events.empty());
        EXPECT_GE(page.bounds.last, known * events_per_set) << "round " << round;
        EXPECT_GE(page.events.size(), std::min<std::uint64_t>(kept, page.bounds.last)) << "round " << round;
        EXPECT_EQ(page.events.front().number, page.bounds.first);
        EXPECT_EQ(page.bounds.last - page.bounds.first + 1, page.events.size()) << "round " << round;
        known = page.bounds.last / events_per_set;
    }
    EXPECT_GT(known * events_per_set, static_cast<std::uint64_t>(10 * kept)) << "nothing had to be deleted";
}

}  // namespace
}  // namespace potd::storage
