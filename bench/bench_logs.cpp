// How fast are logs taken, and does a pot that writes 100 MB/s disturb another?
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"

namespace potd::bench {
namespace {

/// Makes /tmp/m: 10 MB in lines of 101 bytes.
const char* const make_lines =
    "l=0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\n"
    "i=0; while [ $i -lt 1000 ]; do echo $l; i=$((i+1)); done >/tmp/k\n"
    "i=0; while [ $i -lt 100 ]; do cat /tmp/k; i=$((i+1)); done >/tmp/m\n";

test::Json writer(const std::string& name, const std::string& script) {
    return {{"name", name},
            {"base", "tiny"},
            {"log", {{"max_size", "16M"}, {"max_files", 1}}},
            {"command", {"/bin/sh", "-c", std::string(make_lines) + script}}};
}

std::vector<double> lives(Subject& subject, const std::string& prefix, int count) {
    std::vector<double> samples;
    for (int i = 0; i < count; ++i) {
        const std::string name = prefix + std::to_string(i);
        const Stopwatch watch;
        subject.api().create(Subject::true_spec(name));
        subject.api().start(name);
        subject.api().wait(name);
        subject.api().destroy(name);
        samples.push_back(watch.ms());
    }
    return samples;
}

/// MB/s at which a pot that writes as fast as it can gets rid of 500 MB.
double throughput(Subject& subject) {
    const std::string script = "i=0; while [ $i -lt 50 ]; do cat /tmp/m; i=$((i+1)); done";
    subject.api().create(writer("fast", script));
    subject.api().start("fast");
    const Stopwatch watch;
    subject.api().wait("fast");
    const double rate = 505 / (watch.ms() / 1000);
    subject.api().destroy("fast");
    return rate;
}

void measure(const Options& options) {
    Report report("logs");
    Subject subject(options);
    report.single("500 MB as fast as it goes", "MB/s", throughput(subject));
    report.series("life of another, quiet", "ms", lives(subject, "quiet", options.count));
    subject.api().create(writer("noise", "while :; do cat /tmp/m; sleep 0.1; done"));
    subject.api().start("noise");
    static_cast<void>(lives(subject, "warm", options.count / 4));
    report.series("life of another, beside a writer of 100 MB/s", "ms",
                  lives(subject, "beside", options.count));
    subject.api().destroy("noise", true);
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 200, potd::bench::measure);
}
