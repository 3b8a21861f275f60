// How long is the whole life of /bin/true: create, start, wait, remove, by REST on the host's network?
#include "bench/support/bare_cycle.hpp"
#include "bench/support/peers.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/root_tree.hpp"

namespace potd::bench {
namespace {

std::vector<double> lives(Subject& subject, int count) {
    std::vector<double> samples;
    for (int i = -count / 10; i < count; ++i) {
        const std::string name = "life" + std::to_string(i + count);
        const Stopwatch watch;
        subject.api().create(Subject::true_spec(name));
        subject.api().start(name);
        subject.api().wait(name);
        subject.api().destroy(name);
        if (i >= 0) samples.push_back(watch.ms());
    }
    return samples;
}

void measure(const Options& options) {
    Report report("whole life of /bin/true: create, start, wait, remove; host network");
    BareBracket bare(options.state, options.count);
    std::vector<double> samples;
    {
        Subject subject(options);
        samples = lives(subject, options.count);
    }
    const double bare_ms = bare.close();
    report.single("bare cycle, mean of before and after", "ms", bare_ms);
    report.series("life", "ms", samples, bare_ms, {.at_most_ratio = targets().life_ratio});
    const test::TempDir place("potd-bench", options.state);
    test::make_root_tree(place / "root", {"true", "sh", "sleep"});
    for (const PeerSeries& peer : measure_peers(options, place / "root", place / "work", options.count / 3)) {
        report.series("life, " + peer.name, "ms", peer.life, bare_ms);
    }
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 300, potd::bench::measure);
}
