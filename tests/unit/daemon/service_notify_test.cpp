#include "tests/unit/daemon/service_notify_fixture.hpp"

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using core::Result;

class ServiceNotifyTest : public ServiceNotifyFixture {};

TEST_F(ServiceNotifyTest, SaysWhatTheProtocolWants) {
    const std::string socket = dir_ / "notify";
    const NotifyListener manager(socket);
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
    const NotifyListener manager(socket);
    ServiceNotify notify = open({socket, "", ""});
    ASSERT_TRUE(notify.reloading());
    const std::string message = manager.received();
    const std::string start = "RELOADING=1\nMONOTONIC_USEC=";
    ASSERT_TRUE(message.starts_with(start)) << message;
    EXPECT_GT(std::stoll(message.substr(start.size())), 0);
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
    // NOLINTBEGIN(concurrency-mt-unsafe): the test has one thread
    ASSERT_EQ(::setenv("NOTIFY_SOCKET", "/somewhere", 1), 0);
    ASSERT_EQ(::setenv("WATCHDOG_USEC", "10", 1), 0);
    ASSERT_EQ(::setenv("WATCHDOG_PID", "4", 1), 0);
    const NotifyEnvironment taken = take_notify_environment();
    EXPECT_EQ(taken.socket, "/somewhere");
    EXPECT_EQ(taken.watchdog_usec, "10");
    EXPECT_EQ(taken.watchdog_pid, "4");
    EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
    // NOLINTEND(concurrency-mt-unsafe)
    EXPECT_EQ(take_notify_environment().watchdog_usec, "");
}

}  // namespace
}  // namespace potd::platform
