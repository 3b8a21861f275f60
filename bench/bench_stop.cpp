// How long does a stop take when the process ends on TERM at once?
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"

namespace potd::bench {
namespace {

void measure(const Options& options) {
    Subject subject(options);
    subject.create_idle(0, 1);
    std::vector<double> samples;
    for (int i = -options.count / 10; i < options.count; ++i) {
        subject.start_idle(0, 1);
        const Stopwatch watch;
        subject.api().stop(Subject::idle_name(0));
        if (i >= 0) samples.push_back(watch.ms());
    }
    Report report("stop of a pot whose process ends on TERM");
    report.series("stop", "ms", samples, 0, {.at_most = 3});
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 200, potd::bench::measure);
}
