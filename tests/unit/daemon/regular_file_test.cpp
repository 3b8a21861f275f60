#include "daemon/platform/posix/regular_file.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "tests/support/temp_dir.hpp"

#include <array>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

class RegularFileTest : public ::testing::Test {
  protected:
    core::Result<UniqueFd> open(const std::string& name, int access = O_RDONLY) {
        return open_regular(top_.get(), name, access);
    }

    test::TempDir dir_;
    UniqueFd top_ = open_directory(dir_.path().string()).value();
};

TEST_F(RegularFileTest, IsOpenedAsAsked) {
    test::write_file(dir_ / "file", "text");
    std::array<char, 8> text{};
    EXPECT_EQ(::read(open("file")->get(), text.data(), text.size()), 4);
    EXPECT_EQ(::write(open("file", O_WRONLY)->get(), "more!", 5), 5);
    EXPECT_EQ(test::read_file(dir_ / "file"), "more!");
    EXPECT_EQ(open("missing").error().os_error, ENOENT);
}

TEST_F(RegularFileTest, NothingElseIs) {
    test::write_file(dir_ / "file", "");
    std::filesystem::create_symlink("file", dir_ / "link");
    std::filesystem::create_directory(dir_ / "directory");
    ASSERT_EQ(::mkfifo((dir_ / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(open("link").error().os_error, ELOOP);
    EXPECT_EQ(open("directory").error().kind, core::ErrorKind::Conflict);
    EXPECT_EQ(open("pipe").error().kind, core::ErrorKind::Conflict);
}

}  // namespace
}  // namespace potd::platform
