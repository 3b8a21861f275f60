#include "daemon/platform/posix/regular_file.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "tests/support/temp_dir.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

TEST(RegularFileLinuxTest, WhatIsNoneIsNotEvenOpenedForAMoment) {
    const test::TempDir dir;
    ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
    const UniqueFd watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    ASSERT_GE(::inotify_add_watch(watch.get(), (dir / "pipe").c_str(), IN_OPEN), 0);
    EXPECT_FALSE(open_regular(open_directory(dir.path().string())->get(), "pipe", O_RDONLY));
    std::array<char, 4096> events{};
    EXPECT_EQ(::read(watch.get(), events.data(), events.size()), -1) << "it was opened";
    EXPECT_EQ(errno, EAGAIN);
}

}  // namespace
}  // namespace potd::platform
