// How long do a new pot, a snapshot and a clone of one with much in it take? On the driver of the state
// directory.
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

constexpr int rounds = 20;

void fill(Subject& subject, const std::string& pot, int megabytes) {
    const std::string place = subject.potd().state_dir() / "bench";
    test::ProgramOptions options;
    options.timeout = std::chrono::minutes(10);
    const std::string script = "mkdir '" + place + "'; cd '" + place + "'; i=0; while [ $i -lt " +
                               std::to_string(megabytes) +
                               " ]; do head -c 1048576 /dev/urandom >file$i; i=$((i+1)); done";
    const test::Outcome made = test::run_program({"/bin/sh", "-ec", script}, options);
    if (made.status != 0) throw std::runtime_error("fill: " + made.describe());
    const test::Outcome copied =
        subject.potd().potctl({"copy-in", "-p", pot, "-s", place, "-d", "/"}, options);
    if (copied.status != 0) throw std::runtime_error("copy-in: " + copied.describe());
    std::filesystem::remove_all(place);
}

template <class Act>
std::vector<double> timed(const Act& act) {
    std::vector<double> took;
    for (int i = 0; i < rounds; ++i) {
        const Stopwatch watch;
        act(i);
        took.push_back(watch.ms());
    }
    return took;
}

void measure(const Options& options) {
    Report report("new pots and clones");
    Subject subject(options);
    subject.create_idle(rounds, rounds + 1);
    const std::string driver = subject.api().inspect(Subject::idle_name(rounds))["driver"];
    Bound soon;
    soon.at_most = 20;
    report.series("create on a base, " + driver, "ms", timed([&](int i) { subject.create_idle(i, i + 1); }),
                  0, driver == "overlay" ? soon : Bound());
    fill(subject, Subject::idle_name(0), options.count);
    const std::string size = std::to_string(options.count) + " MB, " + driver;
    const std::string place = "/v1/pots/" + Subject::idle_name(0);
    report.series("snapshot of a pot of " + size, "ms", timed([&](int) {
                      subject.api().expect(201, "POST", place + "/snapshots", test::Json::object());
                  }));
    Bound constant;
    constant.at_most = 50;
    report.series(
        "clone of a pot of " + size, "ms", timed([&](int i) {
            subject.api().expect(201, "POST", place + "/clone", {{"name", "clone" + std::to_string(i)}});
        }),
        0, driver == "dir" ? Bound() : constant);
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 1024, potd::bench::measure);
}
