#pragma once

#include "storage/sqlite/sqlite_history.hpp"
#include "storage/sqlite/sqlite_journal.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/fakes/memory_journal.hpp"
#include "tests/support/plain_spec_codec.hpp"
#include "tests/support/temp_dir.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::test {

/// The stores under test, each as: a journal, a history, and what a restarted potd would load.
class MemoryAdapter {
  public:
    explicit MemoryAdapter(core::Executor& loop) : journal_(loop), history_(journal_, loop) {}
    core::Journal& journal() { return journal_; }
    core::History& history() { return history_; }
    core::StoredState load() { return journal_.recorded().load(); }

  private:
    fakes::MemoryJournal journal_;
    fakes::MemoryHistory history_;
};

class SqliteAdapter {
  public:
    explicit SqliteAdapter(core::Executor& loop) {
        storage::JournalOptions options;
        options.file = dir_ / "potd.db";
        options.codec = plain_spec_codec();
        auto opened = storage::SqliteJournal::open(std::move(options), loop);
        if (!opened) throw std::runtime_error(opened.error().message);
        journal_ = std::move(*opened);
        auto history = storage::SqliteHistory::open(dir_ / "potd.db", loop);
        if (!history) throw std::runtime_error(history.error().message);
        history_ = std::move(*history);
    }
    core::Journal& journal() { return *journal_; }
    core::History& history() { return *history_; }
    core::StoredState load() {
        auto state = journal_->load();
        if (!state) throw std::runtime_error(state.error().message);
        return std::move(*state);
    }

  private:
    TempDir dir_;
    std::unique_ptr<storage::SqliteJournal> journal_;
    std::unique_ptr<storage::SqliteHistory> history_;
};

template <class Adapter>
class JournalSuite : public ::testing::Test {
  protected:
    using Events = core::Result<std::vector<core::Event>>;

    /// Commits and runs the loop until the change set is recorded.
    Events commit(std::vector<core::Change> changes) {
        std::optional<Events> outcome;
        adapter_.journal().commit(std::move(changes), core::Durability::Observation,
                                  [&](Events events) { outcome = std::move(events); }, {});
        EXPECT_TRUE(loop_.run_until([&] { return outcome.has_value(); }));
        return std::move(*outcome);
    }

    template <class T, class Ask>
    core::Result<T> answer_of(Ask ask) {
        std::optional<core::Result<T>> answer;
        ask([&](core::Result<T> result) { answer = std::move(result); });
        EXPECT_TRUE(loop_.run_until([&] { return answer.has_value(); }));
        return std::move(*answer);
    }

    std::vector<std::uint64_t> numbers_of(const core::EventQuery& query) {
        const auto page = answer_of<core::EventPage>(
            [&](auto reply) { adapter_.history().events(query, std::move(reply)); });
        std::vector<std::uint64_t> numbers;
        for (const core::Event& event : page->events) numbers.push_back(event.number);
        return numbers;
    }

    std::vector<std::uint32_t> runs_of(const core::RunQuery& query) {
        const auto runs = answer_of<std::vector<core::Run>>(
            [&](auto reply) { adapter_.history().runs(query, std::move(reply)); });
        std::vector<std::uint32_t> numbers;
        for (const core::Run& run : *runs) numbers.push_back(run.number);
        return numbers;
    }

    fakes::ManualExecutor loop_;
    Adapter adapter_{loop_};
};

using JournalAdapters = ::testing::Types<MemoryAdapter, SqliteAdapter>;

}  // namespace potd::test
