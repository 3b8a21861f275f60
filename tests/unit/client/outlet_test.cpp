#include "client/terminal/outlet.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <future>
#include <string>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace potd::client {
namespace {

class OutletTest : public ::testing::Test {
  protected:
    OutletTest() {
        (void)::signal(SIGPIPE, SIG_IGN);
        EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0);
    }
    ~OutletTest() override {
        for (const int end : ends_) ::close(end);
    }
    std::string read_exactly(std::size_t size) {
        std::string bytes(size, '\0');
        for (std::size_t at = 0; at < size;) {
            const ssize_t got = ::read(ends_[0], bytes.data() + at, size - at);
            if (got <= 0) break;
            at += static_cast<std::size_t>(got);
        }
        return bytes;
    }

    std::array<int, 2> ends_{-1, -1};
    Poller poller_;
};

TEST_F(OutletTest, WhatFitsGoesOutAtOnce) {
    Outlet outlet(ends_[1], poller_, [] { return Status(Done{}); });
    outlet.write("hello");
    EXPECT_FALSE(outlet.pending());
    EXPECT_EQ(read_exactly(5), "hello");
}

TEST_F(OutletTest, WhatDoesNotFitIsKeptAndGoesOutInOrder) {
    Outlet outlet(ends_[1], poller_, [this] {
        poller_.stop();
        return Status(Done{});
    });
    std::string all;
    for (int i = 0; i < 100'000; ++i) all += std::to_string(i);
    outlet.write(all);
    outlet.write("end");
    ASSERT_TRUE(outlet.pending());
    auto read = std::async(std::launch::async, [&] { return read_exactly(all.size() + 3); });
    ASSERT_TRUE(poller_.run());
    EXPECT_FALSE(outlet.pending());
    EXPECT_TRUE(read.get() == all + "end");
}

TEST_F(OutletTest, AReaderThatLeavesIsAnErrorAndNothingIsKept) {
    Outlet outlet(ends_[1], poller_, [this] {
        poller_.stop();
        return Status(Done{});
    });
    outlet.write(std::string(1'000'000, 'x'));
    ASSERT_TRUE(outlet.pending());
    ::close(std::exchange(ends_[0], -1));
    ASSERT_TRUE(poller_.run());
    EXPECT_EQ(outlet.error(), EPIPE);
    EXPECT_FALSE(outlet.pending());
    outlet.write("more");
    EXPECT_FALSE(outlet.pending());
}

}  // namespace
}  // namespace potd::client
