#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

namespace potd::platform {

/// The thread gets a network of its own and gives it back: what it made there goes with it.
class OwnNetworkTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "a network namespace needs root";
        before_ = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        ASSERT_GE(before_, 0);
        ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    }
    void TearDown() override {
        if (before_ < 0) return;
        EXPECT_EQ(::setns(before_, CLONE_NEWNET), 0);
        ::close(before_);
    }

  private:
    int before_ = -1;
};

}  // namespace potd::platform
