#include "storage/sqlite/batch_recorder.hpp"

#include "storage/sqlite/audit_rows.hpp"
#include "storage/sqlite/state_reader.hpp"
#include "storage/sqlite/transaction.hpp"

#include <utility>
#include <variant>

namespace potd::storage {
namespace {

std::int64_t audited_bytes(const ChangeSet& set) {
    std::int64_t bytes = 0;
    for (const core::Change& change : set.changes) {
        if (const auto* append = std::get_if<core::AppendAudit>(&change)) bytes += size_of(append->entry);
    }
    return bytes;
}

/// The events of a committed set, numbered from `last` on.
std::vector<core::Event> take_events(ChangeSet& set, std::uint64_t& last) {
    std::vector<core::Event> events;
    for (core::Change& change : set.changes) {
        auto* append = std::get_if<core::AppendEvent>(&change);
        if (append == nullptr) continue;
        append->event.number = ++last;
        events.push_back(std::move(append->event));
    }
    return events;
}

}  // namespace

core::Result<BatchRecorder> BatchRecorder::make(Database& database, SpecCodec codec, std::int64_t runs_kept) {
    const core::Result<std::uint64_t> last = read_last_event(database);
    if (!last) return last.error();
    return BatchRecorder(database, ChangeWriter(database, std::move(codec), runs_kept), *last);
}

std::size_t BatchRecorder::record(std::span<ChangeSet> batch) {
    if (record_together(batch)) return 1;
    std::size_t transactions = 0;
    for (ChangeSet& set : batch) {
        core::Status alone = record_together({&set, 1});
        if (alone) {
            ++transactions;
        } else {
            set.outcome = std::move(alone).error();
        }
    }
    return transactions;
}

core::Status BatchRecorder::record_together(std::span<ChangeSet> batch) {
    core::Result<Transaction> transaction = Transaction::begin(database_);
    if (!transaction) return std::move(transaction).error();
    std::uint64_t last = last_event_;
    for (const ChangeSet& set : batch) {
        if (core::Status applied = writer_.apply(set.changes, last); !applied) return applied;
    }
    if (core::Status committed = transaction->commit(); !committed) return committed;
    for (ChangeSet& set : batch) {
        audited_ += audited_bytes(set);
        set.outcome = take_events(set, last_event_);
    }
    return {};
}

}  // namespace potd::storage
