#pragma once

#include "core/base/result.hpp"
#include "core/model/bridge.hpp"
#include "core/model/connection.hpp"
#include "core/model/limits.hpp"
#include "core/model/pot.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/journal.hpp"
#include "core/port/networks.hpp"
#include "core/service/along.hpp"
#include "core/service/event_feed.hpp"
#include "core/service/lease_book.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::core {

/// A pot on a bridge.
struct BridgeUse {
    std::string pot;
    std::optional<IpAddress> ipv4, ipv6;
    friend bool operator==(const BridgeUse&, const BridgeUse&) = default;
};

/// The use cases of bridges, and what pots have of them. Loop thread only; replies come later, on the loop
/// thread, once what they say is durable.
class BridgeService {
  public:
    struct Ports {
        Journal& journal;
        Networks& networks;
        Clock& clock;
        Executor& executor;
        EventFeed& feed;
        BridgePools pools;
        PortRange automatic_ports;
        bool isolate_public = false;  ///< pots of the public network do not reach each other
        bool route_public = false;    ///< as Bridge::routed
    };

    explicit BridgeService(Ports ports);
    BridgeService(const BridgeService&) = delete;
    BridgeService& operator=(const BridgeService&) = delete;

    /// NotFound for that name.
    [[nodiscard]] static Error unknown(std::string_view name);

    /// Unsupported, saying what this machine lacks for bridges.
    [[nodiscard]] Status check() const { return ports_.networks.check(); }

    // Reading: from memory.
    /// Null also for one that is being made or removed.
    [[nodiscard]] const Bridge* find(std::string_view name) const;
    /// By name.
    [[nodiscard]] std::vector<Bridge> list() const;
    /// Who hangs on which, by the name of the bridge.
    using Uses = std::map<std::string, std::vector<BridgeUse>, std::less<>>;
    [[nodiscard]] Uses uses() const { return users_ ? users_() : Uses(); }
    /// As Networks::set_lost.
    void set_lost(Networks::Lost lost) { ports_.networks.set_lost(std::move(lost)); }
    /// Given by PotService.
    void set_users(std::function<Uses()> users) { users_ = std::move(users); }

    /// Made in the kernel when it is first needed, or by `raise`. Conflict if the name is taken or a network
    /// overlaps another (field `ipv4`, `ipv6`); InvalidArgument for the name `public`, which is made by
    /// itself, and as plan_bridge; with the field `uplink` as Networks::check_uplink, and Conflict for one
    /// that another bridge has.
    void create(const BridgeRequest& request, Reply<Bridge> reply, const Along& along = {});
    /// It is there in the kernel, as its first pot would make it. The public one is made if it is not there.
    void raise(std::string_view name, Reply<Bridge> reply);
    /// Conflict (naming up to five of them) while pots hang on it, also if they do not run.
    void remove(std::string_view name, Reply<void> reply, const Along& along = {});

    // For the pots.
    /// What a pot of this spec has, for as long as the hold is kept or what was recorded after it counts. The
    /// errors of LeaseBook::find; Unsupported where there can be no bridges.
    struct Held {
        Leases leases;
        LeaseBook::Hold hold = 0;
    };
    [[nodiscard]] Result<Held> lease(const PotSpec& spec, const PotId& id);
    /// What the request that records such leases takes along: the public network is recorded with the first
    /// pot on it.
    [[nodiscard]] Along boarding(const PotSpec& spec, Along along);
    void let_go(LeaseBook::Hold hold);
    /// What it has now counts, in place of what it had.
    void record(const Pot& pot);
    void forget(const PotId& pot);
    /// Before the launch of a run: its bridges, ports and rules are there. What the runtime needs to know.
    [[nodiscard]] Result<std::vector<Connection>> connect(const RunKey& run, const Pot& pot);
    /// After its end. Idempotent.
    [[nodiscard]] Status disconnect(const RunKey& run);
    /// Of each bridge of the pot that has an uplink: the address that it has made by SLAAC, as it is now;
    /// unset while there is none. Asks the machine only if there is such a bridge and the pot runs.
    using Advertised = std::map<std::string, std::optional<IpAddress>, std::less<>>;
    [[nodiscard]] Advertised advertised(const Pot& pot) const;
    /// Whether the pot is on such a bridge.
    [[nodiscard]] bool has_uplink(const PotSpec& spec) const;
    /// Conflict, with the field, if a process of the host has a port that the pot, which runs, would get.
    [[nodiscard]] Status check_ports(const Pot& pot, const PotSpec& next, const Leases& leases) const;
    /// What is recorded of the ports of a pot that runs holds from now on.
    [[nodiscard]] Status change_ports(const RunKey& run, const Pot& pot);
    /// The same of its rates.
    [[nodiscard]] Status change_rates(const RunKey& run, const Pot& pot);
    /// Which of the rates this machine cannot enforce.
    [[nodiscard]] std::vector<LeftOut> rates_left_out(const Limits& limits) const;

    // At start-up, in this order, before any run is adopted or launched.
    void recover(const std::vector<Bridge>& stored);
    /// The machine has what these runs need, and nothing else of ours.
    [[nodiscard]] Status settle(const std::vector<std::pair<RunKey, const Pot*>>& live) const;

  private:
    [[nodiscard]] Status check_rates(const Limits& limits) const;
    [[nodiscard]] TrafficRates rates_for(const Limits& limits) const;
    [[nodiscard]] Status check_protocols(const std::vector<PublishedPort>& ports) const;
    [[nodiscard]] Result<std::vector<TakenNetwork>> taken() const;
    [[nodiscard]] Result<Connections> connections(const PotId& pot, const PotSpec& spec,
                                                  const Leases& leases) const;
    [[nodiscard]] Result<BridgeRequest> within_families(BridgeRequest request) const;
    [[nodiscard]] Result<Bridge> plan(const BridgeRequest& request) const;
    [[nodiscard]] Status check_uplink(const std::string& uplink) const;
    [[nodiscard]] Status ensure_public();
    void board_public(std::vector<Change>& changes);
    void record_public(Reply<Bridge> reply);
    [[nodiscard]] Status check_new(const BridgeRequest& request) const;
    [[nodiscard]] Status check_removable(std::string_view name) const;
    void take_in(const Bridge& bridge);

    Ports ports_;
    LeaseBook book_;
    std::map<std::string, Bridge, std::less<>> bridges_;
    std::set<std::string, std::less<>> busy_;  ///< names being made or removed
    std::map<std::string, Bridge> planned_;    ///< not recorded yet
    bool public_is_recorded_ = false;
    bool public_is_on_its_way_ = false;  ///< to the record, with its event
    std::function<Uses()> users_;
};

}  // namespace potd::core
