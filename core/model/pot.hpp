#pragma once

#include "core/model/ids.hpp"
#include "core/model/leases.hpp"
#include "core/model/pot_spec.hpp"
#include "core/model/run.hpp"
#include "core/model/snapshot.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace potd::core {

/// The states of the contract (DESIGN section 6).
enum class PotState { Created, Starting, Running, Paused, Stopping, Stopped, Backoff, Failed, Destroying };

/// What the user last asked for; outlives restarts of potd.
enum class Desired { Running, Stopped };

/// Whether a pot that is up works; None without a check and while it is not up.
enum class Health { None, Starting, Healthy, Unhealthy };

/// One check that was made.
struct HealthCheck {
    WallTime started_at;
    WallTime ended_at;
    bool healthy = false;
    std::string output;  ///< what it printed or saw, the first 4 KiB
};

[[nodiscard]] std::string_view to_string(Health health) noexcept;
[[nodiscard]] std::optional<Health> health_from(std::string_view text) noexcept;
[[nodiscard]] std::string_view to_string(PotState state) noexcept;
[[nodiscard]] std::optional<PotState> pot_state_from(std::string_view text) noexcept;
[[nodiscard]] std::string_view to_string(Desired desired) noexcept;
[[nodiscard]] std::optional<Desired> desired_from(std::string_view text) noexcept;

/// True while a run may have processes: Starting, Running, Paused, Stopping.
[[nodiscard]] bool is_live(PotState state) noexcept;

/// What a clone was made of.
struct PotOrigin {
    SnapshotKey key;
    std::string pot;       ///< the name of the source when it was cloned
    std::string snapshot;  ///< name
    friend bool operator==(const PotOrigin&, const PotOrigin&) = default;
};

/// What becomes of a pot whose making fails, or is cut by a crash of potd. Revert: it was there before, and
/// goes back to a snapshot.
enum class IfUnfinished { Remove, Keep, Revert };

/// Of a pot that flavours are still being applied to. Nobody but its maker starts or changes it.
struct Unfinished {
    IfUnfinished then = IfUnfinished::Remove;
    PotSpec spec;  ///< its own; Pot::spec is another one while a script runs in it (flavour.hpp)
    std::uint32_t revert_to = 0;  ///< Revert: the number of the snapshot
    friend bool operator==(const Unfinished&, const Unfinished&) = default;
};
using UnfinishedPtr = std::shared_ptr<const Unfinished>;

[[nodiscard]] std::string_view to_string(IfUnfinished then) noexcept;
[[nodiscard]] std::optional<IfUnfinished> if_unfinished_from(std::string_view text) noexcept;

/// Everything potd knows about one pot. Changed only by core/lifecycle and core/service.
struct Pot {
    PotId id;
    PotSpec spec;
    PotState state = PotState::Created;
    Desired desired = Desired::Stopped;
    Health health = Health::None;
    WallTime created_at;
    WallTime changed_at;                    ///< last change of state or spec
    std::uint64_t version = 1;              ///< grows with every change; the ETag
    std::optional<Run> run;                 ///< the live run, else the last one
    std::uint32_t restarts = 0;             ///< by policy, in a row, since the last run that lasted
    std::optional<WallTime> next_start_at;  ///< Backoff: when the next run is due
    std::string frozen_by;                  ///< Paused: the rule of pressure that had it so; empty: a user
    std::string last_error;           ///< why the last start failed or the run was lost; empty if all is well
    std::string driver;               ///< file-system driver that holds its root ("overlay", "dir")
    std::uint32_t first_host_id = 0;  ///< of its range of ids (id_ranges.hpp); 0 = none
    std::optional<PotOrigin> origin;  ///< set while it counts as a clone
    std::uint32_t base_revision = 1;  ///< of its base: the one it was made on, for as long as it lives
    UnfinishedPtr unfinished;         ///< null once it is finished, as most are from the beginning
    Leases leases{};
};

/// Made for one run (`remove_on_exit`) that it has not had yet; not one that the next boot starts.
[[nodiscard]] bool is_unstarted(const Pot& pot) noexcept;

}  // namespace potd::core
