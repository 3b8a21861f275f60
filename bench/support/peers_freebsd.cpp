#include "bench/support/peers.hpp"
#include "bench/support/statistics.hpp"
#include "tests/support/binaries.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

#include <iostream>

namespace potd::bench {
namespace {

namespace fs = std::filesystem;

/// Milliseconds the program took; negative if it failed.
double timed(const test::Argv& argv) {
    const Stopwatch watch;
    const test::Outcome outcome = test::run_program(argv);
    if (outcome.status == 0) return watch.ms();
    std::cerr << argv.front() << ": " << outcome.err << "\n";
    return -1;
}

/// What potd gives a pot, too: the host's network and a /dev of its own; the command stays in the background.
std::string configuration(const std::string& name, const fs::path& root, const std::string& command) {
    return name + " { path = \"" + root.string() +
           "\"; ip4 = inherit; ip6 = inherit; mount.devfs; persist; " + "exec.start = \"" + command +
           "\"; }\n";
}

/// jail.conf(5) with a jail whose command ends, and with one that sleeps.
PeerSeries measure_jail(const fs::path& root, const fs::path& work, int count) {
    PeerSeries peer{"jail -c, jail -r", {}, {}, {}};
    const std::string life = "life-" + test::test_token();
    const std::string idle = "idle-" + test::test_token();
    const std::string file = work / "jail.conf";
    fs::create_directories(work);
    test::write_file(file, configuration(life, root, test::find_program("true")) +
                               configuration(idle, root, "/bin/sleep 1000000 >/dev/null 2>&1 &"));
    const auto call = [&](const char* way, const std::string& jail) {
        return timed({"/usr/sbin/jail", "-q", "-f", file, way, jail});
    };
    for (int i = 0; i < count; ++i) {
        const double began = call("-c", life);
        const double ended = call("-r", life);
        if (began < 0 || ended < 0) return peer;
        peer.life.push_back(began + ended);
    }
    for (int i = 0; i < count; ++i) {
        const double began = call("-c", idle);
        const double ended = call("-r", idle);
        if (began < 0 || ended < 0) return peer;
        peer.start.push_back(began);
        peer.stop.push_back(ended);
    }
    return peer;
}

}  // namespace

std::vector<PeerSeries> measure_peers(const Options& options, const fs::path& root, const fs::path& work,
                                      int count) {
    if (!options.peers) return {};
    return {measure_jail(root, work, count)};
}

}  // namespace potd::bench
