#pragma once

#include "core/base/result.hpp"
#include "core/model/bridge.hpp"
#include "daemon/platform/freebsd/host_links.hpp"
#include "daemon/platform/posix/uplink_note.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::platform {

/// The bridges of one instance among the host's interfaces. One is ours if its description says so
/// (network_names.hpp); others are never touched. Each method is some calls of the kernel. Any thread.
class BridgeLinks {
  public:
    explicit BridgeLinks(std::string instance) : instance_(std::move(instance)) {}

    /// What its interface is called; see posix/link_names.hpp.
    [[nodiscard]] std::string link_of(std::string_view bridge) const;
    /// There with its addresses, and up, whatever of it there was before. Conflict if an interface of that
    /// name is not ours, and the errors of check_uplink. `uplink_was_up`: before it was first a member, of a
    /// bridge that somebody removed.
    [[nodiscard]] core::Status ensure(const core::Bridge& bridge,
                                      std::optional<bool> uplink_was_up = {}) const;
    /// As Networks::check_uplink; `bridge`: the one of potd's that it may be a member of already.
    [[nodiscard]] core::Result<HostInterface> find_uplink(const std::string& uplink,
                                                          const std::string& bridge = {}) const;
    /// Whether it is there, with its uplink as a member.
    [[nodiscard]] bool is_whole(const core::Bridge& bridge) const;
    /// What is noted of its uplink.
    [[nodiscard]] std::optional<UplinkNote> uplink_of(std::string_view bridge) const;
    /// Its uplink, if it has one, is down if it was before. Idempotent.
    [[nodiscard]] core::Status remove(std::string_view bridge) const;
    /// The names of those there are, as potd calls them.
    [[nodiscard]] core::Result<std::vector<std::string>> ours() const;
    [[nodiscard]] bool owns(const HostInterface& link) const;

  private:
    [[nodiscard]] core::Result<HostInterface> find_or_make(std::string_view bridge) const;
    [[nodiscard]] core::Result<HostInterface> make(std::string_view bridge) const;
    [[nodiscard]] core::Status ensure_with_uplink(const core::Bridge& bridge,
                                                  std::optional<bool> uplink_was_up) const;

    std::string instance_;
};

/// The core::kernel_name of every run of the instance that has cables on the host.
[[nodiscard]] core::Result<std::vector<std::string>> runs_with_cables(const std::string& instance);
/// Takes those of a run away, with the ends in its jail. Idempotent.
[[nodiscard]] core::Status remove_cables(const std::string& instance, const std::string& run);

}  // namespace potd::platform
