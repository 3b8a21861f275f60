#include "storage/sqlite/rows.hpp"

#include "storage/sqlite/details.hpp"

#include <cstdint>
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

constexpr std::pair<core::BaseSource, std::string_view> base_sources[] = {
    {core::BaseSource::Host, "host"},
    {core::BaseSource::Release, "release"},
    {core::BaseSource::Tarball, "tarball"},
    {core::BaseSource::Directory, "directory"},
};

}  // namespace

core::Run read_run(const Statement& row, int first) {
    core::Run run;
    run.number = static_cast<std::uint32_t>(row.integer(first));
    run.requested_at.ms = row.integer(first + 1);
    if (const auto started = row.maybe_integer(first + 2)) run.started_at = core::WallTime{*started};
    run.processes.monitor = read_process(row, first + 3);
    run.processes.init = read_process(row, first + 5);
    run.processes.main = read_process(row, first + 7);
    run.boot_id = row.string(first + 9);
    run.end = read_end(row, first + 10);
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
