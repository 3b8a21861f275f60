#include "client/command/log_lines.hpp"

#include "client/json/value.hpp"

#include <array>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::client {
namespace {

/// What comes of a line when `fd` is the standard output.
std::string written_to(int fd, int reading_end, const std::string& text) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(fd, STDOUT_FILENO);
        LogLines lines(false);
        lines.write(Value(Value::Object{{"stream", Value("stdout")}, {"text", Value(text)}}));
        ::_exit(lines.open() ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    std::array<char, 256> room{};
    const ssize_t size = ::read(reading_end, room.data(), room.size());
    return {room.data(), static_cast<std::size_t>(size < 0 ? 0 : size)};
}

TEST(LogLinesTest, ATerminalIsToldToDoNothing) {
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_TRUE(master >= 0 && ::grantpt(master) == 0 && ::unlockpt(master) == 0);
    std::array<char, 64> name{};
    ASSERT_EQ(::ptsname_r(master, name.data(), name.size()), 0);
    const int slave = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_GE(slave, 0);
    EXPECT_EQ(written_to(slave, master, "\x1b]0;title\x07\x1b[31mred"),
              "\\x1b]0;title\\x07\x1b[31mred\x1b[0m\r\n");
    ::close(slave);
    ::close(master);
}

TEST(LogLinesTest, AFileGetsWhatWasWritten) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    EXPECT_EQ(written_to(ends[1], ends[0], "\x1b]0;title\x07"), "\x1b]0;title\x07\n");
    for (const int end : ends) ::close(end);
}

}  // namespace
}  // namespace potd::client
