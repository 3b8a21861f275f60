#pragma once

#include "core/port/journal.hpp"
#include "storage/spec_codec.hpp"
#include "storage/sqlite/change_writer.hpp"
#include "storage/sqlite/database.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace potd::storage {

/// One call of Journal::commit on its way through the writer.
struct ChangeSet {
    std::vector<core::Change> changes;
    core::Durability durability = core::Durability::Observation;
    core::Journal::Recorded recorded;
    core::Journal::Durable durable;
    core::Result<std::vector<core::Event>> outcome = std::vector<core::Event>{};
    std::chrono::steady_clock::time_point asked_at{};
};

/// Group commit: many change sets, one transaction, but a set that fails fails alone.
class BatchRecorder {
  public:
    /// `database` as open_store gives it; `runs_kept` of each pot, 0 = all.
    [[nodiscard]] static core::Result<BatchRecorder> make(Database& database, SpecCodec codec,
                                                          std::int64_t runs_kept = 0);

    /// Stores the sets in order and fills in each `outcome`; their `changes` are used up.
    /// Returns the number of transactions that were committed.
    std::size_t record(std::span<ChangeSet> batch);

    /// The number of the last one committed.
    [[nodiscard]] std::uint64_t last_event() const { return last_event_; }
    /// Bytes that came to the audit log since this was asked last.
    [[nodiscard]] std::int64_t take_audited() { return std::exchange(audited_, 0); }

  private:
    BatchRecorder(Database& database, ChangeWriter writer, std::uint64_t last_event)
        : database_(database), writer_(std::move(writer)), last_event_(last_event) {}

    [[nodiscard]] core::Status record_together(std::span<ChangeSet> batch);

    Database& database_;
    ChangeWriter writer_;
    std::uint64_t last_event_;  // of what is committed
    std::int64_t audited_ = 0;
};

}  // namespace potd::storage
