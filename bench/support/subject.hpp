#pragma once

#include "bench/support/machine.hpp"
#include "bench/support/options.hpp"
#include "tests/support/pot_api.hpp"
#include "tests/support/potd_process.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>
#include <vector>

namespace potd::bench {

/// The potd that is measured: private, quiet, its state on options.state, with the base "tiny" (true, sh,
/// sleep, cat and their libraries). Throws if the programs are not built or do not start.
class Subject {
  public:
    /// `config`: more of the configuration, as YAML.
    explicit Subject(const Options& options, const std::string& config = {});

    [[nodiscard]] test::PotdProcess& potd() { return potd_; }
    [[nodiscard]] test::PotApi& api() { return api_; }

    /// Pots p`from`…p`to-1` that sleep until TERM; created, not started.
    void create_idle(int from, int to);
    void start_idle(int from, int to);
    /// Destroys p`from`…p`to-1`, running or not.
    void destroy_idle(int from, int to);
    [[nodiscard]] static std::string idle_name(int number) { return "p" + std::to_string(number); }
    [[nodiscard]] static test::Json true_spec(const std::string& name);
    [[nodiscard]] PotProcesses processes_of(const std::string& name);

  private:
    test::PotdProcess potd_;
    test::PotApi api_;
};

/// The main of every benchmark: parses options, prints the report that `measure` makes, says what failed.
int run_benchmark(int argc, char** argv, int default_count, void (*measure)(const Options&));

}  // namespace potd::bench
