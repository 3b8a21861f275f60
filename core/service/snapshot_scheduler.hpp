#pragma once

#include "core/port/clock.hpp"
#include "core/port/file_system.hpp"
#include "core/port/journal.hpp"
#include "core/service/event_feed.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/snapshot_plan.hpp"
#include "core/service/snapshot_service.hpp"
#include "core/service/volume_service.hpp"
#include "core/service/volume_snapshots.hpp"

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace potd::core {

/// Takes the snapshots that pots and volumes have in their schedules; what a new one replaces goes in the
/// same transaction. One timer, a few at a time. What is in the way (a pot that runs) is told once by an
/// event `pot.snapshot_postponed` or `fscomp.snapshot_postponed`, and the snapshot is taken when it is not
/// any more; a failure is told by `pot.snapshot_failed` or `fscomp.snapshot_failed` and tried again. Loop
/// thread only.
class SnapshotScheduler {
  public:
    struct Ports {
        Journal& journal;
        FileSystem& files;
        Clock& clock;
        Timers& timers;
        EventFeed& feed;
        PotService& pots;
        SnapshotService& snapshots;
        VolumeService& volumes;
        VolumeSnapshots& volume_snapshots;
        std::function<void(const std::string&)> complain;  ///< for the log
    };

    explicit SnapshotScheduler(Ports ports);
    ~SnapshotScheduler() { stop(); }
    SnapshotScheduler(const SnapshotScheduler&) = delete;
    SnapshotScheduler& operator=(const SnapshotScheduler&) = delete;

    /// At start-up, once all that is stored is taken over.
    void begin();
    /// Begins no more of them; what is under way ends.
    void stop();

  private:
    using Owner = SnapshotOwner;

    void on_pot(const PotId& id, const PotPtr& pot);
    void on_volume(const std::string& name, const Volume* volume);
    void follow(const Owner& owner, const SnapshotSchedule& schedule, WallTime last);
    void arm();
    void take_due();
    void take(const Owner& owner);
    void take_of_pot(const Owner& owner);
    void take_of_volume(const Owner& owner);
    void began(const Owner& owner);
    void ended(const Owner& owner, const Status& status);
    void in_the_way(const Owner& owner, const Error& reason);
    void tell(std::string_view what, const Owner& owner, const Error& reason);
    [[nodiscard]] SnapshotPlan::Moment now() const { return {ports_.clock.wall(), ports_.clock.steady()}; }

    Ports ports_;
    SnapshotPlan plan_;
    std::set<Owner> blocked_;  ///< told already that something is in the way
    std::size_t under_way_ = 0;
    Timers::Id timer_ = 0;
    bool serving_ = false;
};

}  // namespace potd::core
