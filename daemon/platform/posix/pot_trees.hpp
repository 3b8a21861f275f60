#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/port/executor.hpp"
#include "daemon/platform/posix/tree_trash.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <memory>
#include <string>
#include <vector>

namespace potd::platform {

/// <state>/pots/<id>: what the file-system drivers share. A pot is built as .new-<id> and gets its
/// name by one rename; it goes by one rename to <state>/trash. Both folders are for root alone, since
/// they hold set-id programs the host must not run. Loop thread.
class PotTrees {
  public:
    [[nodiscard]] static core::Result<PotTrees> open(core::Executor& executor, const std::string& state_dir,
                                                     TreeTrash::Problem problem);

    /// Makes .new-<id> with log/ in it and returns it open. Conflict if the pot exists.
    [[nodiscard]] core::Result<UniqueFd> begin(const core::PotId& id);
    /// Gives it its name.
    [[nodiscard]] core::Status commit(const core::PotId& id);
    /// To the trash, finished or not; idempotent.
    [[nodiscard]] core::Status discard(const core::PotId& id);
    /// Discards what belongs to none of `known`, then empties the trash.
    [[nodiscard]] core::Status sweep(const std::vector<core::PotId>& known);

    /// The finished pot, open. NotFound if it is not there.
    [[nodiscard]] core::Result<UniqueFd> find(const core::PotId& id) const;
    [[nodiscard]] std::string path(const core::PotId& id, const std::string& part) const;

  private:
    PotTrees(std::string path, UniqueFd directory, std::shared_ptr<TreeTrash> trash)
        : path_(std::move(path)), directory_(std::move(directory)), trash_(std::move(trash)) {}

    std::string path_;
    UniqueFd directory_;
    std::shared_ptr<TreeTrash> trash_;
};

}  // namespace potd::platform
