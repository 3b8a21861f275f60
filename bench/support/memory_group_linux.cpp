#include "bench/support/memory_group.hpp"
#include "daemon/platform/linux/cgroup_layout.hpp"
#include "tests/support/binaries.hpp"
#include "tests/support/system.hpp"

#include <filesystem>
#include <string>
#include <system_error>

namespace potd::bench {
namespace {

namespace fs = std::filesystem;

constexpr int groups = 200;

/// Removes the groups, then the one above them.
class Groups {
  public:
    explicit Groups(fs::path top) : top_(std::move(top)) {
        fs::create_directory(top_, problem_);
        for (int i = 0; i < groups && !problem_; ++i) fs::create_directory(group(i), problem_);
    }
    Groups(const Groups&) = delete;
    Groups& operator=(const Groups&) = delete;
    ~Groups() {
        for (int i = 0; i < groups; ++i) fs::remove(group(i), problem_);
        fs::remove(top_, problem_);
    }
    [[nodiscard]] bool made() const { return !problem_; }

  private:
    [[nodiscard]] fs::path group(int number) const { return top_ / std::to_string(number); }

    fs::path top_;
    std::error_code problem_;
};

}  // namespace

double empty_memory_group_kib() {
    const auto layout = platform::discover_cgroups("");
    if (!layout || !layout->on_v1("memory")) return -1;
    const auto before = test::kernel_memory();
    const Groups made(layout->v1.at("memory") + "/potd-bench-" + test::test_token());
    if (!made.made()) return -1;
    return static_cast<double>(test::kernel_memory().sum() - before.sum()) / groups;
}

}  // namespace potd::bench
