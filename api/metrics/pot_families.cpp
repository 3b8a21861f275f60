#include "api/metrics/pot_families.hpp"

namespace potd::api {
namespace {

using core::RunFigures;
using Type = MetricFamily::Type;
using Whole = std::optional<std::int64_t>;

std::string_view pot_label(const PotSample& sample) {
    return sample.pot->spec.name;
}

// Families of one sample a pot, by where its value is.

template <Whole RunFigures::*Member>
void whole_of(Exposition& out, const PotSample& sample) {
    if (!sample.figures) return;
    if (const Whole& value = *sample.figures.*Member; value) out.add({{"pot", pot_label(sample)}}, *value);
}

template <Whole RunFigures::*Member>
void seconds_of(Exposition& out, const PotSample& sample) {
    if (!sample.figures) return;
    if (const Whole& value = *sample.figures.*Member; value)
        out.add({{"pot", pot_label(sample)}}, MetricValue::of_nanoseconds(*value));
}

template <std::uint64_t EventTally::PotCounts::*Member>
void count_of(Exposition& out, const PotSample& sample) {
    out.add({{"pot", pot_label(sample)}}, sample.counts.*Member);
}

// Families of two samples, one for each way.

void add_ways(Exposition& out, const PotSample& sample, const char* in, const Whole& first, const char* from,
              const Whole& second) {
    if (first) out.add({{"pot", pot_label(sample)}, {"direction", in}}, *first);
    if (second) out.add({{"pot", pot_label(sample)}, {"direction", from}}, *second);
}

template <Whole RunFigures::*Read, Whole RunFigures::*Written>
void io_of(Exposition& out, const PotSample& sample) {
    if (sample.figures)
        add_ways(out, sample, "read", *sample.figures.*Read, "write", *sample.figures.*Written);
}

template <std::int64_t core::Traffic::*Received, std::int64_t core::Traffic::*Sent>
void traffic_of(Exposition& out, const PotSample& sample) {
    if (!sample.figures || !sample.figures->network) return;
    const core::Traffic& total = sample.figures->network->total;
    add_ways(out, sample, "receive", total.*Received, "transmit", total.*Sent);
}

void connections_of(Exposition& out, const PotSample& sample) {
    if (!sample.figures || !sample.figures->network || !sample.figures->network->connections) return;
    out.add({{"pot", pot_label(sample)}}, *sample.figures->network->connections);
}

void add_stall(Exposition& out, const PotSample& sample, const char* resource,
               const std::optional<core::Stall>& stall) {
    if (!stall) return;
    const std::string_view pot = pot_label(sample);
    out.add({{"pot", pot}, {"resource", resource}, {"kind", "some"}},
            MetricValue::of_microseconds(stall->some_us));
    out.add({{"pot", pot}, {"resource", resource}, {"kind", "full"}},
            MetricValue::of_microseconds(stall->full_us));
}

void stalls_of(Exposition& out, const PotSample& sample) {
    if (!sample.figures) return;
    add_stall(out, sample, "cpu", sample.figures->cpu_stall);
    add_stall(out, sample, "memory", sample.figures->memory_stall);
    add_stall(out, sample, "io", sample.figures->io_stall);
}

// What the record of the pot says.

bool is_up(const core::Pot& pot) {
    return pot.state == core::PotState::Running || pot.state == core::PotState::Paused;
}

void is_up_of(Exposition& out, const PotSample& sample) {
    out.add({{"pot", pot_label(sample)}}, is_up(*sample.pot));
}

void wanted_of(Exposition& out, const PotSample& sample) {
    out.add({{"pot", pot_label(sample)}}, sample.pot->desired == core::Desired::Running);
}

void healthy_of(Exposition& out, const PotSample& sample) {
    if (sample.pot->health == core::Health::None) return;
    out.add({{"pot", pot_label(sample)}}, sample.pot->health == core::Health::Healthy);
}

void start_time_of(Exposition& out, const PotSample& sample) {
    const auto& run = sample.pot->run;
    if (!is_up(*sample.pot) || !run || !run->started_at) return;
    out.add({{"pot", pot_label(sample)}}, MetricValue::of_milliseconds(run->started_at->ms));
}

void cpu_limit_of(Exposition& out, const PotSample& sample) {
    if (!is_up(*sample.pot) || sample.pot->spec.limits.cpus <= 0) return;
    out.add({{"pot", pot_label(sample)}}, sample.pot->spec.limits.cpus);
}

constexpr PotFamily told_of_pots[] = {
    {{"potd_pot_up", Type::Gauge, "1 if the pot is running or paused, else 0"}, is_up_of},
    {{"potd_pot_wanted", Type::Gauge, "1 if the pot is to run, as was last asked for, else 0"}, wanted_of},
    {{"potd_pot_healthy", Type::Gauge, "1 if the checks of a running pot say that it works, else 0"},
     healthy_of},
    {{"potd_pot_start_time_seconds", Type::Gauge, "When the live run's command began, unix time"},
     start_time_of},
    {{"potd_pot_starts_total", Type::Counter, "Runs of the pot whose command ran"},
     count_of<&EventTally::PotCounts::starts>},
    {{"potd_pot_restarts_total", Type::Counter, "Runs begun by the pot's restart policy"},
     count_of<&EventTally::PotCounts::restarts>},
    {{"potd_pot_oom_kills_total", Type::Counter, "Processes of the pot that the kernel killed for memory"},
     count_of<&EventTally::PotCounts::oom_kills>},
    {{"potd_pot_cpu_seconds_total", Type::Counter, "CPU time used in the live run"},
     seconds_of<&RunFigures::cpu_usage_ns>},
    {{"potd_pot_cpu_user_seconds_total", Type::Counter, "CPU time used in user mode"},
     seconds_of<&RunFigures::cpu_user_ns>},
    {{"potd_pot_cpu_system_seconds_total", Type::Counter, "CPU time used in the kernel"},
     seconds_of<&RunFigures::cpu_system_ns>},
    {{"potd_pot_cpu_limit_cores", Type::Gauge, "CPUs that the pot may use at most, if it has such a limit"},
     cpu_limit_of},
    {{"potd_pot_cpu_throttled_seconds_total", Type::Counter, "Time in which its CPU limit held the pot up"},
     seconds_of<&RunFigures::cpu_throttled_ns>},
    {{"potd_pot_cpu_periods_total", Type::Counter, "Periods of the CPU limit in which the pot wanted to run"},
     whole_of<&RunFigures::cpu_periods>},
    {{"potd_pot_cpu_throttled_periods_total", Type::Counter, "Those of them in which the limit held it up"},
     whole_of<&RunFigures::cpu_throttled_periods>},
    {{"potd_pot_memory_bytes", Type::Gauge, "Memory in use, pages of files included"},
     whole_of<&RunFigures::memory_current>},
    {{"potd_pot_memory_working_set_bytes", Type::Gauge,
      "Memory in use without pages of files that were not used lately"},
     whole_of<&RunFigures::memory_working_set>},
    {{"potd_pot_memory_kernel_bytes", Type::Gauge, "Memory that the kernel keeps for the pot"},
     whole_of<&RunFigures::memory_kernel>},
    {{"potd_pot_memory_peak_bytes", Type::Gauge, "Most memory in use since the live run began"},
     whole_of<&RunFigures::memory_peak>},
    {{"potd_pot_memory_limit_bytes", Type::Gauge, "Limit of memory, if the pot has one"},
     whole_of<&RunFigures::memory_limit>},
    {{"potd_pot_swap_bytes", Type::Gauge, "Swap in use"}, whole_of<&RunFigures::swap_current>},
    {{"potd_pot_page_faults_total", Type::Counter, "Page faults"}, whole_of<&RunFigures::page_faults>},
    {{"potd_pot_major_page_faults_total", Type::Counter, "Page faults that were read from a disk"},
     whole_of<&RunFigures::major_page_faults>},
    {{"potd_pot_tasks", Type::Gauge, "Processes and threads, as the limit of pids counts them"},
     whole_of<&RunFigures::pids_current>},
    {{"potd_pot_tasks_limit", Type::Gauge, "Limit of processes and threads, if the pot has one"},
     whole_of<&RunFigures::pids_limit>},
    {{"potd_pot_io_bytes_total", Type::Counter, "Bytes read from and written to disks"},
     io_of<&RunFigures::io_read_bytes, &RunFigures::io_write_bytes>},
    {{"potd_pot_io_operations_total", Type::Counter, "Reads from and writes to disks"},
     io_of<&RunFigures::io_reads, &RunFigures::io_writes>},
    {{"potd_pot_stalled_seconds_total", Type::Counter,
      "Time in which some or all of the pot's processes waited for a resource"},
     stalls_of},
    {{"potd_pot_network_bytes_total", Type::Counter, "Bytes over the pot's interfaces, as the pot sees it"},
     traffic_of<&core::Traffic::rx_bytes, &core::Traffic::tx_bytes>},
    {{"potd_pot_network_packets_total", Type::Counter, "Packets over the pot's interfaces"},
     traffic_of<&core::Traffic::rx_packets, &core::Traffic::tx_packets>},
    {{"potd_pot_network_dropped_packets_total", Type::Counter, "Packets that the interfaces dropped"},
     traffic_of<&core::Traffic::rx_dropped, &core::Traffic::tx_dropped>},
    {{"potd_pot_network_connections", Type::Gauge, "Connections that the host's firewall follows now"},
     connections_of},
};

}  // namespace

std::span<const PotFamily> pot_families() {
    return told_of_pots;
}

}  // namespace potd::api
