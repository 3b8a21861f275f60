#pragma once

#include "core/port/journal.hpp"
#include "storage/spec_codec.hpp"
#include "storage/sqlite/database.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace potd::storage {

/// Turns changes into rows inside the caller's transaction. The connection's thread only.
class ChangeWriter {
  public:
    /// `database` must outlive the writer.
    /// Of each pot the newest `runs_kept` runs stay, 0 = all.
    ChangeWriter(Database& database, SpecCodec codec, std::int64_t runs_kept)
        : database_(database), codec_(std::move(codec)), runs_kept_(runs_kept) {}

    /// Applies all; `last_event` counts on with each event appended. After a failure some may be
    /// applied and `last_event` moved: the caller rolls both back. The error names the pot or base.
    [[nodiscard]] core::Status apply(std::span<const core::Change> changes, std::uint64_t& last_event);

  private:
    struct Applied;

    [[nodiscard]] core::Status put(const core::Pot& pot);
    [[nodiscard]] core::Status put(const core::PotId& pot, const core::Run& run);
    [[nodiscard]] core::Status remove(const core::RemoveRuns& runs);
    [[nodiscard]] core::Status forget_runs(const core::PotId& pot, std::int64_t up_to);
    [[nodiscard]] core::Status put_hooks(const core::PotId& pot, const core::Run& run);
    [[nodiscard]] core::Status put(const core::PutBoot& boot);
    [[nodiscard]] core::Status put(const core::Base& base);
    [[nodiscard]] core::Status put_revisions(const core::Base& base);
    [[nodiscard]] core::Status put_binds(const core::Base& base);
    [[nodiscard]] core::Status remove(const core::RemoveBaseRevision& revision);
    [[nodiscard]] core::Status append(const core::Event& event, std::uint64_t number);
    [[nodiscard]] core::Status remove(std::string_view sql, std::string_view key);

    Database& database_;
    SpecCodec codec_;
    std::int64_t runs_kept_;
};

}  // namespace potd::storage
