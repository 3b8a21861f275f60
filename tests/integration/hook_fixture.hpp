#pragma once

#include "daemon/platform/linux/cgroup_hook_groups.hpp"
#include "daemon/platform/posix/host_hook_runner.hpp"
#include "tests/support/poll_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::test {

/// Which of this machine's hierarchies the hooks' groups are in, as on a machine that has no other.
enum class HookHierarchy { Unified, Freezer, PlainV1 };

/// The real hook runner on real control groups, as an instance of its own, once per kind of hierarchy.
/// Needs root; skips what the machine does not have. At the end nothing of the instance may be left.
class HookFixture : public ::testing::TestWithParam<HookHierarchy> {
  protected:
    void SetUp() override;
    void TearDown() override;

    /// A request for the next pot, with a timeout that no test reaches.
    core::HookRequest request(std::vector<std::string> command);
    core::HookRequest script(const std::string& text) { return request({"/bin/sh", "-c", text}); }
    /// Runs it to its end.
    core::HookResult run(const core::HookRequest& request);
    void start(const core::HookRequest& request);
    core::HookResult await(const core::RunKey& key);
    [[nodiscard]] bool ended(const core::RunKey& key) const { return results_.contains(key); }
    /// Waits until a hook has written a whole line to `file`, and returns the number in it.
    int number_in(const std::filesystem::path& file);
    /// Waits until no such process is left but perhaps its status.
    [[nodiscard]] static bool is_gone(int pid);
    /// As if potd had ended and begun again.
    void make_runner();

    PollLoop loop_;
    std::unique_ptr<TempDir> directory_;
    std::string instance_;
    platform::UniqueFd potmon_;
    std::unique_ptr<platform::CgroupHookGroups> groups_;
    std::unique_ptr<platform::HostHookRunner> runner_;
    platform::CgroupLayout layout_;

  private:
    [[nodiscard]] std::string choose_layout();

    std::map<core::RunKey, core::HookResult> results_;
    int last_pot_ = 0;
    std::size_t open_before_ = 0;
};

/// The directories of an instance's hooks in every hierarchy.
[[nodiscard]] std::vector<std::string> hook_groups_of(const std::string& instance);

}  // namespace potd::test
