#include "daemon/platform/posix/flavour_directories.hpp"

#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Texts = std::vector<core::FlavourText>;

class FlavourDirectoriesTest : public ::testing::Test {
  protected:
    FlavourDirectoriesTest() {
        fs::create_directories(first());
        fs::create_directories(second() / "web.d");
        put(first() / "web", "set-env -E A=1\n");
        put(second() / "web.sh", "x");
        put(second() / "slim.sh", "slim");
        put(second() / "notes~", "x");
        put(second() / ".hidden", "x");
    }
    [[nodiscard]] fs::path first() const { return place_ / "first"; }
    [[nodiscard]] fs::path second() const { return place_ / "second"; }
    static void put(const fs::path& path, const std::string& text) { test::write_file(path, text); }

    core::Result<Texts> read(std::vector<std::string> wanted) {
        std::optional<core::Result<Texts>> found;
        files_.read(std::move(wanted), [&](core::Result<Texts> texts) { found = std::move(texts); });
        loop_.run();
        return *found;
    }

    test::TempDir place_;
    fakes::ManualExecutor loop_;
    FlavourDirectories files_{loop_,
                              {(place_ / "first").string(), (place_ / "second").string(), "/no/such/place"}};
};

TEST_F(FlavourDirectoriesTest, TheFirstDirectoryThatHasAPartHasTheFlavour) {
    const auto found = read({"web", "slim"});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ((*found)[0].directory, first().string());
    EXPECT_EQ((*found)[0].commands, "set-env -E A=1\n");
    EXPECT_FALSE((*found)[0].script);
    EXPECT_EQ((*found)[1].script, "slim");
}

TEST_F(FlavourDirectoriesTest, ByPathAndTheScriptAlone) {
    put(second() / "web", "two");
    const auto found = read({(second() / "web").string(), (second() / "web.sh").string()});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ((*found)[0].commands, "two");
    EXPECT_EQ((*found)[0].script, "x");
    EXPECT_EQ((*found)[1].name, "web");
    EXPECT_FALSE((*found)[1].commands);
    EXPECT_EQ((*found)[1].script, "x");
}

TEST_F(FlavourDirectoriesTest, WhatIsMissingIsToldWithThePlaces) {
    const auto none = read({"web", "none"});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, core::ErrorKind::NotFound);
    EXPECT_EQ(none.error().field, "flavours[1]");
    EXPECT_THAT(none.error().message, HasSubstr(first().string() + " " + second().string()));
    EXPECT_EQ(read({(second() / "web.d").string()}).error().kind, core::ErrorKind::NotFound) << "a directory";
    put(first() / "big", std::string(65 << 10, 'x'));
    EXPECT_EQ(read({"big"}).error().kind, core::ErrorKind::TooLarge);
}

TEST_F(FlavourDirectoriesTest, ListsByName) {
    std::optional<core::Result<std::vector<core::FlavourEntry>>> found;
    files_.list([&](core::Result<std::vector<core::FlavourEntry>> all) { found = std::move(all); });
    loop_.run();
    ASSERT_TRUE(*found) << found->error().message;
    const auto& all = **found;
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].name, "slim");
    EXPECT_TRUE(all[0].has_script && !all[0].has_commands);
    EXPECT_EQ(all[1].name, "web");
    EXPECT_EQ(all[1].directory, first().string());
    EXPECT_TRUE(all[1].has_commands && !all[1].has_script);
}

}  // namespace
}  // namespace potd::platform
