#pragma once

#include "core/port/executor.hpp"
#include "core/port/history.hpp"
#include "core/port/journal.hpp"
#include "tests/fakes/memory_store.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace potd::fakes {

/// A Journal in memory that keeps apart what survives kill -9 (`recorded`) and what survives power
/// loss (`durable`). Nothing happens inside `commit`: the transaction takes effect in a task posted to
/// the executor, its `durable` in a later one, so a test can stop the world between any two.
class MemoryJournal : public core::Journal {
  public:
    /// `loop` must outlive the journal and what it has posted.
    explicit MemoryJournal(core::Executor& loop, MemoryStore initial = {});

    void commit(std::vector<core::Change> changes, core::Durability durability, Recorded recorded,
                Durable durable) override;

    /// What a potd killed now would find.
    [[nodiscard]] const MemoryStore& recorded() const { return recorded_; }
    /// What a machine that lost power now would find, at the least.
    [[nodiscard]] const MemoryStore& durable() const { return durable_; }

    /// As the retention does: events up to this number go.
    void forget_events(std::uint64_t up_to) { recorded_.forget_events(up_to); }

    /// The next `count` transactions fail whole with `error`, as on a full disk.
    void fail_next(core::Error error, std::size_t count = 1);
    /// The next sync fails with `error`: what it was to bring to the disk stays recorded.
    void fail_next_sync(core::Error error) { sync_failure_ = std::move(error); }
    /// While held, intents are recorded but their `durable` waits for `release_durable`.
    void hold_durable() { held_ = true; }
    void release_durable();
    /// Forgets whom to tell, as a crash would; what is recorded stays.
    void drop() { waiting_.clear(); }
    [[nodiscard]] std::size_t commits() const { return commits_; }

  private:
    void record(std::vector<core::Change> changes, core::Durability durability, const Recorded& recorded,
                Durable durable);
    void reach_disk();

    core::Executor& loop_;
    MemoryStore recorded_;
    MemoryStore durable_;
    std::optional<core::Error> failure_;
    std::size_t failures_left_ = 0;
    std::optional<core::Error> sync_failure_;
    std::size_t commits_ = 0;
    bool held_ = false;
    std::deque<Durable> waiting_;
};

/// History over what a MemoryJournal has recorded.
class MemoryHistory : public core::History {
  public:
    MemoryHistory(const MemoryJournal& journal, core::Executor& loop) : journal_(journal), loop_(loop) {}

    void runs(const core::RunQuery& query, core::Reply<std::vector<core::Run>> reply) override;
    void run(const core::RunKey& key, core::Reply<core::Run> reply) override;
    void prunable(const core::PrunableQuery& query,
                  core::Reply<std::vector<core::PrunableRuns>> reply) override;
    void events(const core::EventQuery& query, core::Reply<core::EventPage> reply) override;
    void answer(const std::string& operation, core::Reply<core::KeptAnswer> reply) override;
    void audit(const core::AuditQuery& query, core::Reply<std::vector<core::AuditRecord>> reply) override;

  private:
    const MemoryJournal& journal_;
    core::Executor& loop_;
};

}  // namespace potd::fakes
