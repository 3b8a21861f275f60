#pragma once

#include "tests/support/http_client.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/wait.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace potd::test {

struct PotdOptions {
    std::string place;         ///< where the temporary directory is made; empty: $TMPDIR or /tmp
    std::string extra_config;  ///< YAML appended to the configuration
    std::vector<std::string> extra_arguments;
    std::map<std::string, std::string> env;
    std::string log_level = "debug";  ///< empty: what the configuration says
};

/// A potd of our own: configuration, state and run directory in a temporary directory, an instance name
/// nobody else has. The destructor removes every pot by force, stops potd and deletes the directory.
/// Use through `start` and `wait_ready`; one thread at a time, but `http` and the paths are for any thread.
class PotdProcess {
  public:
    explicit PotdProcess(PotdOptions options = {});
    ~PotdProcess();
    PotdProcess(const PotdProcess&) = delete;
    PotdProcess& operator=(const PotdProcess&) = delete;

    /// Starts the program and returns at once; throws if one is running.
    void launch() { launch_as("potd"); }
    /// The same with another program that takes potd's arguments (a name or a path), and more in its
    /// environment.
    void launch_as(const std::string& program, const std::map<std::string, std::string>& env = {});
    /// True once GET /v1/ready answers 200; false if potd ended before that or `limit` passed.
    [[nodiscard]] bool wait_ready(milliseconds limit = milliseconds(120'000));
    /// launch, then wait_ready; throws with the log if that fails.
    void start();

    /// SIGKILL; returns when it is gone. Pots run on.
    void kill9();
    /// SIGTERM; the exit status. Pots run on.
    int terminate();
    /// Waits for potd to end by itself: its exit status, or nothing after `limit`.
    [[nodiscard]] std::optional<int> wait_exit(milliseconds limit);
    /// kill9 or nothing if it is not running, then start.
    void restart();
    void signal(int number) const;

    [[nodiscard]] bool running() const { return pid_ > 0; }
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::string socket() const { return run_dir() / "potd.sock"; }
    [[nodiscard]] std::filesystem::path state_dir() const { return directory_ / "state"; }
    [[nodiscard]] std::filesystem::path run_dir() const { return directory_ / "run"; }
    [[nodiscard]] std::filesystem::path directory() const { return directory_.path(); }
    [[nodiscard]] std::filesystem::path config_file() const { return directory_ / "potd.yaml"; }
    [[nodiscard]] const std::string& instance() const { return instance_; }
    [[nodiscard]] std::string log() const { return read_file(directory_ / "potd.log"); }
    /// The command line potd is started with.
    [[nodiscard]] Argv arguments() const;

    /// One request on a connection of its own.
    Response http(std::string_view method, std::string_view target, const Json& body = nullptr,
                  const Headers& headers = {}) const {
        return test::http(socket(), method, target, body, headers);
    }
    /// `potctl words…` against this potd.
    [[nodiscard]] Outcome potctl(Argv words, ProgramOptions options = {}) const;

  private:
    void remove_pots();
    void write_config() const;

    PotdOptions options_;
    TempDir directory_;
    std::string instance_;
    pid_t pid_ = 0;
};

}  // namespace potd::test
