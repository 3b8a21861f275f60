#include "tests/integration/runtime_fixture.hpp"

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

void RecordingObserver::on_exited(const core::RunKey& key, const core::ExitRecord& record) {
    EXPECT_FALSE(told[key].exited);
    told[key].exited = record;
    ++told[key].calls;
}

void RuntimeFixture::SetUp() {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    if (!fs::exists("/bin/busybox")) GTEST_SKIP() << "needs /bin/busybox";
    ASSERT_NE(::signal(SIGPIPE, SIG_IGN), SIG_ERR);
    directory_ = std::make_unique<TempDir>("potd-runtime");
    instance_ = "test" + std::to_string(::getpid());
    make_root();
    make_runtime();
}

void RuntimeFixture::make_root() {
    const fs::path root = *directory_ / "root";
    for (const char* folder : {"bin", "etc", "tmp", "proc", "sys", "dev"})
        fs::create_directories(root / folder);
    fs::create_directories(*directory_ / "run");
    fs::copy_file("/bin/busybox", root / "bin/busybox");
    for (const char* name :
         {"sh", "true", "false", "sleep", "cat", "echo", "id", "stty", "hostname", "pwd", "env", "ps"}) {
        fs::create_symlink("busybox", root / "bin" / name);
    }
    write_file(root / "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/srv:/bin/sh\n");
    write_file(root / "etc/group", "root:x:0:\nweb:x:33:\n");
}

void RuntimeFixture::make_runtime() {
    platform::RuntimeOptions options;
    options.instance = instance_;
    options.run_directory = *directory_ / "run";
    options.monitor_program = POTMON_PROGRAM;
    auto made = platform::LinuxRuntime::create(options, loop());
    if (!made) GTEST_SKIP() << made.error().message;
    runtime_ = std::move(made).value();
    runtime_->set_observer(&observer_);
    exec_host_ = std::make_unique<platform::LinuxExecHost>(*runtime_, loop());
}

std::vector<std::string> RuntimeFixture::leftovers() const {
    std::vector<std::string> found;
    for (const auto& hierarchy : fs::directory_iterator("/sys/fs/cgroup")) {
        const fs::path top = hierarchy.path() / ("potd." + instance_);
        if (fs::exists(top)) found.push_back(top);
    }
    for (const auto& file : fs::directory_iterator(*directory_ / "run/pots")) found.push_back(file.path());
    for (const auto& process : fs::directory_iterator("/proc")) {
        const std::string link = process.path() / "root";
        std::error_code ignored;
        const std::string root = fs::read_symlink(link, ignored);
        if (root.starts_with(directory_->path().string())) found.push_back(link);
    }
    const std::string mounts = read_file("/proc/self/mountinfo");
    if (mounts.find(directory_->path().string()) != std::string::npos) found.emplace_back("a mount");
    return found;
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
    request.root.path = *directory_ / "root";
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
    using Session = std::unique_ptr<core::ExecSession>;
    auto session = await<Session>(
        [&](core::Reply<Session> reply) { exec_host_->exec(key, std::move(request), std::move(reply)); });
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
