// What the least container costs on this machine: the yardstick of every other figure.
#include "bench/support/bare_cycle.hpp"
#include "bench/support/machine.hpp"
#include "bench/support/options.hpp"
#include "bench/support/report.hpp"

#include <exception>
#include <iostream>

int main(int argc, char** argv) try {
    using namespace potd;
    const bench::Options options = bench::parse_options(argc, argv, 300);
    const test::TempDir directory("potd-bench", options.state);
    bench::BareCycle cycle(directory.path());
    bench::Report report("bare cycle: " + bench::bare_cycle_steps());
    report.series("bare cycle", "ms", cycle.series(options.count));
    report.print(options.tsv);
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_bare: " << error.what() << "\n";
    return 1;
}
