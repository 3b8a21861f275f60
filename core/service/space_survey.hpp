#pragma once

#include "core/model/space_use.hpp"
#include "core/port/file_system.hpp"
#include "core/port/logs.hpp"
#include "core/service/base_service.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/snapshot_service.hpp"
#include "core/service/volume_service.hpp"
#include "core/service/volume_snapshots.hpp"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace potd::core {

/// Adds up what is on the disk, one thing after the other on the pool, so that nobody waits for it. What goes
/// meanwhile is left out. Who asks while one is under way gets what comes of that. Loop thread; must outlive
/// what it has begun.
class SpaceSurvey {
  public:
    struct Ports {
        FileSystem& files;
        LogReader& logs;
        const BaseService& bases;
        const VolumeService& volumes;
        VolumeSnapshots& volume_snapshots;
        PotService& pots;
        SnapshotService& snapshots;
        std::function<Result<DiskRoom>()> room;
    };

    explicit SpaceSurvey(Ports ports) : ports_(std::move(ports)) {}

    void take(Reply<SpaceUse> reply);

  private:
    struct Work;
    void answer(const Result<SpaceUse>& use);
    void next_pot(const std::shared_ptr<Work>& work);
    void measure_log(const std::shared_ptr<Work>& work, const Pot& pot, std::int64_t root);
    void next_volume(const std::shared_ptr<Work>& work);
    void measure_kept(const std::shared_ptr<Work>& work);
    void measure_snapshots(const std::shared_ptr<Work>& work, const Pot& pot);

    Ports ports_;
    std::vector<Reply<SpaceUse>> waiting_;  ///< for the one under way; none: there is none
};

}  // namespace potd::core
