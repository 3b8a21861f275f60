#pragma once

#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

/// A driver whose replies also mean that what it made survives a loss of power: files and directories of the
/// driver's are brought to the disk, on the pool, before a success is told. The journal's own fsync does not
/// do that: it writes blocks of its log, and where these were there before no directory goes with them.
class SyncedFileSystem final : public core::FileSystem {
  public:
    SyncedFileSystem(core::Executor& executor, std::string state_dir,
                     std::unique_ptr<core::FileSystem> files);

    std::string_view name() const override { return files_->name(); }
    core::StorageAbilities abilities() const override { return files_->abilities(); }
    void create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) override;
    void clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) override;
    core::Result<core::RootFs> root(const core::PotId& id, const core::Base& base) override {
        return files_->root(id, base);
    }
    void snapshot(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void prepare_limits(core::Reply<void> reply) override { files_->prepare_limits(std::move(reply)); }
    void limit(const core::PotId& id, std::int64_t bytes, core::Reply<void> reply) override {
        files_->limit(id, bytes, std::move(reply));
    }
    void lend(const core::SnapshotKey& key, const core::Base& base,
              core::Reply<core::LentTree> reply) override {
        files_->lend(key, base, std::move(reply));
    }
    void give_back(const core::LentTree& tree) override { files_->give_back(tree); }
    core::Status discard(const core::SnapshotKey& key) override { return files_->discard(key); }
    void measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) override {
        files_->measure(key, std::move(reply));
    }
    void measure(const core::PotId& id, core::Reply<std::int64_t> reply) override {
        files_->measure(id, std::move(reply));
    }
    core::Status discard(const core::PotId& id) override { return files_->discard(id); }
    std::string log_directory(const core::PotId& id) const override { return files_->log_directory(id); }
    std::optional<std::int64_t> copied(const core::PotId& id) const override { return files_->copied(id); }
    core::Status sweep(const std::vector<core::PotId>& pots, const std::vector<core::SnapshotKey>& snapshots,
                       const core::DiskLimits& limits) override {
        return files_->sweep(pots, snapshots, limits);
    }

  private:
    /// What is written first: the directories alone, or all that is below the first of them. Names are
    /// relative to the state directory; "layers" is there with overlay only.
    struct Places {
        std::vector<std::string> directories;
        bool whole = false;
    };

    [[nodiscard]] Places places_of(const core::PotId& id) const;
    using Undo = std::function<core::Status()>;
    /// `undo`: what was made and could not be brought to the disk goes again.
    [[nodiscard]] core::Reply<void> synced(Places places, core::Reply<void> reply, Undo undo = {});
    [[nodiscard]] Undo discarding(const core::PotId& id);

    core::Executor& executor_;
    std::string state_dir_;
    std::unique_ptr<core::FileSystem> files_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace potd::platform
