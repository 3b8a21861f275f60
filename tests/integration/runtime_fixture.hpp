#pragma once

#include "core/port/runtime.hpp"
#include "daemon/platform/posix/monitor_exec_host.hpp"
#include "daemon/platform/posix/monitored_runtime.hpp"
#include "tests/support/poll_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::test {

/// What a runtime told, per run.
class RecordingObserver final : public core::RunObserver {
  public:
    struct Told {
        std::optional<core::ProcessIdentity> spawned;
        std::optional<core::RunProcesses> started;
        std::optional<core::Error> failed;
        std::optional<core::OomFacts> oom;
        std::optional<core::ExitRecord> exited;
        int calls = 0;
    };
    void on_spawned(const core::RunKey& key, const core::ProcessIdentity& monitor) override;
    void on_started(const core::RunKey& key, const core::RunProcesses& processes, core::WallTime at) override;
    void on_launch_failed(const core::RunKey& key, const core::Error& error) override;
    void on_oom(const core::RunKey& key, const core::OomFacts& facts) override;
    void on_exited(const core::RunKey& key, const core::ExitRecord& record) override;

    std::map<core::RunKey, Told> told;
};

/// A real runtime with the real monitor, on a small root in a temporary directory, as an instance of its
/// own. Needs root and what the system wants besides; skips without. At the end nothing of the instance may
/// be left.
class RuntimeFixture : public ::testing::Test {
  protected:
    void SetUp() override;
    void TearDown() override;

    /// A request for run 1 of a new pot; the command runs in busybox's shell if `script` is given.
    core::LaunchRequest request(const std::string& script);
    /// Launches and waits until it runs; throws if it does not.
    core::RunKey run(const core::LaunchRequest& request);
    void wait_for_end(const core::RunKey& key);
    RecordingObserver::Told& told(const core::RunKey& key) { return observer_.told[key]; }
    void release(const core::RunKey& key);
    /// As if potd had ended and begun again.
    void restart_runtime();
    core::Adopted adopt(const core::RunKey& key, const core::RunProcesses& stored);
    /// The text lines of a run's log, both streams, without stamps.
    [[nodiscard]] std::string log_of(const core::RunKey& key) const;

    struct ExecEnd {
        std::string out, err;
        core::ExecResult result;
        std::optional<core::Error> error;
    };
    ExecEnd exec(const core::RunKey& key, core::ExecRequest request, const std::string& input = {});
    /// Session of exec or attach, collecting into `end`.
    void collect(core::ExecSession& session, ExecEnd& end, bool& done);

    template <class T>
    core::Result<T> await(const std::function<void(core::Reply<T>)>& call) {
        auto result = std::make_shared<std::optional<core::Result<T>>>();
        call([result](core::Result<T> given) { result->emplace(std::move(given)); });
        if (!loop_.run_until([result] { return result->has_value(); })) {
            return core::error(core::ErrorKind::Timeout, "no reply");
        }
        return std::move(**result);
    }

    platform::Loop loop() { return {loop_, loop_, loop_, loop_}; }

    std::unique_ptr<TempDir> directory_;
    PollLoop loop_;
    RecordingObserver observer_;
    std::unique_ptr<platform::MonitoredRuntime> runtime_;
    std::unique_ptr<platform::MonitorExecHost> exec_host_;
    std::string instance_;

  private:
    void make_runtime();

    // Per system: linux/runtime_fixture_system.cpp, freebsd/runtime_fixture_system.cpp.
    /// What the machine lacks for these tests; empty if nothing.
    [[nodiscard]] static std::string reason_to_skip();
    void prepare_root();
    /// A root for one pot, with a shell, the common tools, and the users root and web.
    void give_root(core::LaunchRequest& request);
    [[nodiscard]] core::Result<std::unique_ptr<platform::MonitoredRuntime>> new_runtime();
    /// What is left of the instance on the machine.
    [[nodiscard]] std::vector<std::string> leftovers() const;
    int last_pot_ = 0;
};

}  // namespace potd::test
