#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace potd::platform {

/// <state>/trash: what was discarded by one rename and is deleted piece by piece on the pool, one
/// tree at a time, also what an earlier potd left there. Loop thread. It may be destroyed at any
/// time; what is left is deleted after the next start.
class TreeTrash : public std::enable_shared_from_this<TreeTrash> {
  public:
    /// Told what cannot be deleted (something is mounted in it, a broken disk); it stays until the next
    /// start.
    using Problem = std::function<void(const std::string& message)>;

    /// Makes the directory `path` if need be.
    [[nodiscard]] static core::Result<std::shared_ptr<TreeTrash>> open(core::Executor& executor,
                                                                       const std::string& path,
                                                                       Problem problem);

    /// Moves `name` out of the directory `parent` (same file system) and deletes it in the
    /// background. Something that is not there is no error.
    [[nodiscard]] core::Status take(int parent, const std::string& name);

    /// Starts deleting everything that lies there.
    [[nodiscard]] core::Status sweep();

  private:
    TreeTrash(core::Executor& executor, UniqueFd directory, Problem problem);
    void enqueue(std::string name);
    void work();
    void worked(const std::string& name, core::Result<bool> outcome);
    void finish();
    void finished(const core::Status& outcome);

    core::Executor& executor_;
    std::shared_ptr<const UniqueFd> directory_;  ///< shared with the job on the pool
    Problem problem_;
    std::deque<std::string> waiting_;
    bool working_ = false;
    std::string prefix_;  ///< differs between instances
    unsigned taken_ = 0;
};

}  // namespace potd::platform
