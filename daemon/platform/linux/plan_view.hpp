#pragma once

#include "core/monitor_link/bytes.hpp"
#include "daemon/platform/linux/launch_plan.hpp"
#include "daemon/platform/posix/run_view.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// A launch plan for namespaces and control groups, read in place as run_view.hpp says.
namespace potd::platform {

struct SandboxPart {
    LaunchPlan::Network network = LaunchPlan::Network::Inherit;
    std::string_view network_path, hostname;
    bool cgroup_namespace = true;
    LaunchPlan::Root root = LaunchPlan::Root::Overlay;
    std::string_view root_path, root_data;
    std::uint64_t root_flags = 0;
    bool root_read_only = false;
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

/// Addresses in a plan, each read on its own.
class AddressList {
  public:
    struct Address {
        std::span<const std::byte> bytes;  ///< 4 or 16
        std::uint8_t prefix = 0;
    };

    AddressList() = default;
    explicit AddressList(std::span<const std::byte> bytes) : bytes_(bytes) {}
    [[nodiscard]] std::size_t size() const { return bytes_.size() / plan_address_size; }
    [[nodiscard]] Address operator[](std::size_t index) const;
    /// Whether all of them can be read.
    [[nodiscard]] bool ok() const;
    [[nodiscard]] bool has_v6() const;

  private:
    std::span<const std::byte> bytes_;
};

struct InterfaceView {
    std::uint32_t parent = 0;
    std::string_view host_end;
    bool isolated = false;
    std::string_view name;
    std::span<const std::byte> hardware;
    AddressList addresses, gateways;
    PlanInterface::Routers routers = PlanInterface::Routers::Ignored;
};

struct PlanView : RunView {
    SandboxPart sandbox;
    SecurityPart security;
};

/// Checks the whole of it, records of every known tag included; false if anything is cut short,
/// impossible or missing. The readers below then cannot fail on it.
[[nodiscard]] bool read_plan(std::span<const std::byte> bytes, PlanView& plan);

[[nodiscard]] bool read_cgroup(std::span<const std::byte> payload, CgroupView& cgroup);
[[nodiscard]] bool read_mount(std::span<const std::byte> payload, MountView& mount);
[[nodiscard]] bool read_interface(std::span<const std::byte> payload, InterfaceView& interface);
[[nodiscard]] bool read_layer(std::span<const std::byte> payload, std::string_view& path);
[[nodiscard]] bool read_id_mapping(std::span<const std::byte> payload, IdMapping& mapping);

}  // namespace potd::platform
