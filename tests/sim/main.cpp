#include "tests/sim/history.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// potd-sim: random histories of a whole core, each from one seed, checked step by step.

namespace {

using namespace potd::sim;

struct Options {
    std::uint64_t seeds = 1000;
    std::uint64_t first = 1;
    std::size_t steps = 200;
    unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
    bool soak = false;
    bool all = false;
    bool verbose = false;
};

constexpr std::string_view usage =
    "usage: potd-sim [--seeds N] [--steps M] [--seed S] [--jobs J] [--soak] [--all] [--verbose]\n"
    "  --seeds N   play N histories (1000)\n"
    "  --steps M   of M steps each (200)\n"
    "  --seed S    begin with seed S (1); with --verbose and --seeds 1 its whole story is told\n"
    "  --jobs J    in J threads (one per processor)\n"
    "  --soak      go on until one fails or the program is stopped\n"
    "  --all       do not stop at the first failure, list the seed of each\n"
    "exit status: 0 no invariant was broken, 1 one was, 2 wrong usage\n";

template <class T>
bool read_number(std::string_view text, T& number) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() && number > 0;
}

/// One that takes no value.
bool read_flag(std::string_view name, Options& options) {
    if (name == "--soak") return options.soak = true;
    if (name == "--all") return options.all = true;
    if (name == "--verbose") return options.verbose = true;
    return false;
}

std::optional<Options> read_options(const std::vector<std::string_view>& arguments) {
    Options options;
    bool seeds_given = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view name = arguments[i];
        if (read_flag(name, options)) continue;
        if (++i == arguments.size()) return std::nullopt;
        const std::string_view value = arguments[i];
        bool fits = false;
        if (name == "--seeds") fits = seeds_given = read_number(value, options.seeds);
        if (name == "--seed") fits = read_number(value, options.first);
        if (name == "--steps") fits = read_number(value, options.steps);
        if (name == "--jobs") fits = read_number(value, options.jobs);
        if (!fits) return std::nullopt;
    }
    if (options.verbose && !seeds_given) options.seeds = 1;
    return options;
}

/// The search in several threads, until the first failure or through all of them.
class Hunt {
  public:
    explicit Hunt(const Options& options) : options_(options) {}

    void run() {
        std::vector<std::thread> threads;
        for (unsigned job = 0; job < options_.jobs; ++job) threads.emplace_back([this, job] { work(job); });
        for (std::thread& thread : threads) thread.join();
    }
    [[nodiscard]] const std::map<std::uint64_t, std::string>& found() const { return found_; }
    [[nodiscard]] std::uint64_t played() const { return played_; }

  private:
    void work(unsigned job) {
        Range range{options_.first + job, options_.first + options_.seeds, options_.jobs, options_.steps};
        if (options_.soak) range.end = std::numeric_limits<std::uint64_t>::max();
        std::uint64_t played = 0;
        while (auto failure = search(
                   range, [this] { return stop_.load(); }, played)) {
            const std::lock_guard lock(mutex_);
            found_[failure->seed] = std::move(failure->breach);
            range.first = failure->seed + range.stride;
            if (!options_.all) stop_ = true;
        }
        const std::lock_guard lock(mutex_);
        played_ += played;
    }

    const Options& options_;
    std::atomic<bool> stop_ = false;
    std::mutex mutex_;  // guards the next two
    std::map<std::uint64_t, std::string> found_;
    std::uint64_t played_ = 0;
};

void tell(const std::string& line) {
    std::cout << line << '\n';
}

void report(std::uint64_t seed, const Options& options) {
    std::cout << "shortest history of seed " << seed << ":\n";
    const Choices shortest = shrink(make_choices(seed, options.steps));
    if (options.verbose) {
        static_cast<void>(play(shortest, tell));
    } else {
        for (const Choice& choice : shortest) tell("  " + describe(choice));
        tell("  -> " + play(shortest).value_or("nothing"));
    }
    std::cout << "again, with its story: potd-sim --seed " << seed << " --seeds 1 --steps " << options.steps
              << " --verbose\n";
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = read_options({argv + 1, argv + argc});
    if (!options) {
        std::cerr << usage;
        return 2;
    }
    const auto begin = std::chrono::steady_clock::now();
    Hunt hunt(*options);
    hunt.run();
    for (const auto& [seed, breach] : hunt.found())
        std::cout << "seed " << seed << " breaks " << breach << '\n';
    if (!hunt.found().empty()) {
        report(hunt.found().begin()->first, *options);
        return 1;
    }
    if (options->verbose && options->seeds == 1)
        static_cast<void>(play(make_choices(options->first, options->steps), tell));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << hunt.played() << " histories of " << options->steps << " steps in " << took.count()
              << " s: no invariant was broken\n";
    return 0;
}
