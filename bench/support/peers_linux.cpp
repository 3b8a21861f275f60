#include "bench/support/peers.hpp"
#include "bench/support/statistics.hpp"
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <system_error>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

namespace potd::bench {
namespace {

namespace fs = std::filesystem;
using test::Argv;
using test::Json;

/// Milliseconds the program took; negative if it failed. Its output goes nowhere: what it leaves running
/// would keep a pipe of ours open.
double timed(const Argv& argv) {
    const platform::UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const Stopwatch watch;
    const pid_t pid = test::spawn(argv, {}, {nothing.get(), nothing.get(), nothing.get(), false});
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return status == 0 ? watch.ms() : -1;
}

/// An OCI bundle for `argv` in `root` with the host's network, as crun's own template has it otherwise.
fs::path make_bundle(const fs::path& root, const fs::path& directory, const Json& argv) {
    fs::create_directories(directory);
    test::ProgramOptions inside;
    inside.directory = directory;
    static_cast<void>(test::run_program({"crun", "spec"}, inside));
    Json config = Json::parse(test::read_file(directory / "config.json"), nullptr, false);
    config["process"]["args"] = argv;
    config["process"]["terminal"] = false;
    config["root"]["path"] = root.string();
    Json namespaces = Json::array();
    for (const Json& one : config["linux"]["namespaces"]) {
        if (one["type"] != "network") namespaces.push_back(one);
    }
    config["linux"]["namespaces"] = namespaces;
    test::write_file(directory / "config.json", config.dump());
    return directory;
}

/// crun refuses machines with controllers on both cgroup versions; without the second it works. Only this
/// process and what it starts from now on see the change.
void hide_second_hierarchy() {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::umount2("/sys/fs/cgroup/unified", MNT_DETACH) != 0) {
        std::cerr << "the v2 hierarchy stays: " << std::generic_category().message(errno) << "\n";
    }
}

PeerSeries measure_crun(const fs::path& root, const fs::path& work, int count) {
    PeerSeries peer{"crun", {}, {}, {}};
    const std::string life = make_bundle(root, work / "life", {"/bin/true"});
    const std::string idle = make_bundle(root, work / "idle", {"/bin/sleep", "1000000"});
    const std::string state = work / "state";
    const Argv crun{"crun", "--root", state};
    const auto call = [&](const Argv& words) {
        Argv argv = crun;
        argv.insert(argv.end(), words.begin(), words.end());
        return timed(argv);
    };
    if (call({"run", "--bundle", life, "potd-bench-life"}) < 0) hide_second_hierarchy();
    for (int i = 0; i < count; ++i) {
        const double took = call({"run", "--bundle", life, "potd-bench-life"});
        if (took < 0) return peer;
        peer.life.push_back(took);
    }
    for (int i = 0; i < count; ++i) {
        if (call({"create", "--bundle", idle, "potd-bench-idle"}) < 0) return peer;
        peer.start.push_back(call({"start", "potd-bench-idle"}));
        peer.stop.push_back(call({"delete", "--force", "potd-bench-idle"}));
    }
    return peer;
}

PeerSeries measure_command(const std::string& name, const Argv& argv, int count) {
    PeerSeries peer{name, {}, {}, {}};
    for (int i = 0; i < count; ++i) {
        const double took = timed(argv);
        if (took < 0) return peer;
        peer.life.push_back(took);
    }
    return peer;
}

bool installed(const char* program) {
    return !test::find_program(program).empty();
}

}  // namespace

std::vector<PeerSeries> measure_peers(const Options& options, const fs::path& root, const fs::path& work,
                                      int count) {
    std::vector<PeerSeries> peers;
    if (!options.peers) return peers;
    if (installed("crun")) peers.push_back(measure_crun(root, work / "crun", count));
    // Docker has no way to run a plain directory; an image named potd-bench must have been imported.
    if (installed("docker") && timed({"docker", "image", "inspect", "potd-bench"}) > 0) {
        const Argv argv{"docker", "run", "--rm", "--network=host", "potd-bench", "/bin/true"};
        peers.push_back(measure_command("docker", argv, std::max(3, count / 10)));
    }
    return peers;
}

}  // namespace potd::bench
