#pragma once

#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "daemon/platform/posix/pot_trees.hpp"
#include "daemon/platform/posix/serial_executor.hpp"
#include "daemon/platform/posix/zfs_datasets.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace potd::platform {

/// Pots as datasets (zfs_datasets.hpp): clones of their base's, snapshots and clones in constant time. What
/// is recorded, and the logs, are directories as with the other drivers: <state>/pots/<id>/log and an empty
/// <state>/snapshots/<id>.<number>, made after the dataset and removed before it, so that discarding is a
/// rename. All calls of zfs are made on the pool, in the order of the calls here. A pot on a base that is no
/// dataset gets a copy of it.
class ZfsFileSystem final : public core::FileSystem {
  public:
    /// `order` runs the calls of zfs; `problem` is told what could not be destroyed: the next start tries
    /// again.
    ZfsFileSystem(core::Executor& executor, std::shared_ptr<SerialExecutor> order, ZfsDatasets datasets,
                  PotTrees pots, std::function<void(const std::string&)> problem)
        : executor_(executor),
          order_(std::move(order)),
          datasets_(std::make_shared<const ZfsDatasets>(std::move(datasets))),
          pots_(std::move(pots)),
          problem_(std::move(problem)) {}
    ZfsFileSystem(const ZfsFileSystem&) = delete;
    ZfsFileSystem& operator=(const ZfsFileSystem&) = delete;
    ~ZfsFileSystem() override;

    [[nodiscard]] std::string_view name() const override { return "zfs"; }
    [[nodiscard]] core::StorageAbilities abilities() const override;
    void create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) override;
    void clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) override;
    [[nodiscard]] core::Result<core::RootFs> root(const core::PotId& id, const core::Base& base) override;
    void snapshot(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void prepare_limits(core::Reply<void> reply) override;
    void limit(const core::PotId& id, std::int64_t bytes, core::Reply<void> reply) override;
    void lend(const core::SnapshotKey& key, const core::Base& base,
              core::Reply<core::LentTree> reply) override;
    void give_back(const core::LentTree& tree) override;
    [[nodiscard]] core::Status discard(const core::SnapshotKey& key) override;
    void measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) override;
    void measure(const core::PotId& id, core::Reply<std::int64_t> reply) override;
    [[nodiscard]] core::Status discard(const core::PotId& id) override;
    [[nodiscard]] std::string log_directory(const core::PotId& id) const override;
    core::Status sweep(const std::vector<core::PotId>& pots, const std::vector<core::SnapshotKey>& snapshots,
                       const core::DiskLimits& limits) override;

  private:
    using Stop = std::shared_ptr<std::atomic<bool>>;
    using Work = std::function<core::Status(const ZfsDatasets&)>;
    using Done = std::function<void(core::Status)>;

    /// `work` on the pool, in order; then `done` on the loop, unless this object is gone.
    void act(Work work, Done done);
    void make(const core::PotId& id, Work work, core::Reply<void> reply);
    void fill(const core::PotId& id, const core::Base& base, const core::Reply<void>& reply);
    [[nodiscard]] core::Status made(const core::PotId& id, core::Status outcome);
    void drop(const core::PotId& id);
    void refuse(core::Reply<void> reply, core::Error error);
    void size(std::function<core::Result<std::int64_t>(const ZfsDatasets&)> ask,
              core::Reply<std::int64_t> reply);

    core::Executor& executor_;
    std::shared_ptr<SerialExecutor> order_;
    std::shared_ptr<const ZfsDatasets> datasets_;
    PotTrees pots_;
    std::function<void(const std::string&)> problem_;
    std::map<core::PotId, Stop> busy_;                            ///< being made; true: discarded meanwhile
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for replies that come too late
};

}  // namespace potd::platform
