#pragma once

#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "daemon/platform/posix/pot_trees.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <string>

namespace potd::platform {

/// Pots as full copies of their base: <state>/pots/<id>/{root,log}. Works on every file system;
/// blocks are shared with the base where the file system can (btrfs, XFS, ZFS). A create that is
/// discarded, or whose driver is destroyed, while it copies ends early and replies Cancelled (or not).
class DirFileSystem final : public core::FileSystem {
  public:
    DirFileSystem(core::Executor& executor, PotTrees pots) : executor_(executor), pots_(std::move(pots)) {}
    DirFileSystem(const DirFileSystem&) = delete;
    DirFileSystem& operator=(const DirFileSystem&) = delete;
    ~DirFileSystem() override;

    [[nodiscard]] std::string_view name() const override { return "dir"; }
    void create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) override;
    [[nodiscard]] core::Result<core::RootFs> root(const core::PotId& id, const core::Base& base) override;
    [[nodiscard]] core::Status discard(const core::PotId& id) override;
    [[nodiscard]] std::string log_directory(const core::PotId& id) const override;
    core::Status sweep(const std::vector<core::PotId>& known) override;

  private:
    using Stop = std::shared_ptr<std::atomic<bool>>;
    void copy(const core::PotId& id, const core::Base& base, UniqueFd root, core::Reply<void> reply);
    [[nodiscard]] core::Status copied(const core::PotId& id, core::Status outcome);

    core::Executor& executor_;
    PotTrees pots_;
    std::map<core::PotId, Stop> copying_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for replies that come too late
};

}  // namespace potd::platform
