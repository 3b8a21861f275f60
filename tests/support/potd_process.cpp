#include "tests/support/potd_process.hpp"

#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/binaries.hpp"
#include "tests/support/system.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fcntl.h>

namespace potd::test {
namespace {

std::string next_instance() {
    static std::atomic<int> number = 0;
    return test_token() + "n" + std::to_string(++number);
}

}  // namespace

PotdProcess::PotdProcess(PotdOptions options)
    : options_(std::move(options)),
      directory_("potd-" + test_token(), options_.place),
      instance_(next_instance()) {
    // As /var is: hooks of other users than root have their scripts below it where they are run by path.
    constexpr auto passable = std::filesystem::perms::owner_all | std::filesystem::perms::group_exec |
                              std::filesystem::perms::others_exec;
    std::filesystem::permissions(directory_.path(), passable);
    write_config();
}

PotdProcess::~PotdProcess() {
    try {
        remove_pots();
        if (running()) terminate();
    } catch (const std::exception& error) {
        std::cerr << "potd " << instance_ << ": " << error.what() << "\n" << log() << "\n";
    }
}

void PotdProcess::write_config() const {
    write_file(config_file(), "instance: " + instance_ + "\n" + options_.extra_config);
}

Argv PotdProcess::arguments() const {
    Argv words{binary("potd"), "--config",  config_file(), "--state-dir",
               state_dir(),    "--run-dir", run_dir(),     "--foreground"};
    if (!options_.log_level.empty()) words.insert(words.end(), {"--log-level", options_.log_level});
    words.insert(words.end(), options_.extra_arguments.begin(), options_.extra_arguments.end());
    return words;
}

void PotdProcess::launch_as(const std::string& name, const std::map<std::string, std::string>& env) {
    if (running()) throw std::logic_error("potd runs already");
    const std::string log_file = directory_ / "potd.log";
    const platform::UniqueFd log(::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const platform::UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!log || !nothing) throw std::system_error(errno, std::generic_category(), log_file);
    ProgramOptions program;
    program.env = env;
    program.env.insert(options_.env.begin(), options_.env.end());
    Argv words = arguments();
    words.front() = binary(name);
    pid_ = spawn(words, program, {nothing.get(), log.get(), log.get(), false});
}

bool PotdProcess::wait_ready(milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < deadline) {
        HttpConnection connection(socket(), milliseconds(5000));
        if (connection.request("GET", "/v1/ready").status == 200) return true;
        // The pause between two attempts is also the look-out for an early end.
        if (wait_for_exit(pid_, milliseconds(2))) return false;
    }
    return false;
}

void PotdProcess::start() {
    launch();
    if (wait_ready()) return;
    const auto status = wait_exit(milliseconds(0));
    throw std::runtime_error("potd is not ready" +
                             (status ? ", it ended with " + std::to_string(*status) : "") + "\n" + log());
}

void PotdProcess::kill9() {
    if (!running()) return;
    signal(SIGKILL);
    reap(std::exchange(pid_, 0));
}

int PotdProcess::terminate() {
    signal(SIGTERM);
    const auto status = wait_exit(milliseconds(30'000));
    if (status) return *status;
    kill9();
    throw std::runtime_error("potd did not end on SIGTERM");
}

std::optional<int> PotdProcess::wait_exit(milliseconds limit) {
    if (!running() || !wait_for_exit(pid_, limit)) return std::nullopt;
    return reap(std::exchange(pid_, 0));
}

void PotdProcess::restart() {
    kill9();
    start();
}

void PotdProcess::signal(int number) const {
    if (!running() || ::kill(pid_, number) != 0) throw std::runtime_error("potd does not run");
}

Outcome PotdProcess::potctl(Argv words, ProgramOptions options) const {
    words.insert(words.begin(), binary("potctl"));
    options.env["POTD_URL"] = "unix://" + socket();
    return run_program(words, options);
}

void PotdProcess::remove_pots() {
    if (!std::filesystem::exists(state_dir())) return;
    if (!running()) {
        launch();
        if (!wait_ready()) {
            kill9();
            return;  // a test that broke the state on purpose; LeakCheck says if anything is left
        }
    }
    for (int round = 0; round < 100; ++round) {
        const Json page = http("GET", "/v1/pots?limit=1000").json();
        if (!page.is_object() || page["items"].empty()) return;
        for (const Json& pot : page["items"]) {
            const Response gone = http("DELETE", "/v1/pots/" + pot.value("name", "") + "?force=true");
            // A base pot goes with its base, once no other pot is in the way of that.
            if (gone.status == 409 && pot["spec"].value("level", 1) == 0)
                http("DELETE", "/v1/bases/" + pot["spec"].value("base", "") + "?force=true");
        }
    }
    throw std::runtime_error("pots are left");
}

}  // namespace potd::test
