#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "storage/sqlite/database.hpp"

#include <cstdint>
#include <string>

namespace potd::storage {

/// How much of the past is kept. Zero: no limit.
struct Retention {
    std::int64_t events = 0;          ///< the newest
    core::milliseconds event_age{0};  ///< by the wall clock
    core::milliseconds run_age{0};    ///< since the end of a run
    std::int64_t hook_output = 0;     ///< bytes of each pot; of runs before the newest
    core::milliseconds audit_age{0};
    std::int64_t audit_size = 0;  ///< bytes, as size_of counts them
};

/// Deletes what is beyond the retention, a bit at a time, so that a commit never waits for more than one bit.
///
/// Events go from the first on, without a gap; an event that claims to be younger holds back those behind it.
/// The newest event stays, its number is the next one's predecessor; so does the newest run of each pot.
/// Of hook outputs beyond the limit the text goes, the record stays, marked as truncated. Each step is a
/// transaction: a crash in between leaves less to do.
/// The connection's thread only.
class RetentionPass {
  public:
    /// About a millisecond of work: each event stands in three trees.
    static constexpr std::int64_t rows_per_step = 50;

    /// `database` must outlive it.
    RetentionPass(Database& database, Retention keep) : database_(database), keep_(keep) {}

    [[nodiscard]] bool needed() const;
    void begin(core::WallTime now);
    [[nodiscard]] bool under_way() const { return stage_ != Stage::None; }
    /// One bit. True: something was deleted. After a failure the pass is over.
    [[nodiscard]] core::Result<bool> step();
    /// Whether so many events are stored that a pass should not wait for its time: a tenth too many, or
    /// a thousand.
    [[nodiscard]] bool overflows(std::uint64_t last_event) const;
    /// So many bytes came to the audit log; a tenth of what it may have, and a pass is due.
    void note_audited(std::int64_t bytes) { audited_ += bytes; }

  private:
    enum class Stage { None, Events, Audit, Pots };

    [[nodiscard]] core::Result<std::int64_t> one_step();
    [[nodiscard]] core::Result<std::int64_t> delete_events();
    [[nodiscard]] core::Result<std::int64_t> delete_audit();
    [[nodiscard]] core::Result<std::int64_t> tidy_next_pot();
    [[nodiscard]] core::Result<std::int64_t> delete_runs();
    [[nodiscard]] core::Result<std::int64_t> empty_outputs();
    [[nodiscard]] std::int64_t born_before(core::milliseconds age) const;

    Database& database_;
    Retention keep_;
    Stage stage_ = Stage::None;
    core::WallTime now_;
    std::string pot_;                ///< its runs are being looked at
    std::uint64_t first_event_ = 1;  ///< as of the last look
    std::int64_t audited_ = 0;       ///< bytes since the last pass
};

}  // namespace potd::storage
