#pragma once

#include "core/monitor_link/bytes.hpp"
#include "daemon/platform/posix/run_view.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// A launch plan for a jail, read in place as run_view.hpp says. What the parts mean stands in jail_plan.hpp.
namespace potd::platform {

struct JailPart {
    std::string_view name, root;
    std::uint32_t umask = 022;
    bool no_new_privileges = true;
    bool boots = false, loopback = false;
    std::span<const std::byte> cpus;  ///< of 32 bits each, little endian
};

struct ParameterView {
    std::string_view name;
    bool has_value = false;
    std::span<const std::byte> bytes;
};

struct JailMountView {
    std::string_view fstype, target, source;
    std::uint32_t flags = 0;
    core::monitor_link::StringList options;
};

struct DeviceRuleView {
    std::string_view pattern;
    std::uint8_t action = 0;
    std::int32_t mode = -1;
    std::uint16_t include = 0;
};

/// An address as it lies in the plan: family (4 or 6), prefix, 16 bytes.
struct AddressView {
    bool v6 = false;
    std::uint8_t prefix = 0;
    std::span<const std::byte> bytes;  ///< 4 or 16
};

/// Addresses in a plan, each read on its own.
class AddressViews {
  public:
    static constexpr std::size_t entry_size = 18;

    AddressViews() = default;
    explicit AddressViews(std::span<const std::byte> bytes) : bytes_(bytes) {}
    [[nodiscard]] std::size_t size() const { return bytes_.size() / entry_size; }
    [[nodiscard]] AddressView operator[](std::size_t index) const;
    /// Whether all of them can be read.
    [[nodiscard]] bool ok() const;

  private:
    std::span<const std::byte> bytes_;
};

struct CableView {
    std::string_view bridge, host_end, name, note, group;
    bool isolated = false;
    std::span<const std::byte> hardware;  ///< 6
    AddressViews addresses, gateways;
    std::uint8_t routers = 0;  ///< RouterWord
};

struct MovedLinkView {
    std::string_view name;
    AddressViews addresses, gateways;
};

struct JailView : RunView {
    JailPart jail;
};

/// Checks the whole of it, records of every known tag included. The readers below then cannot fail on it.
[[nodiscard]] bool read_plan(std::span<const std::byte> bytes, JailView& plan);

[[nodiscard]] bool read_parameter(std::span<const std::byte> payload, ParameterView& parameter);
[[nodiscard]] bool read_jail_mount(std::span<const std::byte> payload, JailMountView& mount);
[[nodiscard]] bool read_device_rule(std::span<const std::byte> payload, DeviceRuleView& rule);
[[nodiscard]] bool read_limit_rule(std::span<const std::byte> payload, std::string_view& rule);
[[nodiscard]] bool read_cable(std::span<const std::byte> payload, CableView& cable);
[[nodiscard]] bool read_moved_link(std::span<const std::byte> payload, MovedLinkView& link);

}  // namespace potd::platform
