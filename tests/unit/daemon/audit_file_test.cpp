#include "daemon/audit_file.hpp"

#include "tests/support/temp_dir.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace potd {
namespace {

namespace fs = std::filesystem;

class AuditFileTest : public testing::Test {
  protected:
    test::TempDir dir_;
    fs::path name_ = dir_ / "audit.jsonl";
    std::vector<std::string> complaints_;
    AuditFile file_{[this](const std::string& text) { complaints_.push_back(text); }};
};

TEST_F(AuditFileTest, IsMadeForItsOwnerAlone) {
    ASSERT_TRUE(file_.open(name_));
    file_.write("one\n");
    struct stat facts {};
    ASSERT_EQ(::stat(name_.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0600U);
    EXPECT_EQ(test::read_file(name_), "one\n");
}

TEST_F(AuditFileTest, GoesOnInANewFileAfterItWasRotated) {
    ASSERT_TRUE(file_.open(name_));
    file_.write("one\n");
    fs::rename(name_, dir_ / "old");
    file_.write("two\n");
    ASSERT_TRUE(file_.open(name_));
    file_.write("three\n");
    EXPECT_EQ(test::read_file(dir_ / "old"), "one\ntwo\n");
    EXPECT_EQ(test::read_file(name_), "three\n");
    ASSERT_TRUE(file_.open({}));
    file_.write("nowhere\n");
    EXPECT_EQ(test::read_file(name_), "three\n");
}

TEST_F(AuditFileTest, WritesToNothingThatOthersCanRead) {
    test::write_file(name_, "");
    fs::permissions(name_, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
    const core::Status open = file_.open(name_);
    ASSERT_FALSE(open);
    EXPECT_NE(open.error().message.find("expected a file with the mode 0600"), std::string::npos);
    file_.write("one\n");
    EXPECT_EQ(test::read_file(name_), "");
    fs::create_symlink(dir_ / "elsewhere", dir_ / "link");
    EXPECT_FALSE(file_.open(dir_ / "link"));
    EXPECT_FALSE(fs::exists(dir_ / "elsewhere"));
    ASSERT_EQ(::mkfifo((dir_ / "pipe").c_str(), 0600), 0);
    EXPECT_FALSE(file_.open(dir_ / "pipe"));
}

}  // namespace
}  // namespace potd
