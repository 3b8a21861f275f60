#pragma once

#include "core/base/result.hpp"
#include "core/model/bridge.hpp"
#include "core/model/ids.hpp"
#include "daemon/platform/linux/host_network.hpp"
#include "daemon/platform/posix/uplink_note.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::platform {

class NetlinkSocket;

/// The bridges of one instance among the host's interfaces. One is ours if it has the name and the hardware
/// address that we give it, which are made of the instance's name and its own; others are never touched. Its
/// alias says it to people, and to us which bridge it is, and what becomes of its uplink: "potd INSTANCE
/// bridge NAME uplink INTERFACE up". Each method is some messages to the kernel and back; any thread.
class KernelBridges {
  public:
    explicit KernelBridges(std::string instance) : instance_(std::move(instance)) {}

    /// What its interface is called: "pb-NAME" of the instance potd where that fits, else "pb" and ten digits
    /// made of both names.
    [[nodiscard]] std::string link_of(std::string_view bridge) const;

    /// What is in the kernel of a bridge.
    struct Link {
        std::uint32_t index = 0;
        std::uint32_t uplink = 0;  ///< number of the member that is its uplink; 0: it has none
        bool uplink_was_up = false;
    };
    /// There with its addresses, its uplink a member, and up, whatever of it there was before. Conflict if an
    /// interface of that name is not ours, and the errors of find_uplink. `uplink_was_up`: before it was
    /// first a member, of a bridge that somebody removed.
    [[nodiscard]] core::Result<Link> ensure(const core::Bridge& bridge,
                                            std::optional<bool> uplink_was_up = {}) const;
    /// Its uplink, if it has one, is down if it was before. Idempotent.
    [[nodiscard]] core::Status remove(std::string_view bridge) const;
    /// Whether the uplink is a member of it.
    [[nodiscard]] static bool is_member(std::uint32_t link, std::uint32_t bridge);
    /// What the host's end of a run's cable to a bridge is called: "pv" and ten digits made of all three
    /// names.
    [[nodiscard]] std::string cable_of(const core::RunKey& run, std::string_view bridge) const;
    /// The host's end of a cable hangs on the bridge again, if it is there: a bridge that somebody removed
    /// left it behind.
    [[nodiscard]] core::Status join(const std::string& cable, const core::Bridge& bridge) const;
    /// Whether an interface is one of these bridges, or was.
    [[nodiscard]] bool owns(const HostInterface& link) const { return bridge_of(link).has_value(); }
    /// The names of those there are, as potd calls them.
    [[nodiscard]] core::Result<std::vector<std::string>> ours() const;

  private:
    [[nodiscard]] std::string alias_of(std::string_view bridge) const;
    [[nodiscard]] BridgeNote note_on(const HostInterface& link) const;
    [[nodiscard]] bool is(const HostInterface& link, std::string_view bridge) const;
    [[nodiscard]] std::optional<std::string> bridge_of(const HostInterface& link) const;
    struct Found {
        HostInterface link;
        HostNetwork host;
        bool made = false;  ///< now
    };
    [[nodiscard]] core::Result<Found> find_or_make(NetlinkSocket& socket, std::string_view bridge) const;
    /// What was not finished is gone again, if it was made for that.
    static void give_up(NetlinkSocket& socket, const Found& found);
    [[nodiscard]] core::Result<Link> raise_with_uplink(NetlinkSocket& socket, const core::Bridge& bridge,
                                                       std::optional<bool> uplink_was_up) const;

    std::string instance_;
};

}  // namespace potd::platform
