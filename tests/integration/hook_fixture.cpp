#include "tests/integration/hook_fixture.hpp"

#include "daemon/platform/linux/memory_file.hpp"
#include "tests/support/wait.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <iterator>

#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {

namespace fs = std::filesystem;

namespace {

std::size_t open_descriptors() {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
}

}  // namespace

std::vector<std::string> hook_groups_of(const std::string& instance) {
    std::vector<std::string> found;
    for (const char* place : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        const fs::path top = fs::path(place) / ("potd-hooks." + instance);
        if (fs::exists(top)) found.push_back(top);
    }
    for (const auto& hierarchy : fs::directory_iterator("/sys/fs/cgroup")) {
        const fs::path top = hierarchy.path() / ("potd-hooks." + instance);
        if (fs::exists(top)) found.push_back(top);
    }
    return found;
}

/// Leaves of the machine's layout what a machine of that kind has; the reason if there is nothing.
std::string HookFixture::choose_layout() {
    auto layout = platform::discover_cgroups({});
    if (!layout) return layout.error().message;
    layout_ = std::move(layout).value();
    if (GetParam() == HookHierarchy::Unified) {
        layout_.v1.clear();
        return layout_.unified.empty() ? "no v2 hierarchy" : "";
    }
    layout_.unified.clear();
    if (GetParam() == HookHierarchy::PlainV1) layout_.v1.erase("freezer");
    if (layout_.v1.empty()) return "no v1 hierarchy";
    const bool frozen = GetParam() == HookHierarchy::Freezer;
    return frozen && !layout_.on_v1("freezer") ? "no freezer" : "";
}

void HookFixture::SetUp() {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    if (const std::string lacking = choose_layout(); !lacking.empty()) GTEST_SKIP() << lacking;
    directory_ = std::make_unique<TempDir>("potd-hook");
    fs::permissions(directory_->path(), fs::perms::all);
    instance_ = "test" + std::to_string(::getpid());
    open_before_ = open_descriptors();
    auto potmon = platform::sealed_program(POTMON_PROGRAM);
    ASSERT_TRUE(potmon.ok()) << potmon.error().message;
    potmon_ = std::move(potmon).value();
    make_runner();
}

void HookFixture::make_runner() {
    runner_.reset();
    groups_.reset();
    groups_ = std::make_unique<platform::CgroupHookGroups>(layout_, instance_, potmon_.get(),
                                                           platform::Loop{loop_, loop_, loop_, loop_});
    const auto prepared = groups_->prepare();
    ASSERT_TRUE(prepared.ok()) << prepared.error().message;
    runner_ =
        std::make_unique<platform::HostHookRunner>(platform::Loop{loop_, loop_, loop_, loop_}, *groups_);
}

void HookFixture::TearDown() {
    if (!runner_) return;
    runner_.reset();
    groups_.reset();
    potmon_.reset();
    EXPECT_EQ(hook_groups_of(instance_), std::vector<std::string>{});
    // A look-up of a user that was cancelled may still read its file on the pool.
    EXPECT_TRUE(wait_until([&] { return open_descriptors() == open_before_; }))
        << open_descriptors() << " descriptors, " << open_before_ << " before";
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child that nobody has waited for";
}

core::HookRequest HookFixture::request(std::vector<std::string> command) {
    const std::string number = std::to_string(++last_pot_);
    core::HookRequest request;
    request.key = {{std::string(12 - number.size(), '0') + number}, 1};
    request.command = std::move(command);
    request.timeout = core::milliseconds{1'000'000};
    request.env = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
    return request;
}

void HookFixture::start(const core::HookRequest& request) {
    runner_->run(request, [this, key = request.key](core::HookResult result) {
        EXPECT_TRUE(results_.emplace(key, std::move(result)).second) << "a second result";
    });
    EXPECT_FALSE(ended(request.key)) << "the result came inside the call";
}

core::HookResult HookFixture::await(const core::RunKey& key) {
    EXPECT_TRUE(loop_.run_until([&] { return ended(key); }));
    return results_[key];
}

core::HookResult HookFixture::run(const core::HookRequest& request) {
    start(request);
    return await(request.key);
}

int HookFixture::number_in(const fs::path& file) {
    EXPECT_TRUE(wait_until([&] {
        loop_.run_ready();
        return read_file(file).ends_with('\n');
    })) << file;
    return std::atoi(read_file(file).c_str());  // NOLINT(cert-err34-c): 0 if there is none
}

bool HookFixture::is_gone(int pid) {
    return pid > 0 && wait_until([&] {
               const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
               return stat.empty() || stat.find(") Z ") != std::string::npos;
           });
}

}  // namespace potd::test
