#pragma once

#include "core/port/executor.hpp"
#include "core/port/volume_store.hpp"
#include "daemon/platform/posix/tree_shelf.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

/// Volumes as the directories <state>/fscomp/<name>/root, subvolumes where the file system has some, whatever
/// the driver of the pots is. The folder is for root alone, since what pots write there may be set-id
/// programs the host must not run.
class TreeVolumeStore final : public core::VolumeStore {
  public:
    /// `state_dir` exists and is absolute. `problem` is told, for the log, what cannot be deleted.
    [[nodiscard]] static core::Result<std::unique_ptr<TreeVolumeStore>> open(core::Executor& executor,
                                                                             const std::string& state_dir,
                                                                             TreeTrash::Problem problem);
    TreeVolumeStore(const TreeVolumeStore&) = delete;
    TreeVolumeStore& operator=(const TreeVolumeStore&) = delete;

    void create(const std::string& name, core::Reply<void> reply) override;
    [[nodiscard]] std::string path(std::string_view name) const override;
    void measure(const std::string& name, core::Reply<std::int64_t> reply) override;
    [[nodiscard]] core::Status discard(const std::string& name) override;
    [[nodiscard]] core::Status sweep(const std::vector<std::string>& known) override;

  private:
    TreeVolumeStore(core::Executor& executor, TreeShelf shelf)
        : executor_(executor), shelf_(std::move(shelf)) {}
    [[nodiscard]] core::Result<UniqueFd> begin(const std::string& name);
    void name_it(const std::string& name, core::Status made, core::Reply<void> reply);
    [[nodiscard]] core::Status undone(const std::string& name, core::Status failed);

    core::Executor& executor_;
    TreeShelf shelf_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for what comes back too late
};

}  // namespace potd::platform
