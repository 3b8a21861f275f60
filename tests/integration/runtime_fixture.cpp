#include "tests/integration/runtime_fixture.hpp"

#include "tests/support/traps.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <unistd.h>

namespace potd::test {

namespace fs = std::filesystem;

void RecordingObserver::on_spawned(const core::RunKey& key, const core::ProcessIdentity& monitor) {
    told[key].spawned = monitor;
    ++told[key].calls;
}

void RecordingObserver::on_started(const core::RunKey& key, const core::RunProcesses& processes,
                                   core::WallTime) {
    told[key].started = processes;
    ++told[key].calls;
}

void RecordingObserver::on_launch_failed(const core::RunKey& key, const core::Error& error) {
    EXPECT_FALSE(told[key].failed || told[key].started) << error.message;
    told[key].failed = error;
    ++told[key].calls;
}

void RecordingObserver::on_oom(const core::RunKey& key, const core::OomFacts& facts) {
    told[key].oom = facts;
}

void RecordingObserver::on_exited(const core::RunKey& key, const core::ExitRecord& record) {
    EXPECT_FALSE(told[key].exited);
    told[key].exited = record;
    ++told[key].calls;
}

void RuntimeFixture::SetUp() {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    if (const std::string reason = reason_to_skip(); !reason.empty()) GTEST_SKIP() << reason;
    ASSERT_NE(::signal(SIGPIPE, SIG_IGN), SIG_ERR);
    directory_ = std::make_unique<TempDir>("potd-runtime");
    instance_ = "test" + std::to_string(::getpid());
    fs::create_directories(*directory_ / "run");
    prepare_root();
    make_runtime();
}

void RuntimeFixture::make_runtime() {
    auto made = new_runtime();
    if (!made) GTEST_SKIP() << made.error().message;
    runtime_ = std::move(made).value();
    runtime_->set_observer(&observer_);
    exec_host_ = std::make_unique<platform::MonitorExecHost>(*runtime_, loop());
}

void RuntimeFixture::TearDown() {
    if (!runtime_) return;
    if (HasFailure()) {
        for (const auto& [key, heard] : observer_.told) release(key);
    }
    runtime_.reset();
    EXPECT_EQ(leftovers(), std::vector<std::string>{});
}

core::LaunchRequest RuntimeFixture::request(const std::string& script) {
    core::LaunchRequest request;
    const std::string number = std::to_string(++last_pot_);
    request.key = {{std::string(12 - number.size(), '0') + number}, 1};
    request.spec.name = "pot" + number;
    if (!script.empty()) request.spec.command = {"/bin/sh", "-c", script};
    give_root(request);
    request.log_directory = *directory_ / ("log" + number);
    fs::create_directories(request.log_directory);
    return request;
}

core::RunKey RuntimeFixture::run(const core::LaunchRequest& request) {
    runtime_->launch(request);
    auto& heard = told(request.key);
    EXPECT_TRUE(loop_.run_until([&] { return heard.started || heard.failed; }));
    EXPECT_TRUE(heard.spawned);
    if (!heard.started) throw std::runtime_error(heard.failed ? heard.failed->message : "did not start");
    // A signal before the trap of its script stands would end the shell.
    const auto& command = request.spec.command;
    if (!command.empty() && command.back().find("trap ") != std::string::npos)
        wait_for_traps(heard.started->main.pid);
    return request.key;
}

void RuntimeFixture::wait_for_end(const core::RunKey& key) {
    ASSERT_TRUE(loop_.run_until([&] { return told(key).exited.has_value(); }));
}

void RuntimeFixture::release(const core::RunKey& key) {
    const auto released =
        await<void>([&](core::Reply<void> reply) { runtime_->release(key, std::move(reply)); });
    EXPECT_TRUE(released.ok()) << released.error().message;
}

void RuntimeFixture::restart_runtime() {
    runtime_.reset();
    observer_.told.clear();
    make_runtime();
}

core::Adopted RuntimeFixture::adopt(const core::RunKey& key, const core::RunProcesses& stored) {
    const auto adopted = await<core::Adopted>(
        [&](core::Reply<core::Adopted> reply) { runtime_->adopt(key, stored, std::move(reply)); });
    EXPECT_TRUE(adopted.ok());
    return adopted ? adopted.value() : core::Adopted{};
}

std::string RuntimeFixture::log_of(const core::RunKey& key) const {
    const auto number = std::stoi(key.pot.text);
    return read_file(*directory_ / ("log" + std::to_string(number) + "/current.log"));
}

void RuntimeFixture::collect(core::ExecSession& session, ExecEnd& end, bool& done) {
    session.start(
        [&end](core::Stream stream, std::string_view bytes) {
            (stream == core::Stream::Stdout ? end.out : end.err) += bytes;
        },
        [&end, &done](core::ExecResult result) {
            end.result = result;
            done = true;
        });
}

RuntimeFixture::ExecEnd RuntimeFixture::exec(const core::RunKey& key, core::ExecRequest request,
                                             const std::string& input) {
    using OneSession = std::unique_ptr<core::ExecSession>;
    auto session = await<OneSession>(
        [&](core::Reply<OneSession> reply) { exec_host_->exec(key, std::move(request), std::move(reply)); });
    ExecEnd end;
    if (!session) {
        end.error = session.error();
        return end;
    }
    bool done = false;
    collect(**session, end, done);
    EXPECT_TRUE(input.empty() || (*session)->write(input).ok());
    (*session)->close_stdin();
    EXPECT_TRUE(loop_.run_until([&] { return done; }));
    return end;
}

}  // namespace potd::test
