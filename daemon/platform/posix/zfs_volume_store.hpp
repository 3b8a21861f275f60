#pragma once

#include "core/port/executor.hpp"
#include "core/port/volume_store.hpp"
#include "daemon/platform/posix/serial_executor.hpp"
#include "daemon/platform/posix/volume_store.hpp"
#include "daemon/platform/posix/zfs_volumes.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

/// Volumes as datasets (zfs_volumes.hpp): snapshots, rollbacks and clones in constant time. What is recorded
/// are empty directories as with pots, <state>/fscomp/NAME and <state>/fscomp-snapshots/NAME@N, made after
/// the dataset and removed before it. All calls of zfs are made on the pool, in the order of the calls here.
/// A volume that was made before, as the directory <state>/fscomp/NAME/root, stays one, and what is cloned
/// from it is one.
class ZfsVolumeStore final : public core::VolumeStore {
  public:
    /// Makes the folders. `order` runs the calls of zfs; `problem` is told what could not be destroyed: the
    /// next start tries again.
    [[nodiscard]] static core::Result<std::unique_ptr<ZfsVolumeStore>> open(
        core::Executor& executor, std::shared_ptr<SerialExecutor> order, const ZfsDatasets& datasets,
        TreeTrash::Problem problem);
    ZfsVolumeStore(const ZfsVolumeStore&) = delete;
    ZfsVolumeStore& operator=(const ZfsVolumeStore&) = delete;
    ~ZfsVolumeStore() override = default;

    void create(const std::string& name, core::Reply<void> reply) override;
    [[nodiscard]] std::string path(std::string_view name) const override;
    void measure(const std::string& name, core::Reply<std::int64_t> reply) override;
    void measure(const core::VolumeSnapshotKey& key, core::Reply<std::int64_t> reply) override;
    [[nodiscard]] core::Status discard(const std::string& name) override;
    [[nodiscard]] bool has_quotas() const override { return true; }
    void limit(const std::string& name, std::int64_t bytes, core::Reply<void> reply) override;
    [[nodiscard]] bool shares(std::string_view name) const override;
    void snapshot(const core::VolumeSnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::VolumeSnapshotKey& key, core::Reply<void> reply) override;
    void clone(const core::VolumeSnapshotKey& source, const std::string& name,
               core::Reply<void> reply) override;
    [[nodiscard]] core::Status discard(const core::VolumeSnapshotKey& key) override;
    [[nodiscard]] core::Status sweep(const std::vector<std::string>& known,
                                     const std::vector<core::VolumeSnapshotKey>& snapshots,
                                     const core::VolumeLimits& limits) override;

  private:
    using Work = std::function<core::Status(const ZfsVolumes&)>;
    using Done = std::function<void(core::Status)>;
    using Size = std::function<core::Result<std::int64_t>(const ZfsVolumes&)>;

    ZfsVolumeStore(core::Executor& executor, std::shared_ptr<SerialExecutor> order,
                   const ZfsDatasets& datasets, std::unique_ptr<TreeVolumeStore> plain, TreeShelf volumes,
                   TreeShelf snapshots, TreeTrash::Problem problem)
        : executor_(executor),
          order_(std::move(order)),
          datasets_(std::make_shared<const ZfsVolumes>(datasets)),
          plain_(std::move(plain)),
          volumes_(std::move(volumes)),
          snapshots_(std::move(snapshots)),
          problem_(std::move(problem)) {}

    /// `work` on the pool, in order; then `done` on the loop, unless this object is gone.
    void act(Work work, Done done);
    void size(Size ask, core::Reply<std::int64_t> reply);
    void refuse(core::Reply<void> reply, core::Error error);
    [[nodiscard]] bool is_plain(const std::string& name) const;
    [[nodiscard]] core::Status check_new(const std::string& name) const;
    /// Made with `work`, then recorded in the shelf; or gone again.
    void make(TreeShelf& shelf, const std::string& folder, Work work, Work undo, core::Reply<void> reply);
    void record(TreeShelf& shelf, const std::string& folder, const Work& undo,
                const core::Reply<void>& reply);
    void drop(const std::string& what, Work work);

    core::Executor& executor_;
    std::shared_ptr<SerialExecutor> order_;
    std::shared_ptr<const ZfsVolumes> datasets_;
    std::unique_ptr<TreeVolumeStore> plain_;
    TreeShelf volumes_, snapshots_;
    TreeTrash::Problem problem_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for what comes back too late
};

}  // namespace potd::platform
