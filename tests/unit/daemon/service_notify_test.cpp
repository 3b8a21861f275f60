#include "daemon/platform/posix/service_notify.hpp"

#include "tests/support/temp_dir.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using core::Result;

/// The service manager's end.
class Listener {
  public:
    /// `name` as in NOTIFY_SOCKET.
    explicit Listener(std::string name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (name[0] == '@') name[0] = '\0';
        std::memcpy(static_cast<void*>(address.sun_path), name.data(), name.size());
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    }
    std::string received() const {
        char buffer[512];
        const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
        return got < 0 ? "(nothing)" : std::string(buffer, static_cast<std::size_t>(got));
    }

  private:
    UniqueFd socket_;
};

class ServiceNotifyTest : public testing::Test {
  protected:
    static ServiceNotify open(const NotifyEnvironment& environment) {
        Result<ServiceNotify> opened = ServiceNotify::open(environment);
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    test::TempDir dir_;
};

TEST_F(ServiceNotifyTest, SaysWhatTheProtocolWants) {
    const std::string socket = dir_ / "notify";
    const Listener manager(socket);
    ServiceNotify notify = open({socket, "", ""});
    EXPECT_TRUE(notify.has_manager());
    EXPECT_TRUE(notify.ready("3 pots"));
    EXPECT_EQ(manager.received(), "READY=1\nSTATUS=3 pots");
    EXPECT_TRUE(notify.status("4 pots\nREADY=1"));
    EXPECT_EQ(manager.received(), "STATUS=4 pots READY=1");
    EXPECT_TRUE(notify.alive());
    EXPECT_EQ(manager.received(), "WATCHDOG=1");
    EXPECT_TRUE(notify.stopping("bye"));
    EXPECT_EQ(manager.received(), "STOPPING=1\nSTATUS=bye");
}

TEST_F(ServiceNotifyTest, AReloadCarriesTheMonotonicTime) {
    const std::string socket = dir_ / "notify";
    const Listener manager(socket);
    ServiceNotify notify = open({socket, "", ""});
    ASSERT_TRUE(notify.reloading());
    const std::string message = manager.received();
    const std::string start = "RELOADING=1\nMONOTONIC_USEC=";
    ASSERT_TRUE(message.starts_with(start)) << message;
    EXPECT_GT(std::stoll(message.substr(start.size())), 0);
}

TEST_F(ServiceNotifyTest, ReachesAbstractSockets) {
    const std::string socket = "@potd-test-" + std::to_string(::getpid());
    const Listener manager(socket);
    ServiceNotify notify = open({socket, "", ""});
    EXPECT_TRUE(notify.alive());
    EXPECT_EQ(manager.received(), "WATCHDOG=1");
}

TEST_F(ServiceNotifyTest, WithoutAManagerNothingHappens) {
    ServiceNotify notify = open({});
    EXPECT_FALSE(notify.has_manager());
    EXPECT_TRUE(notify.ready("up"));
    EXPECT_TRUE(notify.reloading());
    EXPECT_FALSE(notify.watchdog_interval());
}

TEST_F(ServiceNotifyTest, AManagerThatIsGoneIsAnError) {
    ServiceNotify notify = open({dir_ / "nobody", "", ""});
    EXPECT_FALSE(notify.ready("up"));
}

TEST_F(ServiceNotifyTest, TheWatchdogIsFedTwiceInItsPatience) {
    const std::string own = std::to_string(::getpid());
    EXPECT_EQ(open({"", "30000000", own}).watchdog_interval(), core::milliseconds(15'000));
    EXPECT_EQ(open({"", "30000000", ""}).watchdog_interval(), core::milliseconds(15'000));
    EXPECT_EQ(open({"", "1", own}).watchdog_interval(), core::milliseconds(1));
    EXPECT_FALSE(open({"", "30000000", "1"}).watchdog_interval()) << "meant for another process";
    EXPECT_FALSE(open({"", "0", own}).watchdog_interval());
}

TEST_F(ServiceNotifyTest, RefusesWhatMakesNoSense) {
    EXPECT_FALSE(ServiceNotify::open({"relative", "", ""}));
    EXPECT_FALSE(ServiceNotify::open({"vsock:2:1234", "", ""}));
    EXPECT_FALSE(ServiceNotify::open({"/", "", ""}));
    EXPECT_FALSE(ServiceNotify::open({"/" + std::string(200, 'x'), "", ""}));
    EXPECT_FALSE(ServiceNotify::open({"", "soon", ""}));
    EXPECT_FALSE(ServiceNotify::open({"", "10", "me"}));
}

TEST_F(ServiceNotifyTest, TakesTheVariablesAway) {
    ASSERT_EQ(::setenv("NOTIFY_SOCKET", "/somewhere", 1), 0);
    ASSERT_EQ(::setenv("WATCHDOG_USEC", "10", 1), 0);
    ASSERT_EQ(::setenv("WATCHDOG_PID", "4", 1), 0);
    const NotifyEnvironment taken = take_notify_environment();
    EXPECT_EQ(taken.socket, "/somewhere");
    EXPECT_EQ(taken.watchdog_usec, "10");
    EXPECT_EQ(taken.watchdog_pid, "4");
    EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
    EXPECT_EQ(take_notify_environment().watchdog_usec, "");
}

}  // namespace
}  // namespace potd::platform
