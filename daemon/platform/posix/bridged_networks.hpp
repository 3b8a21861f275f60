#pragma once

#include "core/port/networks.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

/// What the adapters of core::Networks have in common, whatever makes their interfaces and rules: when a
/// bridge is made and when it goes, what is there at start-up, and what is said of a host that hands nothing
/// on. Loop thread.
class BridgedNetworks : public core::Networks {
  public:
    [[nodiscard]] core::Status raise(const core::Bridge& bridge) final;
    [[nodiscard]] core::Status remove(const std::string& bridge) final;
    [[nodiscard]] core::Status settle(const std::vector<core::Bridge>& bridges, const Live& live) final;

  protected:
    using Problem = std::function<void(const std::string&)>;
    /// `set_forwarding`: the host's forwarding is switched on with the first bridge. `problem`: for the log.
    BridgedNetworks(bool set_forwarding, Problem problem)
        : set_forwarding_(set_forwarding), problem_(std::move(problem)) {}

    void say(const std::string& text) const { problem_(text); }
    /// As make_link, on a host that forwards.
    [[nodiscard]] core::Status make_bridge(const core::Bridge& bridge);
    /// Those of the connections that are not there.
    [[nodiscard]] core::Status make_bridges_of(const core::Connections& connections);

    /// One after the other, each to an address of the pot.
    template <class Port>
    [[nodiscard]] static std::vector<Port> single_ports(const std::vector<core::PortForward>& rows) {
        std::vector<Port> all;
        for (const core::PortForward& row : rows) {
            for (const auto& target : {row.ipv4, row.ipv6}) {
                for (int i = 0; target && i < row.count; ++i)
                    all.push_back({std::string(core::to_string(row.protocol)), row.address,
                                   static_cast<std::uint16_t>(row.host + i), *target,
                                   static_cast<std::uint16_t>(row.container + i),
                                   row.own_ipv6 && target == row.ipv6});
            }
        }
        return all;
    }

  private:
    [[nodiscard]] virtual bool is_there(const core::Bridge& bridge) const = 0;
    /// In the kernel, and known from then on.
    [[nodiscard]] virtual core::Status make_link(const core::Bridge& bridge) = 0;
    [[nodiscard]] virtual core::Status remove_link_of(const std::string& bridge) = 0;
    /// False if it was not known.
    virtual bool forget(const std::string& bridge) = 0;
    /// The names of those that are in the kernel.
    [[nodiscard]] virtual core::Result<std::vector<std::string>> ours() const = 0;
    /// All bridges and runs.
    virtual void forget_all() = 0;
    /// A run of an earlier potd, whose bridges are there.
    [[nodiscard]] virtual core::Status take_over(const core::RunKey& run,
                                                 const core::Connections& connections) = 0;
    [[nodiscard]] virtual bool has_runs() const = 0;
    /// All rules that there are now, in one transaction.
    [[nodiscard]] virtual core::Status put_all() = 0;

    void say_if_nothing_is_forwarded(const core::Bridge& bridge);

    bool set_forwarding_;
    Problem problem_;
    bool forwarding_was_told_ = false;
};

}  // namespace potd::platform
