#pragma once

#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "daemon/platform/posix/pot_trees.hpp"

#include <string>

namespace potd::platform {

/// Pots as a writable layer over their base: <state>/pots/<id>/{upper,work,log}. A create is five
/// small directories, whatever the size of the base. `upper` is the pot's "/": root's, 0755.
class OverlayFileSystem final : public core::FileSystem {
  public:
    OverlayFileSystem(core::Executor& executor, PotTrees pots)
        : executor_(executor), pots_(std::move(pots)) {}

    [[nodiscard]] std::string_view name() const override { return "overlay"; }
    void create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) override;
    [[nodiscard]] core::Result<core::RootFs> root(const core::PotId& id, const core::Base& base) override;
    [[nodiscard]] core::Status discard(const core::PotId& id) override;
    [[nodiscard]] std::string log_directory(const core::PotId& id) const override;
    core::Status sweep(const std::vector<core::PotId>& known) override;

  private:
    [[nodiscard]] core::Status make(const core::PotId& id);
    core::Executor& executor_;
    PotTrees pots_;
};

}  // namespace potd::platform
