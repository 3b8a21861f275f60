#pragma once

#include "core/model/ids.hpp"
#include "daemon/platform/freebsd/host_aliases.hpp"
#include "daemon/platform/posix/enclosures.hpp"

#include <array>
#include <optional>
#include <string>

namespace potd::platform {

/// The jails of runs, with what stands around each: mounts below the pot's root, a devfs ruleset, rctl rules,
/// cables to bridges, addresses on interfaces of the host.
/// A jail is ours if its name says so and its root is that pot's; its number is asked for anew each time,
/// since numbers come again.
class JailEnclosures final : public Enclosures {
  public:
    /// Roots are <state_directory>/pots/ID/root, with the file system driver zfs
    /// <state_directory>/jails/ID/m. `aliases` outlives this.
    JailEnclosures(Loop loop, HostAliases& aliases, std::string instance, const std::string& state_directory);

    core::Status kill(const std::string& name) override;
    core::Status signal(const std::string& name, int number, const std::vector<std::int32_t>& pids) override;
    std::unique_ptr<Waiting> wait_until_empty(const std::string& name, core::milliseconds limit,
                                              core::Reply<void> reply) override;
    core::Status remove(const std::string& name) override;
    // Both by the kernel's log, as long as that keeps it.
    [[nodiscard]] std::int64_t unseen_oom_kills(const std::string& name) const override;
    [[nodiscard]] core::OomFacts oom_facts(const std::string& name) override;
    [[nodiscard]] std::vector<std::string> runs() const override;

    /// Number of the run's jail, dying ones included; -1 if there is none.
    [[nodiscard]] int find(const std::string& name) const;
    /// The path of the root of the run's jail, without links; nothing if there is none, or if it is dying.
    [[nodiscard]] std::optional<std::string> root_of(const std::string& name) const;

  private:
    [[nodiscard]] std::array<std::string, 2> roots_of(const core::PotId& pot) const;
    [[nodiscard]] bool is_root_of(const core::PotId& pot, const std::string& path) const;

    Loop loop_;
    HostAliases& aliases_;
    std::string instance_;
    std::string state_;  ///< the state directory, without links, as the kernel names paths
};

}  // namespace potd::platform
