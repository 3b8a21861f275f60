#pragma once

#include "core/base/result.hpp"
#include "core/model/bridge.hpp"
#include "core/model/ip_address.hpp"
#include "daemon/platform/freebsd/pure/cable_figures.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// An interface of the host.
struct HostInterface {
    std::string name;
    std::string note;  ///< its description; empty if it has none
    bool loopback = false, up = false;
    bool bridge = false;                            ///< an if_bridge(4)
    std::vector<core::InterfaceAddress> addresses;  ///< with their prefixes
};

// By the calls of netintro(4) and sysctl(3); each is done at once. Any thread.

[[nodiscard]] core::Result<std::vector<HostInterface>> read_host_links();
/// What each has carried since it was made.
[[nodiscard]] core::Result<LinkFigures> read_link_figures();
/// What the host reaches by its interfaces, but for default routes and its own addresses.
[[nodiscard]] core::Result<std::vector<core::HostRoute>> read_host_routes();

/// The names of those that default routes go by.
[[nodiscard]] core::Result<std::vector<std::string>> read_ways_out();

/// Makes an interface of a kind ("bridge"), loading its module ("if_bridge") where it is missing; what the
/// kernel called it.
[[nodiscard]] core::Result<std::string> create_link(const std::string& kind);
/// One that is gone is fine.
[[nodiscard]] core::Status destroy_link(const std::string& name);
[[nodiscard]] core::Status rename_link(const std::string& name, const std::string& to);
[[nodiscard]] core::Status note_on_link(const std::string& name, const std::string& note);
/// One that is in the group already is fine.
[[nodiscard]] core::Status add_link_to_group(const std::string& name, const std::string& group);
[[nodiscard]] core::Status raise_link(const std::string& name);
[[nodiscard]] core::Status lower_link(const std::string& name);

/// One that is a member of this bridge already is fine; the error has the kernel's errno.
[[nodiscard]] core::Status add_link_to_bridge(const std::string& bridge, const std::string& name);
[[nodiscard]] bool is_member(const std::string& bridge, const std::string& name);

/// Loads a module of the kernel, unless it is there. Unsupported, with its name, if that cannot be.
[[nodiscard]] core::Status load_module(const std::string& name);

}  // namespace potd::platform
