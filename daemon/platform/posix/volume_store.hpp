#pragma once

#include "core/port/executor.hpp"
#include "core/port/volume_store.hpp"
#include "daemon/platform/posix/tree_doubling.hpp"
#include "daemon/platform/posix/tree_shelf.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::platform {

/// Volumes as the directories <state>/fscomp/<name>/root, and their snapshots as
/// <state>/fscomp-snapshots/<name>@<number>/root; subvolumes where the file system has some, whatever the
/// driver of the pots is, else copies that share blocks where they can. The folders are for root alone, since
/// what pots write there may be set-id programs the host must not run.
class TreeVolumeStore final : public core::VolumeStore {
  public:
    /// `state_dir` exists and is absolute. `problem` is told, for the log, what cannot be deleted.
    [[nodiscard]] static core::Result<std::unique_ptr<TreeVolumeStore>> open(core::Executor& executor,
                                                                             const std::string& state_dir,
                                                                             TreeTrash::Problem problem);
    TreeVolumeStore(const TreeVolumeStore&) = delete;
    TreeVolumeStore& operator=(const TreeVolumeStore&) = delete;
    ~TreeVolumeStore() override;

    void create(const std::string& name, core::Reply<void> reply) override;
    [[nodiscard]] std::string path(std::string_view name) const override;
    void measure(const std::string& name, core::Reply<std::int64_t> reply) override;
    void measure(const core::VolumeSnapshotKey& key, core::Reply<std::int64_t> reply) override;
    [[nodiscard]] core::Status discard(const std::string& name) override;
    [[nodiscard]] bool has_quotas() const override { return doubling_.abilities.quotas; }
    void limit(const std::string& name, std::int64_t bytes, core::Reply<void> reply) override;
    [[nodiscard]] bool shares(std::string_view /*name*/) const override { return doubling_.abilities.shares; }
    void snapshot(const core::VolumeSnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::VolumeSnapshotKey& key, core::Reply<void> reply) override;
    void clone(const core::VolumeSnapshotKey& source, const std::string& name,
               core::Reply<void> reply) override;
    [[nodiscard]] core::Status discard(const core::VolumeSnapshotKey& key) override;
    [[nodiscard]] std::optional<std::int64_t> copied(std::string_view name) const override;
    [[nodiscard]] core::Status sweep(const std::vector<std::string>& known,
                                     const std::vector<core::VolumeSnapshotKey>& snapshots,
                                     const core::VolumeLimits& limits) override;

  private:
    /// Makes the tree in the open folder, on the pool.
    using Fill = std::function<core::Status(int folder)>;
    using Work = std::shared_ptr<TreeWork>;
    using Done = std::function<void(core::Status)>;

    TreeVolumeStore(core::Executor& executor, TreeShelf volumes, TreeShelf snapshots, TreeDoubling doubling)
        : executor_(executor),
          volumes_(std::move(volumes)),
          snapshots_(std::move(snapshots)),
          doubling_(doubling) {}
    /// `work` on the pool, then `done` on the loop, unless this object is gone.
    void act(std::function<core::Status()> work, Done done);
    void refuse(core::Reply<void> reply, core::Error error);
    /// A second tree like `from`, as `name` in the folder it is given.
    [[nodiscard]] Fill copy_of(UniqueFd from, const char* name, bool read_only, const Work& work) const;
    /// The same with the bound of the tree `model` or, if there is none, without one.
    [[nodiscard]] Fill bounded_copy_of(UniqueFd from, const char* name, core::Result<UniqueFd> model,
                                       const Work& work) const;
    /// A copy that begins for this volume; `ending` forgets it before it goes on.
    [[nodiscard]] Work begin_work(const std::string& volume);
    [[nodiscard]] core::Reply<void> ending(const std::string& volume, core::Reply<void> reply);
    /// A folder of the shelf, made with `fill`; named and on the disk when it replies, or gone again.
    void shelve(TreeShelf& shelf, const std::string& name, Fill fill, core::Reply<void> reply);
    void name_it(TreeShelf& shelf, const std::string& name, core::Status made, core::Reply<void> reply);
    void rolled_back(const core::VolumeSnapshotKey& key, core::Status made, core::Reply<void> reply);
    [[nodiscard]] core::Status check_new(const std::string& name) const;
    [[nodiscard]] core::Status discard_snapshots_of(const std::string& volume);

    core::Executor& executor_;
    TreeShelf volumes_, snapshots_;
    TreeDoubling doubling_;
    std::map<std::string, Work, std::less<>> works_;              ///< by the name of the volume
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for what comes back too late
};

}  // namespace potd::platform
