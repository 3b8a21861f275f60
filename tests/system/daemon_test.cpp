// potd as a service: signals, notifications, its log, its socket.
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/system/fixture.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace potd::test {
namespace {

/// The receiving end of sd_notify(3).
class NotifySocket {
  public:
    explicit NotifySocket(std::string path)
        : path_(std::move(path)), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.c_str(), std::min(path_.size() + 1, sizeof address.sun_path));
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

    /// Waits until a message with this line has come.
    bool expect(const std::string& line) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (seen_.find(line + "\n") == std::string::npos) {
            const auto left =
                std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
            pollfd readable{fd_.get(), POLLIN, 0};
            if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) != 1) return false;
            std::array<char, 4096> message;  // NOLINT: filled by recv
            const ssize_t size = ::recv(fd_.get(), message.data(), message.size(), 0);
            if (size > 0) seen_.append(message.data(), static_cast<std::size_t>(size)).append("\n");
        }
        return true;
    }
    void forget() { seen_.clear(); }
    [[nodiscard]] const std::string& seen() const { return seen_; }

  private:
    std::string path_;
    platform::UniqueFd fd_;
    std::string seen_;
};

class NotifyTest : public OwnPotdTest {};

TEST_F(NotifyTest, TellsReadyReloadingStoppingAndTheWatchdog) {
    const TempDir place("potd-" + potd.instance());
    NotifySocket notify((place / "notify").string());
    PotdOptions options;
    options.env = {{"NOTIFY_SOCKET", notify.path()}, {"WATCHDOG_USEC", "200000"}};
    PotdProcess service(options);
    service.start();
    EXPECT_TRUE(notify.expect("READY=1")) << notify.seen();
    EXPECT_TRUE(notify.expect("WATCHDOG=1")) << notify.seen();
    notify.forget();
    service.signal(SIGHUP);
    EXPECT_TRUE(notify.expect("RELOADING=1")) << notify.seen();
    EXPECT_TRUE(notify.expect("READY=1")) << notify.seen();
    service.signal(SIGTERM);
    EXPECT_TRUE(notify.expect("STOPPING=1")) << notify.seen();
    EXPECT_EQ(service.wait_exit(milliseconds(60'000)), 0);
}

class ServiceTest : public OwnPotdTest {};

TEST_F(ServiceTest, ReadyIsTrueOnlyWhenItIs) {
    start_potd();
    EXPECT_EQ(api().request("GET", "/v1/ready").json()["status"], "ready");
    EXPECT_EQ(api().request("GET", "/v1/info").json()["instance"], potd.instance());
}

TEST_F(ServiceTest, TheSocketIsForTheGroupOnly) {
    start_potd();
    struct stat info {};
    ASSERT_EQ(::stat(potd.socket().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0660U);
}

TEST_F(ServiceTest, TheStateIsForRootOnly) {
    start_potd();
    struct stat info {};
    ASSERT_EQ(::stat(potd.state_dir().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0022U, 0U) << "others may write";
    EXPECT_EQ(info.st_mode & 0004U, 0U) << "others may read";
}

TEST_F(ServiceTest, AStaleSocketIsReplaced) {
    start_potd();
    potd.kill9();
    ASSERT_TRUE(std::filesystem::exists(potd.socket()));
    potd.start();
    EXPECT_EQ(api().request("GET", "/v1/health").status, 200);
}

TEST_F(ServiceTest, TermEndsItWithZeroAlsoWhileClientsWait) {
    start_potd();
    api().create({{"name", "a"}, {"base", "host"}, {"command", sh("exec sleep 1000")}});
    api().start("a");
    HttpConnection waiting(potd.socket());
    ASSERT_TRUE(waiting.send("GET /v1/pots/a/wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    HttpConnection following(potd.socket());
    ASSERT_EQ(following.open("GET", "/v1/pots/a/logs?follow=true").status, 200);
    EXPECT_EQ(potd.terminate(), 0) << potd.log();
}

TEST_F(ServiceTest, EveryLineOfARequestHasItsId) {
    start_potd();
    const Response response = api().request("GET", "/v1/pots/none", nullptr, {{"X-Request-Id", "my-own-id"}});
    EXPECT_EQ(response.header("x-request-id"), "my-own-id");
    EXPECT_TRUE(wait_until([&] { return potd.log().find("my-own-id") != std::string::npos; })) << potd.log();
}

TEST_F(NotifyTest, HangupChangesTheLogLevel) {
    PotdOptions options;
    options.log_level.clear();
    options.extra_config = "log:\n  level: warning\n";
    PotdProcess service(options);
    service.start();
    const auto speaks = [&](const std::string& id) {
        service.http("GET", "/v1/pots/none", nullptr, {{"X-Request-Id", id}});
        return wait_until([&] { return service.log().find(id) != std::string::npos; }, milliseconds(200));
    };
    EXPECT_FALSE(speaks("before-the-change"));
    write_file(service.config_file(), "instance: " + service.instance() + "\nlog:\n  level: debug\n");
    service.signal(SIGHUP);
    EXPECT_TRUE(wait_until([&] { return speaks("after-the-change"); })) << service.log();
}

TEST_F(NotifyTest, HangupTakesOverDefaultsAndNamesWhatNeedsARestart) {
    PotdProcess service;
    service.start();
    PotApi client(service.socket());
    client.install_base({{"name", "host"}, {"host", true}});
    write_file(service.config_file(),
               "instance: " + service.instance() + "\ndefaults:\n  stop_timeout: 7s\n  pids: 99\n");
    service.signal(SIGHUP);
    const auto says = [&](const std::string& text) { return service.log().find(text) != std::string::npos; };
    ASSERT_TRUE(wait_until([&] { return says("by a restart only") && says("defaults.pids"); }))
        << service.log();
    EXPECT_TRUE(says("defaults.stop_timeout"));
    client.create({{"name", "a"}, {"base", "host"}});
    Json spec = client.inspect("a")["spec"];
    EXPECT_EQ(spec["stop"]["timeout"], "7s");
    EXPECT_TRUE(spec["limits"]["pids"].is_null()) << spec["limits"];
}

TEST_F(NotifyTest, ABadReloadKeepsWhatWas) {
    start_potd();
    write_file(potd.config_file(), "colour: red\n");
    potd.signal(SIGHUP);
    EXPECT_TRUE(wait_until([&] { return potd.log().find("colour") != std::string::npos; })) << potd.log();
    EXPECT_EQ(api().request("GET", "/v1/health").status, 200);
}

}  // namespace
}  // namespace potd::test
