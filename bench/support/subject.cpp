#include "bench/support/subject.hpp"

#include "tests/support/host_probe.hpp"
#include "tests/support/root_tree.hpp"
#include "tests/support/system.hpp"

#include <exception>
#include <iostream>
#include <stdexcept>

namespace potd::bench {
namespace {

test::PotdOptions quiet(const Options& options, const std::string& config) {
    if (const std::string reason = test::lacks_potd(); !reason.empty()) throw std::runtime_error(reason);
    test::PotdOptions potd;
    potd.place = options.state;
    potd.log_level = "warn";
    potd.extra_config = config;
    return potd;
}

test::Json idle_spec(int number) {
    return {{"name", Subject::idle_name(number)}, {"base", "tiny"}, {"command", {"/bin/sleep", "1000000"}}};
}

}  // namespace

Subject::Subject(const Options& options, const std::string& config)
    : potd_(quiet(options, config)), api_(potd_.socket()) {
    potd_.start();
    const test::TempDir tree("potd-bench", options.state);
    test::make_root_tree(tree.path(), {"true", "sh", "sleep", "cat"});
    api_.install_base({{"name", "tiny"}, {"directory", tree.path().string()}});
}

void Subject::create_idle(int from, int to) {
    for (int i = from; i < to; ++i) api_.create(idle_spec(i));
}

void Subject::start_idle(int from, int to) {
    for (int i = from; i < to; ++i) api_.start(idle_name(i));
}

void Subject::destroy_idle(int from, int to) {
    for (int i = from; i < to; ++i) api_.destroy(idle_name(i), true);
}

test::Json Subject::true_spec(const std::string& name) {
    return {{"name", name}, {"base", "tiny"}, {"command", {test::find_program("true")}}};
}

PotProcesses Subject::processes_of(const std::string& name) {
    return pot_processes(api_.inspect(name)["run"]["pid"]);
}

int run_benchmark(int argc, char** argv, int default_count, void (*measure)(const Options&)) {
    try {
        measure(parse_options(argc, argv, default_count));
        return 0;
    } catch (const std::exception& error) {
        std::cerr << argv[0] << ": " << error.what() << "\n";
        return 1;
    }
}

}  // namespace potd::bench
