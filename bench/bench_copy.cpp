// How fast does a large tree come into a pot, beside tar alone on the same disk?
#include "bench/support/report.hpp"
#include "bench/support/statistics.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/program.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace potd::bench {
namespace {

constexpr int rounds = 5;

void run_shell(const std::string& script) {
    test::ProgramOptions options;
    options.timeout = std::chrono::minutes(10);
    const test::Outcome outcome = test::run_program({"/bin/sh", "-ec", script}, options);
    if (outcome.status != 0) throw std::runtime_error(script + ": " + outcome.describe());
}

/// As many MB as asked for, in files of 1 MB.
void make_tree(const std::string& place, int megabytes) {
    run_shell("mkdir -p '" + place + "/tree'; cd '" + place + "/tree'; i=0; while [ $i -lt " +
              std::to_string(megabytes) + " ]; do head -c 1048576 /dev/urandom >file$i; i=$((i+1)); done");
}

double tar_alone(const std::string& place) {
    const Stopwatch watch;
    run_shell("cd '" + place + "'; mkdir -p alone; tar -cf - tree | tar -C alone -xpf -");
    const double took = watch.ms();
    run_shell("rm -r '" + place + "/alone'");
    return took;
}

double copy_in(Subject& subject, const std::string& place, const std::string& pot) {
    test::ProgramOptions options;
    options.timeout = std::chrono::minutes(10);
    const Stopwatch watch;
    const test::Outcome done =
        subject.potd().potctl({"copy-in", "-p", pot, "-s", place + "/tree", "-d", "/"}, options);
    const double took = watch.ms();
    if (done.status != 0) throw std::runtime_error("copy-in: " + done.describe());
    return took;
}

/// In turn, so that both see the same disk.
void compare(Report& report, Subject& subject, const std::string& place, int megabytes, bool runs) {
    std::vector<double> alone;
    std::vector<double> copies;
    for (int i = 0; i < rounds; ++i) {
        alone.push_back(tar_alone(place));
        const std::string pot = Subject::idle_name(i);
        subject.create_idle(i, i + 1);
        if (runs) subject.start_idle(i, i + 1);
        copies.push_back(copy_in(subject, place, pot));
        subject.destroy_idle(i, i + 1);
    }
    const double tar = summarize(alone).median;
    const double copy = summarize(copies).median;
    const std::string what = runs ? "a pot that runs" : "a pot that does not run";
    report.single("tar c | tar x", "MB/s", megabytes / (tar / 1000));
    report.single("copy-in, " + what, "MB/s", megabytes / (copy / 1000));
    Bound bound;
    bound.at_least = 70;
    report.single("copy-in of tar alone, " + what, "%", 100 * tar / copy, bound);
}

void measure(const Options& options) {
    Report report("copies");
    Subject subject(options);
    const std::string place = subject.potd().state_dir() / "bench";
    make_tree(place, options.count);
    for (const bool runs : {true, false}) compare(report, subject, place, options.count, runs);
    std::filesystem::remove_all(place);
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 1024, potd::bench::measure);
}
