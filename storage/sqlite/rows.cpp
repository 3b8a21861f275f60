#include "storage/sqlite/rows.hpp"

#include "storage/sqlite/details.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace potd::storage {
namespace {

// A start time has 64 bits without sign, a column has a sign; the bits go through unchanged.
std::int64_t as_column(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

core::ProcessIdentity read_process(const Statement& row, int first) {
    return {static_cast<std::int32_t>(row.integer(first)),
            static_cast<std::uint64_t>(row.integer(first + 1))};
}

void bind_process(Statement& statement, const core::ProcessIdentity& process, int first) {
    statement.bind(first, std::int64_t{process.pid}).bind(first + 1, as_column(process.start_time));
}

std::optional<int> maybe_int(const Statement& row, int column) {
    if (row.is_null(column)) return {};
    return static_cast<int>(row.integer(column));
}

std::optional<core::ExitRecord> read_end(const Statement& row, int first) {
    if (row.is_null(first)) return {};
    core::ExitRecord end;
    end.ended_at.ms = row.integer(first);
    end.exit_code = maybe_int(row, first + 1);
    end.signal = maybe_int(row, first + 2);
    end.oom = row.integer(first + 3) != 0;
    end.lost = row.integer(first + 4) != 0;
    end.reason = row.string(first + 5);
    end.peak_memory = row.maybe_integer(first + 6);
    return end;
}

void bind_end(Statement& statement, const std::optional<core::ExitRecord>& end, int first) {
    static const core::ExitRecord none;
    const core::ExitRecord& record = end ? *end : none;
    statement.bind(first, end ? std::optional(end->ended_at.ms) : std::nullopt)
        .bind(first + 1, std::optional<std::int64_t>(record.exit_code))
        .bind(first + 2, std::optional<std::int64_t>(record.signal))
        .bind(first + 3, std::int64_t{record.oom})
        .bind(first + 4, std::int64_t{record.lost})
        .bind(first + 5, std::string_view(record.reason))
        .bind(first + 6, record.peak_memory);
}

core::Error unknown_word(std::string_view column, std::string_view value) {
    return core::error(core::ErrorKind::Internal, "stored " + std::string(column) + " \"" +
                                                      std::string(value) + "\" is unknown to this potd");
}

constexpr std::pair<core::BaseSource, std::string_view> base_sources[] = {
    {core::BaseSource::Host, "host"},       {core::BaseSource::Release, "release"},
    {core::BaseSource::Tarball, "tarball"}, {core::BaseSource::Directory, "directory"},
    {core::BaseSource::Pot, "pot"},
};

}  // namespace

core::Result<core::Run> read_run(const Statement& row, int first) {
    core::Run run;
    run.number = static_cast<std::uint32_t>(row.integer(first));
    run.requested_at.ms = row.integer(first + 1);
    if (const auto started = row.maybe_integer(first + 2)) run.started_at = core::WallTime{*started};
    run.processes.monitor = read_process(row, first + 3);
    run.processes.init = read_process(row, first + 5);
    run.processes.main = read_process(row, first + 7);
    run.boot_id = row.string(first + 9);
    run.end = read_end(row, first + 10);
    const auto cause = core::start_cause_from(row.text(first + 17));
    if (!cause) return unknown_word("cause", row.text(first + 17));
    const auto stage = core::run_stage_from(row.text(first + 18));
    if (!stage) return unknown_word("stage", row.text(first + 18));
    const auto stop_cause = core::stop_cause_from(row.text(first + 19));
    if (!stop_cause) return unknown_word("stop cause", row.text(first + 19));
    run.cause = *cause;
    run.stage = *stage;
    run.stop_cause = *stop_cause;
    run.oom_kills = row.integer(first + 20);
    run.oom_victim = row.string(first + 21);
    return run;
}

void bind_run(Statement& statement, const core::Run& run, int first) {
    statement.bind(first, std::int64_t{run.number})
        .bind(first + 1, run.requested_at.ms)
        .bind(first + 2, run.started_at ? std::optional(run.started_at->ms) : std::nullopt);
    bind_process(statement, run.processes.monitor, first + 3);
    bind_process(statement, run.processes.init, first + 5);
    bind_process(statement, run.processes.main, first + 7);
    statement.bind(first + 9, std::string_view(run.boot_id));
    bind_end(statement, run.end, first + 10);
    statement.bind(first + 17, core::to_string(run.cause))
        .bind(first + 18, core::to_string(run.stage))
        .bind(first + 19, core::to_string(run.stop_cause))
        .bind(first + 20, run.oom_kills)
        .bind(first + 21, std::string_view(run.oom_victim));
}

core::Result<core::HookRecord> read_hook(const Statement& row, int first) {
    core::HookRecord hook;
    const auto stage = core::hook_stage_from(row.text(first));
    if (!stage) return unknown_word("hook stage", row.text(first));
    hook.stage = *stage;
    hook.index = static_cast<std::uint32_t>(row.integer(first + 1));
    hook.attempt = static_cast<std::uint32_t>(row.integer(first + 2));
    hook.started_at.ms = row.integer(first + 3);
    if (row.is_null(first + 4)) return hook;
    core::HookResult end;
    end.ended_at.ms = row.integer(first + 4);
    end.exit_code = maybe_int(row, first + 5);
    end.signal = maybe_int(row, first + 6);
    end.problem = row.string(first + 7);
    end.output = row.string(first + 8);
    end.truncated = row.integer(first + 9) != 0;
    hook.end = std::move(end);
    return hook;
}

void bind_hook(Statement& statement, const core::HookRecord& hook, int first) {
    static const core::HookResult none;
    const core::HookResult& end = hook.end ? *hook.end : none;
    statement.bind(first, core::to_string(hook.stage))
        .bind(first + 1, std::int64_t{hook.index})
        .bind(first + 2, std::int64_t{hook.attempt})
        .bind(first + 3, hook.started_at.ms)
        .bind(first + 4, hook.end ? std::optional(end.ended_at.ms) : std::nullopt)
        .bind(first + 5, std::optional<std::int64_t>(end.exit_code))
        .bind(first + 6, std::optional<std::int64_t>(end.signal))
        .bind(first + 7, std::string_view(end.problem))
        .bind(first + 8, std::string_view(end.output))
        .bind(first + 9, std::int64_t{end.truncated});
}

core::Event read_event(const Statement& row) {
    core::Event event;
    event.number = static_cast<std::uint64_t>(row.integer(0));
    event.time.ms = row.integer(1);
    event.type = row.string(2);
    event.pot_id = row.string(3);
    event.pot = row.string(4);
    event.run = static_cast<std::uint32_t>(row.integer(5));
    event.details = decode_details(row.text(6));
    return event;
}

std::string_view to_string(core::BaseSource source) noexcept {
    for (const auto& [known, text] : base_sources) {
        if (known == source) return text;
    }
    return "directory";
}

std::optional<core::BaseSource> base_source_from(std::string_view text) noexcept {
    for (const auto& [known, word] : base_sources) {
        if (word == text) return known;
    }
    return {};
}

}  // namespace potd::storage
