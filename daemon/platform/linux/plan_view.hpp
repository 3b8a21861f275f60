#pragma once

#include "core/monitor_link/bytes.hpp"
#include "daemon/platform/linux/launch_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// A launch plan read in place, as potmon does it: no allocation, every view checked and valid as
/// long as the bytes. Layout, little endian:
///
///     u32 magic  u16 version  u16 zero  u32 total size  records…
///     record: u16 tag  u16 zero  u32 payload size  payload
///
/// Unknown tags and the tail of a longer payload are skipped, so that either side may be newer.
namespace potd::platform {

inline constexpr std::uint32_t plan_magic = 0x4e4c5050;  // "PPLN"
inline constexpr std::uint16_t plan_version = 1;
inline constexpr std::size_t plan_header_size = 12;

enum class PlanTag : std::uint16_t {
    Monitor = 1,  ///< run, socket, record, log
    Sandbox = 2,  ///< namespaces, network, hostname, root
    Command = 3,
    Security = 4,
    Cgroup = 5,         ///< repeated, in order
    Mount = 6,          ///< repeated, in order
    UidMap = 7,         ///< repeated
    GidMap = 8,         ///< repeated
    Rlimit = 9,         ///< repeated
    Seccomp = 10,       ///< the filter program
    ShiftedLayer = 11,  ///< repeated
};

struct MonitorPart {
    std::uint32_t run = 0;
    std::string_view socket_path, record_path, log_directory;
    std::uint64_t log_max_size = 0;
    std::uint32_t log_max_files = 0;
};

struct SandboxPart {
    LaunchPlan::Network network = LaunchPlan::Network::Inherit;
    std::string_view network_path, hostname;
    bool cgroup_namespace = true;
    LaunchPlan::Root root = LaunchPlan::Root::Overlay;
    std::string_view root_path, root_data;
    std::uint64_t root_flags = 0;
    bool root_read_only = false;
};

struct CommandPart {
    core::monitor_link::StringList argv, env;
    std::string_view user, workdir;
    bool persistent = false, terminal = false, open_stdin = false;
    std::uint16_t rows = 24, columns = 80;
};

struct SecurityPart {
    std::uint64_t capabilities = 0;
    bool no_new_privileges = true, new_keyring = true;
    std::uint32_t umask = 022;
    std::int32_t oom_score_adj = 0;
    std::span<const std::byte> seccomp;
};

struct CgroupView {
    std::string_view path;
    std::uint32_t roles = 0;
    core::monitor_link::StringList settings;  ///< file, value, "1" if optional else "0": in threes
};

struct MountView {
    MountStep::Kind kind = MountStep::Kind::FileSystem;
    std::string_view target, source, fstype, data;
    std::uint64_t flags = 0;
    bool optional = false, shifted = false;
};

/// Payloads of the records of one tag, in order.
class PlanRecords {
  public:
    class Iterator {
      public:
        Iterator(std::span<const std::byte> rest, PlanTag tag) : rest_(rest), tag_(tag) { seek(); }
        std::span<const std::byte> operator*() const { return payload_; }
        Iterator& operator++() {
            seek();
            return *this;
        }
        bool operator!=(const Iterator& other) const { return done_ != other.done_; }

      private:
        void seek();
        std::span<const std::byte> rest_, payload_;
        PlanTag tag_;
        bool done_ = false;
    };

    PlanRecords(std::span<const std::byte> records, PlanTag tag) : records_(records), tag_(tag) {}
    [[nodiscard]] Iterator begin() const { return {records_, tag_}; }
    [[nodiscard]] Iterator end() const { return {{}, tag_}; }

  private:
    std::span<const std::byte> records_;
    PlanTag tag_;
};

struct PlanView {
    MonitorPart monitor;
    SandboxPart sandbox;
    CommandPart command;
    SecurityPart security;
    std::span<const std::byte> records;

    [[nodiscard]] PlanRecords of(PlanTag tag) const { return {records, tag}; }
};

/// Checks the whole of it, records of every known tag included; false if anything is cut short,
/// impossible or missing. The readers below then cannot fail on it.
[[nodiscard]] bool read_plan(std::span<const std::byte> bytes, PlanView& plan);

[[nodiscard]] bool read_cgroup(std::span<const std::byte> payload, CgroupView& cgroup);
[[nodiscard]] bool read_mount(std::span<const std::byte> payload, MountView& mount);
[[nodiscard]] bool read_layer(std::span<const std::byte> payload, std::string_view& path);
[[nodiscard]] bool read_id_mapping(std::span<const std::byte> payload, IdMapping& mapping);
[[nodiscard]] bool read_rlimit(std::span<const std::byte> payload, Rlimit& limit);

}  // namespace potd::platform
