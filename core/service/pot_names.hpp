#pragma once

#include "core/model/name_files.hpp"
#include "core/model/pot.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/runtime.hpp"
#include "core/service/learnt_addresses.hpp"
#include "core/service/supervisor.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace potd::core {

/// By which names running pots know each other. A pot has its name on its bridges from the launch of its run
/// until that has ended; what others see of it follows at once, and then at most once in a pause that grows
/// with the number of pots, so that a thousand that start together do not write a million files. Nothing is
/// stored: it all follows from what the pots are. Loop thread only.
class PotNames {
  public:
    struct Ports {
        Runtime& runtime;
        Clock& clock;
        Timers& timers;
        Executor& executor;
        std::function<std::vector<PotPtr>()> pots;         ///< all
        std::function<PotPtr(std::string_view)> find;      ///< by name; null for none
        std::string dns_pot;                               ///< for the DNS mode pot; empty: there is none
        std::function<void(const std::string&)> complain;  ///< for the log; may be empty
        std::function<PotPtr(const PotId&)> by_id;         ///< null for none
        std::function<LearntAddresses::Present(const Pot&)> advertised;
    };

    explicit PotNames(Ports ports);

    /// Of a spec that is new or changed: Unsupported or NotFound (field "dns.mode") where there is no pot
    /// that the mode pot means.
    [[nodiscard]] Status check(const PotSpec& spec) const;
    /// For a launch of its run, which has them from then on.
    [[nodiscard]] Result<NameFiles> for_launch(const Pot& pot);

    /// After a change of a pot took effect; `next` null: it is gone.
    void on_change(const PotPtr& before, const PotPtr& next);
    /// At start-up, once the runs are adopted: each run has the files that it should.
    void settle();

  private:
    /// The text of each bridge, as far as it was asked for.
    using Peers = std::map<std::string, std::string, std::less<>>;
    struct Written {
        std::size_t hosts = 0, resolver = 0;  ///< hashes
    };

    [[nodiscard]] NameFile hosts_of(const Pot& pot, const Peers& peers) const;
    [[nodiscard]] Result<NameFile> resolver_of(const Pot& pot) const;
    [[nodiscard]] Result<std::vector<IpAddress>> dns_servers(const Pot& pot) const;
    /// Null: of all bridges.
    [[nodiscard]] Peers peers_on(const std::set<std::string>* bridges) const;
    /// Leased, and learnt from routers.
    [[nodiscard]] std::vector<Leases::Address> bridge_addresses(const Pot& pot) const;
    void touch(const Pot& pot);
    void schedule();
    void refresh();
    void put(const Pot& pot, const Peers& peers);

    Ports ports_;
    LearntAddresses learnt_;
    std::unordered_map<PotId, Written> written_;  ///< of runs
    std::set<std::string> touched_;               ///< bridges with a change that was not told
    std::unordered_set<PotId> unwritten_;         ///< whose files could not be written
    bool dns_moved_ = false;                      ///< the pot that is asked for names has other addresses
    bool due_ = false;
    SteadyTime next_{};  ///< when the next refresh may be
};

}  // namespace potd::core
