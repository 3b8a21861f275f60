#pragma once

#include "daemon/platform/posix/safe_path.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// open_in_root without help from the kernel: one component at a time, none of them followed by
/// the kernel, symlinks read and resolved here. The directories walked through stay open, so ".."
/// returns to where the walk came from, whatever is renamed meanwhile.
class PathWalk {
  public:
    PathWalk(int root, const PathOpen& how) : root_(root), how_(how) {}
    [[nodiscard]] core::Result<UniqueFd> open(const std::string& path);

  private:
    [[nodiscard]] core::Status step(const std::string& name);
    [[nodiscard]] core::Status up();
    [[nodiscard]] core::Status enter(const std::string& name);
    [[nodiscard]] core::Result<bool> follow(const std::string& name);
    [[nodiscard]] core::Result<UniqueFd> open_last(const std::string& name, int flags) const;
    [[nodiscard]] int here() const { return walked_.empty() ? root_ : walked_.back().get(); }

    int root_;
    PathOpen how_;
    std::vector<UniqueFd> walked_;      ///< below the root, outermost first
    std::vector<std::string> pending_;  ///< components to go, next one last
    unsigned links_ = 0;
};

}  // namespace potd::platform
