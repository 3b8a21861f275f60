// How long from the end of a pot's process to the start of its poststop hook's, and what does a hook cost
// potd?
#include "bench/support/bare_cycle.hpp"
#include "bench/support/cpu_time.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/root_tree.hpp"

#include <filesystem>
#include <stdexcept>

namespace potd::bench {
namespace {

namespace fs = std::filesystem;

/// Both the pot's command and the hook are bench_stamp; what it says is in the log, and in the run's hooks.
class HookedPot {
  public:
    HookedPot(Subject& subject, const Options& options)
        : subject_(subject), place_("potd-stamp", options.state) {
        test::make_root_tree(place_ / "root", {POTD_BENCH_STAMP});
        subject_.api().install_base({{"name", "stamp"}, {"directory", (place_ / "root").string()}});
        // Another user is to reach it.
        fs::permissions(place_.path(), fs::perms{0755});
        fs::copy_file(POTD_BENCH_STAMP, place_ / "stamp");
    }

    struct Cost {
        std::vector<double> delays;  ///< ms from the end of the command to the start of the hook
        double potd = 0;             ///< ms of processor time of potd's for a life
    };

    /// `hook`: a member of hooks.poststop without its command; null for no hook.
    Cost lives(test::Json hook, int count) {
        const char* const name = "hooked";
        test::Json spec{{"name", name}, {"base", "stamp"}, {"command", {POTD_BENCH_STAMP, "20"}}};
        if (!hook.is_null()) {
            hook["command"] = {(place_ / "stamp").string()};
            spec["hooks"]["poststop"] = {hook};
        }
        subject_.api().create(spec);
        Cost cost;
        for (int i = -count / 10; i < count; ++i) {
            const double before = cpu_ms(subject_.potd().pid());
            subject_.api().start(name);
            const test::Json run = subject_.api().wait(name);
            if (i < 0) continue;
            cost.potd += (cpu_ms(subject_.potd().pid()) - before) / count;
            if (!hook.is_null()) cost.delays.push_back(delay(name, run));
        }
        subject_.api().destroy(name);
        return cost;
    }

  private:
    double delay(const std::string& name, const test::Json& run) {
        const test::Json& hook = run["hooks"][0];
        if (!hook["problem"].is_null()) throw std::runtime_error("hook: " + hook.dump());
        const double ended = std::stod(subject_.api().logs(name, "tail=1"));
        return (std::stod(hook["output"].get<std::string>()) - ended) / 1e6;
    }

    Subject& subject_;
    test::TempDir place_;
};

void measure(const Options& options) {
    BareBracket bare_cycle(options.state, 200);
    Subject subject(options);
    HookedPot pot(subject, options);
    const double without = pot.lives(nullptr, options.count).potd;
    const auto root = pot.lives(test::Json::object(), options.count);
    const auto nobody = pot.lives({{"user", "nobody"}}, options.count);
    const double without_again = pot.lives(nullptr, options.count).potd;
    const double life = (without + without_again) / 2, bare = bare_cycle.close();
    Report report("poststop hooks");
    report.single("bare cycle, mean of before and after", "ms", bare);
    report.series("end of the process to its hook, root's", "ms", root.delays, bare, {.at_most_p99 = 5});
    report.series("end of the process to its hook, nobody's", "ms", nobody.delays, bare, {.at_most_p99 = 5});
    report.single("potd's CPU for a hook of root", "ms", root.potd - life);
    report.single("potd's CPU for a hook of nobody", "ms", nobody.potd - life);
    report.single("potd's CPU for start and end without one", "ms", life);
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 200, potd::bench::measure);
}
