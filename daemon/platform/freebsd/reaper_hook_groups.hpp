#pragma once

#include "daemon/platform/posix/hook_groups.hpp"
#include "daemon/platform/posix/loop.hpp"
#include "daemon/platform/posix/waiting.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace potd::platform {

/// Hooks as children of potd, which is the reaper of all they start (reaper.hpp). What a crashed potd left is
/// known by a variable in its environment, POTD_HOOK_GROUP=INSTANCE/NAME: a program that took it away and
/// outlived both its hook and potd is nobody's business but its own. Scripts are files of their user below
/// the run directory, since /dev/fd shows only the first three descriptors without fdescfs(5).
class ReaperHookGroups final : public HookGroups {
  public:
    ReaperHookGroups(std::string instance, const std::string& run_directory, Loop loop);
    ReaperHookGroups(const ReaperHookGroups&) = delete;
    ReaperHookGroups& operator=(const ReaperHookGroups&) = delete;
    ~ReaperHookGroups() override;

    [[nodiscard]] core::Status prepare();

    [[nodiscard]] core::Result<StartedHook> start(const std::string& name,
                                                  const HookProgram& program) override;
    [[nodiscard]] bool remove(const std::string& name) override;
    void clear(const std::string& name, core::Reply<void> reply) override;
    [[nodiscard]] core::Status sweep() override;

  private:
    [[nodiscard]] std::string mark(const std::string& name) const {
        return "POTD_HOOK_GROUP=" + instance_ + "/" + name;
    }
    [[nodiscard]] core::Result<std::string> write_script(const std::string& name,
                                                         const HookProgram& program) const;
    [[nodiscard]] core::Status remove_scripts() const;

    std::string instance_, directory_;
    Loop loop_;
    std::map<std::string, std::int32_t> roots_;  ///< pid of each group's first process
    std::map<std::uint64_t, std::unique_ptr<Waiting>> waits_;
    std::uint64_t last_wait_ = 0;
};

}  // namespace potd::platform
