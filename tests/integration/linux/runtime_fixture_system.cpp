#include "daemon/platform/linux/linux_runtime.hpp"
#include "tests/integration/runtime_fixture.hpp"

#include <filesystem>

namespace potd::test {

namespace fs = std::filesystem;

std::string RuntimeFixture::reason_to_skip() {
    return fs::exists("/bin/busybox") ? "" : "needs /bin/busybox";
}

/// All pots have the same one.
void RuntimeFixture::prepare_root() {
    const fs::path root = *directory_ / "root";
    for (const char* folder : {"bin", "etc", "tmp", "proc", "sys", "dev"})
        fs::create_directories(root / folder);
    fs::copy_file("/bin/busybox", root / "bin/busybox");
    for (const char* name :
         {"sh", "true", "false", "sleep", "cat", "echo", "id", "stty", "hostname", "pwd", "env", "ps"}) {
        fs::create_symlink("busybox", root / "bin" / name);
    }
    write_file(root / "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/srv:/bin/sh\n");
    write_file(root / "etc/group", "root:x:0:\nweb:x:33:\n");
}

void RuntimeFixture::give_root(core::LaunchRequest& request) {
    request.root.path = *directory_ / "root";
}

core::Result<std::unique_ptr<platform::MonitoredRuntime>> RuntimeFixture::new_runtime() {
    platform::RuntimeOptions options;
    options.instance = instance_;
    options.run_directory = *directory_ / "run";
    options.monitor_program = POTMON_PROGRAM;
    auto made = platform::LinuxRuntime::create(options, loop());
    if (!made) return std::move(made).error();
    return std::unique_ptr<platform::MonitoredRuntime>(std::move(made).value());
}

std::vector<std::string> RuntimeFixture::leftovers() const {
    std::vector<std::string> found;
    for (const auto& hierarchy : fs::directory_iterator("/sys/fs/cgroup")) {
        const fs::path top = hierarchy.path() / ("potd." + instance_);
        if (fs::exists(top)) found.push_back(top);
    }
    for (const auto& file : fs::directory_iterator(*directory_ / "run/pots")) found.push_back(file.path());
    for (const auto& process : fs::directory_iterator("/proc")) {
        const std::string link = process.path() / "root";
        std::error_code ignored;
        const std::string root = fs::read_symlink(link, ignored);
        if (root.starts_with(directory_->path().string())) found.push_back(link);
    }
    const std::string mounts = read_file("/proc/self/mountinfo");
    if (mounts.find(directory_->path().string()) != std::string::npos) found.emplace_back("a mount");
    return found;
}

}  // namespace potd::test
