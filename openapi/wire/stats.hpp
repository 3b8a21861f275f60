#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

// Null = this machine does not count it. Sizes in bytes.

struct CpuStats {
    std::optional<std::int64_t> usage_ns, user_ns, system_ns;
    std::optional<double> percent;  ///< of one CPU, over the last seconds; at first since the start
    std::optional<std::int64_t> throttled_ns;
    std::optional<std::int64_t> periods, throttled_periods;
    friend bool operator==(const CpuStats&, const CpuStats&) = default;
};

struct MemoryStats {
    std::optional<std::int64_t> current, peak, limit, swap, working_set, kernel;
    std::optional<std::int64_t> page_faults, major_page_faults;
    friend bool operator==(const MemoryStats&, const MemoryStats&) = default;
};

struct PidsStats {
    std::optional<std::int64_t> current, limit;
    friend bool operator==(const PidsStats&, const PidsStats&) = default;
};

struct IoStats {
    std::optional<std::int64_t> read_bytes, write_bytes, reads, writes;
    friend bool operator==(const IoStats&, const IoStats&) = default;
};

struct InterfaceStats {
    std::string name;  ///< in the pot
    std::int64_t rx_bytes = 0, tx_bytes = 0, rx_packets = 0, tx_packets = 0, rx_dropped = 0, tx_dropped = 0;
    friend bool operator==(const InterfaceStats&, const InterfaceStats&) = default;
};

struct NetworkStats {
    std::optional<std::int64_t> rx_bytes, tx_bytes, rx_packets, tx_packets, rx_dropped, tx_dropped;
    std::optional<std::int64_t> connections;
    std::vector<InterfaceStats> interfaces;
    friend bool operator==(const NetworkStats&, const NetworkStats&) = default;
};

/// Averages in percent of time, sums in microseconds since the run began.
struct StallStats {
    double some_10 = 0, some_60 = 0, full_10 = 0, full_60 = 0;
    std::int64_t some_us = 0, full_us = 0;
    friend bool operator==(const StallStats&, const StallStats&) = default;
};

struct PressureStats {
    std::optional<StallStats> cpu, memory, io;
    friend bool operator==(const PressureStats&, const PressureStats&) = default;
};

struct Stats {
    std::string name;      ///< of the pot
    std::int64_t run = 0;  ///< of which these are
    std::string time;
    CpuStats cpu;
    MemoryStats memory;
    PidsStats pids;
    IoStats io;
    PressureStats pressure;
    NetworkStats network;
    friend bool operator==(const Stats&, const Stats&) = default;
};

struct StatsList {
    std::vector<Stats> items;
    std::optional<std::string> next;
    friend bool operator==(const StatsList&, const StatsList&) = default;
};

/// What is not kept of the past is null.
struct StatsHistory {
    std::string interval;  ///< between two samples
    std::vector<Stats> items;
    std::optional<std::string> next;
    friend bool operator==(const StatsHistory&, const StatsHistory&) = default;
};

struct Process {
    std::int32_t pid = 0, parent = 0;  ///< host pids
    std::string user;                  ///< uid as text
    std::string name;                  ///< as the kernel has it, cut to 15 or 19 bytes
    std::string state;                 ///< R S D Z T …
    std::int64_t resident = 0;         ///< bytes
    std::int64_t cpu_ms = 0;
    std::string command;
    friend bool operator==(const Process&, const Process&) = default;
};

struct ProcessList {
    std::vector<Process> items;
    std::optional<std::string> next;
    friend bool operator==(const ProcessList&, const ProcessList&) = default;
};

}  // namespace potd::wire
