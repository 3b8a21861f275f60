#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"
#include "core/model/event.hpp"
#include "core/model/run.hpp"
#include "storage/sqlite/statement.hpp"

#include <optional>
#include <string_view>

namespace potd::storage {

// Columns in the order of these lists, from column `first` on.

inline constexpr std::string_view run_columns =
    "number, requested_at, started_at, monitor_pid, monitor_start, init_pid, init_start, main_pid,"
    " main_start, boot_id, ended_at, exit_code, signal, oom, lost, reason, peak_memory, cause, stage,"
    " stop_cause, oom_kills, oom_victim";
/// An error if a word in it is unknown to this version. Without its hooks.
[[nodiscard]] core::Result<core::Run> read_run(const Statement& row, int first = 0);
/// Binds the same columns, parameters from `first` on.
void bind_run(Statement& statement, const core::Run& run, int first);

inline constexpr std::string_view hook_columns =
    "stage, spec_index, attempt, started_at, ended_at, exit_code, signal, problem, output, truncated";
[[nodiscard]] core::Result<core::HookRecord> read_hook(const Statement& row, int first);
void bind_hook(Statement& statement, const core::HookRecord& hook, int first);

inline constexpr std::string_view event_columns = "number, time, type, pot_id, pot, run, details";
[[nodiscard]] core::Event read_event(const Statement& row);

[[nodiscard]] std::string_view to_string(core::BaseSource source) noexcept;
[[nodiscard]] std::optional<core::BaseSource> base_source_from(std::string_view text) noexcept;

}  // namespace potd::storage
