#include "daemon/platform/freebsd/jail_kernel.hpp"
#include "daemon/platform/freebsd/jail_runtime.hpp"
#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "tests/integration/runtime_fixture.hpp"

#include <array>
#include <filesystem>

#include <sys/param.h>
// after sys/param.h
#include <sys/mount.h>

namespace potd::test {

namespace fs = std::filesystem;

std::string RuntimeFixture::reason_to_skip() {
    return {};
}

void RuntimeFixture::prepare_root() {}

/// Mounts show the host's programs, read-only.
void RuntimeFixture::give_root(core::LaunchRequest& request) {
    const fs::path root = *directory_ / "pots" / request.key.pot.text / "root";
    for (const char* folder : {"etc", "tmp", "dev", "root", "srv"}) fs::create_directories(root / folder);
    write_file(root / "etc/passwd", "root:*:0:0:root:/root:/bin/sh\nweb:*:33:33:web:/srv:/bin/sh\n");
    write_file(root / "etc/group", "wheel:*:0:root\nweb:*:33:\n");
    fs::copy_file("/etc/login.conf", root / "etc/login.conf", fs::copy_options::overwrite_existing);
    request.root.path = root;
    for (const char* shown : {"/bin", "/sbin", "/lib", "/libexec", "/usr/bin", "/usr/sbin", "/usr/lib"})
        request.root.binds.push_back({shown, shown, true});
}

core::Result<std::unique_ptr<platform::MonitoredRuntime>> RuntimeFixture::new_runtime() {
    platform::JailRuntimeOptions options;
    options.instance = instance_;
    options.run_directory = *directory_ / "run";
    options.state_directory = directory_->path();
    options.monitor_program = POTMON_PROGRAM;
    auto made = platform::JailRuntime::create(options, loop());
    if (!made) return std::move(made).error();
    return std::unique_ptr<platform::MonitoredRuntime>(std::move(made).value());
}

std::vector<std::string> RuntimeFixture::leftovers() const {
    std::vector<std::string> found;
    const auto ours = [&](const std::string& jail) {
        return platform::run_of_jail(instance_, jail).has_value();
    };
    for (const platform::FoundJail& jail : platform::all_jails().value()) {
        if (ours(jail.name) && !jail.dying) found.push_back(jail.name);
    }
    for (const platform::OwnedRuleset& set : platform::owned_rulesets().value()) {
        if (ours(set.jail)) found.push_back("ruleset " + std::to_string(set.number));
    }
    struct statfs* mounts = nullptr;
    const int count = ::getmntinfo(&mounts, MNT_NOWAIT);
    for (int i = 0; i < count; ++i) {
        const std::string place = &mounts[i].f_mntonname[0];
        if (place.starts_with(directory_->path().string())) found.push_back(place);
    }
    for (const auto& file : fs::directory_iterator(*directory_ / "run/pots")) found.push_back(file.path());
    return found;
}

}  // namespace potd::test
