#pragma once

#include "core/model/cpu_placement.hpp"
#include "core/port/limiter.hpp"
#include "core/service/supervisor.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace potd::core {

/// The limits of a pot as far as the kernel holds them for the processes of a run and takes another value
/// while they run: without those on disk and network. With rlimits.nofile, which is another's number,
/// files_as_they_are.
[[nodiscard]] Limits limits_of_run(const PotSpec& spec);

/// The limits of runs: on which CPUs those are that asked for a number of them, and what the kernel holds
/// while they run. What a run is to have is the record's, but while a change is under way. Loop thread only.
class RunLimits {
  public:
    struct Ports {
        Limiter& limiter;
        std::vector<int> cpus;  ///< of the machine, by number, in order
        std::function<std::vector<PotPtr>()> pots;
        std::function<void(const std::string&)> complain;  ///< what nobody waits for went wrong
    };

    explicit RunLimits(Ports ports) : ports_(std::move(ports)) {}

    /// The limits of a pot whose run is launched now, its CPUs chosen. Others may be moved for it.
    [[nodiscard]] Limits for_launch(const Pot& pot);

    /// True if the kernel holds limits for the pot that a change can reach.
    [[nodiscard]] static bool in_force(const Pot& pot);
    /// The run of a pot in_force has the limits of `next` when it replies, or those from before after an
    /// error. Until `end_change` the record does not matter.
    void begin_change(const Pot& pot, const PotSpec& next, Reply<void> reply);
    /// The record matters again: what is not as it says is made so. Replies when it is.
    void end_change(const PotId& id, const PotPtr& now, Reply<void> reply);

    /// As Supervisor::OnChange. Pots come and go, and change while they start.
    void on_change(const PotPtr& before, const PotPtr& next);

    /// At start-up, after the adoptions: all runs have what is recorded. Replies when they do, or when it
    /// has been complained about.
    void settle(const std::function<void()>& done);

    /// Where a pot is now that asked for a number of CPUs; else empty.
    [[nodiscard]] std::vector<int> cpus_of(const PotId& id) const;
    /// How often that has changed.
    [[nodiscard]] std::uint64_t placements() const { return placements_; }
    /// What of the limits is not enforced although it is asked for, as a best effort.
    [[nodiscard]] std::vector<LeftOut> not_enforced(const Limits& limits) const;

  private:
    struct Held {
        std::uint32_t run = 0;
        Limits limits;          ///< what the kernel holds or is about to
        std::vector<int> cpus;  ///< with cpu_count
        bool changing = false;
        bool told = true;  ///< false: by a potd before this one, which may have been killed amid a change
    };
    using Others = std::vector<std::pair<PotId, std::vector<int>>>;  ///< moved, with where they were

    [[nodiscard]] static Limits effective(const Held& held);
    void take_in(const Pot& pot);
    [[nodiscard]] Others place();
    void leave(const PotPtr& pot);
    void move(const Others& moved, const PotId& but);
    void put(const PotId& id, Reply<void> reply);
    void give(const PotPtr& pot, Reply<void> reply);

    Ports ports_;
    std::map<PotId, Held> held_;
    std::uint64_t placements_ = 0;
};

}  // namespace potd::core
