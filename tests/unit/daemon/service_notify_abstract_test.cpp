// Sockets without a file are Linux's.
#include "tests/unit/daemon/service_notify_fixture.hpp"

#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace potd::platform {
namespace {

class AbstractNotifyTest : public ServiceNotifyFixture {};

TEST_F(AbstractNotifyTest, ReachesAbstractSockets) {
    const std::string socket = "@potd-test-" + std::to_string(::getpid());
    const NotifyListener manager(socket);
    ServiceNotify notify = open({socket, "", ""});
    EXPECT_TRUE(notify.alive());
    EXPECT_EQ(manager.received(), "WATCHDOG=1");
}

}  // namespace
}  // namespace potd::platform
