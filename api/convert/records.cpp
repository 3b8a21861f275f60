#include "api/convert/records.hpp"

#include "api/convert/network.hpp"
#include "api/convert/spec.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace potd::api {
namespace {

using core::format_time;

std::optional<std::string> present(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

std::string_view to_string(core::BaseSource source) {
    switch (source) {
        case core::BaseSource::Host: return "host";
        case core::BaseSource::Release: return "release";
        case core::BaseSource::Tarball: return "tarball";
        case core::BaseSource::Directory: return "directory";
        case core::BaseSource::Pot: return "pot";
    }
    return "directory";
}

}  // namespace

wire::HookRun to_wire(const core::HookRecord& hook) {
    wire::HookRun out;
    out.stage = core::to_string(hook.stage);
    out.index = hook.index;
    out.attempt = hook.attempt;
    out.started_at = format_time(hook.started_at);
    if (!hook.end) return out;
    out.ended_at = format_time(hook.end->ended_at);
    out.exit_code = hook.end->exit_code;
    out.signal = hook.end->signal;
    out.problem = present(hook.end->problem);
    out.output = hook.end->output;
    out.truncated = hook.end->truncated;
    return out;
}

wire::Run to_wire(const core::Run& run) {
    wire::Run out;
    out.number = run.number;
    out.cause = core::to_string(run.cause);
    out.stage = core::to_string(run.stage);
    for (const core::HookRecord& hook : run.hooks) out.hooks.push_back(to_wire(hook));
    out.requested_at = format_time(run.requested_at);
    if (run.started_at) out.started_at = format_time(*run.started_at);
    out.oom_kills = run.oom_kills;
    out.oom_victim = present(run.oom_victim);
    if (!run.end) {
        if (run.processes.main.pid > 0) out.pid = run.processes.main.pid;
        return out;
    }
    const core::ExitRecord& end = *run.end;
    out.ended_at = format_time(end.ended_at);
    out.exit_code = end.exit_code;
    out.signal = end.signal;
    out.oom = end.oom;
    out.lost = end.lost;
    out.reason = present(end.reason);
    out.peak_memory = end.peak_memory;
    return out;
}

wire::HealthCheck to_wire(const core::HealthCheck& check) {
    return {format_time(check.started_at), format_time(check.ended_at), check.healthy, check.output};
}

wire::Pot to_wire(const core::Pot& pot, const core::PotService::LimitsNow& limits,
                  const core::BridgeService::Advertised& advertised) {
    wire::Pot out;
    out.id = pot.id.text;
    out.name = pot.spec.name;
    out.state = core::to_string(pot.state);
    out.desired = core::to_string(pot.desired);
    out.health = core::to_string(pot.health);
    out.frozen_by = present(pot.frozen_by);
    out.created_at = format_time(pot.created_at);
    out.changed_at = format_time(pot.changed_at);
    out.version = pot.version;
    out.driver = pot.driver;
    out.base_revision = pot.base_revision;
    if (pot.first_host_id != 0) out.first_host_id = pot.first_host_id;
    if (pot.origin) {
        out.origin = wire::Origin{pot.origin->pot, pot.origin->key.pot.text, pot.origin->snapshot,
                                  pot.origin->key.number};
    }
    out.last_error = present(pot.last_error);
    out.unfinished = pot.unfinished != nullptr;
    out.restarts = pot.restarts;
    if (pot.next_start_at) out.next_start_at = format_time(*pot.next_start_at);
    out.addresses = addresses_to_wire(pot, advertised);
    out.ports = ports_to_wire(pot);
    out.cpus = present(core::format_cpu_list(limits.cpus));
    for (const core::LeftOut& each : limits.not_enforced)
        out.not_enforced.push_back({each.field, each.reason});
    out.spec = to_wire(pot.unfinished ? pot.unfinished->spec : pot.spec, SpecForm::Shown);
    if (pot.run) out.run = to_wire(*pot.run);
    return out;
}

wire::Base to_wire(const core::Base& base, const core::BaseService& bases) {
    wire::Base out;
    out.name = base.name;
    out.source = to_string(base.source);
    out.origin = base.origin;
    out.path = base.path;
    out.created_at = format_time(base.created_at);
    out.size = base.size;
    out.base_pot = present(base.pot);
    out.pots = bases.users(base.name);
    out.revision = base.revision;
    std::vector<core::BaseRevision> all = base.others;
    all.push_back({base.revision, base.path, base.created_at, base.size});
    std::sort(all.begin(), all.end(),
              [](const core::BaseRevision& a, const core::BaseRevision& b) { return a.number < b.number; });
    for (const core::BaseRevision& one : all)
        out.revisions.push_back(
            {one.number, format_time(one.created_at), one.size, bases.users(base.name, one.number)});
    return out;
}

wire::Event to_wire(const core::Event& event) {
    wire::Event out;
    out.number = event.number;
    out.time = format_time(event.time);
    out.type = event.type;
    out.pot_id = present(event.pot_id);
    out.pot = present(event.pot);
    if (event.run != 0) out.run = event.run;
    out.details = event.details;
    return out;
}

wire::LogLine to_wire(const core::LogLine& line) {
    return {format_time(wall_time(line.time_ns)), std::string(to_string(line.stream)), line.partial,
            line.text};
}

wire::Process to_wire(const core::ProcessRow& row) {
    return {row.pid,      row.parent, row.user,   row.name, std::string(1, row.state),
            row.resident, row.cpu_ms, row.command};
}

namespace {

wire::NetworkStats network_to_wire(const core::NetworkFigures& network) {
    const core::Traffic& all = network.total;
    wire::NetworkStats out{all.rx_bytes,   all.tx_bytes,   all.rx_packets,      all.tx_packets,
                           all.rx_dropped, all.tx_dropped, network.connections, {}};
    for (const core::InterfaceTraffic& one : network.interfaces) {
        const core::Traffic& its = one.traffic;
        out.interfaces.push_back({one.name, its.rx_bytes, its.tx_bytes, its.rx_packets, its.tx_packets,
                                  its.rx_dropped, its.tx_dropped});
    }
    return out;
}

std::optional<wire::StallStats> stall_to_wire(const std::optional<core::Stall>& stall) {
    if (!stall) return std::nullopt;
    return wire::StallStats{stall->some_10, stall->some_60, stall->full_10,
                            stall->full_60, stall->some_us, stall->full_us};
}

}  // namespace

wire::Stats to_wire(const core::RunFigures& figures) {
    wire::Stats out;
    out.cpu.usage_ns = figures.cpu_usage_ns;
    out.cpu.user_ns = figures.cpu_user_ns;
    out.cpu.system_ns = figures.cpu_system_ns;
    out.cpu.throttled_ns = figures.cpu_throttled_ns;
    out.cpu.periods = figures.cpu_periods;
    out.cpu.throttled_periods = figures.cpu_throttled_periods;
    out.memory = {figures.memory_current, figures.memory_peak,        figures.memory_limit,
                  figures.swap_current,   figures.memory_working_set, figures.memory_kernel,
                  figures.page_faults,    figures.major_page_faults};
    out.pids = {figures.pids_current, figures.pids_limit};
    out.io = {figures.io_read_bytes, figures.io_write_bytes, figures.io_reads, figures.io_writes};
    out.pressure = {stall_to_wire(figures.cpu_stall), stall_to_wire(figures.memory_stall),
                    stall_to_wire(figures.io_stall)};
    if (figures.network) out.network = network_to_wire(*figures.network);
    return out;
}

std::string_view to_string(core::Stream stream) noexcept {
    return stream == core::Stream::Stdout ? "stdout" : "stderr";
}

core::WallTime wall_time(std::int64_t ns) noexcept {
    return {ns / 1'000'000};
}

}  // namespace potd::api
