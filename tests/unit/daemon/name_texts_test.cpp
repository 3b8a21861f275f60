#include "daemon/platform/posix/name_texts.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using core::NameFile;
using Kind = core::NameFile::Kind;

class NameTextsTest : public testing::Test {
  protected:
    std::string path(const std::string& name) const { return (dir_ / name).string(); }
    void write(const std::string& name, const std::string& text) const {
        ASSERT_TRUE(write_file_atomic(path(name), text).ok());
    }
    HostNameFiles host() const { return {path("hosts"), path("resolv"), path("upstream")}; }
    std::string rewritten(const std::string& text) const {
        const UniqueFd file(::open(path("file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        EXPECT_TRUE(rewrite(file.get(), text).ok());
        return platform::read_file(path("file")).value();
    }

    test::TempDir temp_;
    std::filesystem::path dir_ = temp_.path();
};

TEST_F(NameTextsTest, AFileIsRewrittenToAnyLength) {
    for (const char* text : {"", "one\n", "a longer one\nof two lines\n", "one\n", ""}) {
        EXPECT_EQ(rewritten(text), text);
        EXPECT_EQ(rewritten(text), text) << "again";
    }
}

TEST_F(NameTextsTest, AFileThatAPotHasMadeVeryLongTakesNoMemory) {
    for (const std::uintmax_t size : {std::uintmax_t{2} << 20U, std::uintmax_t{1} << 40U}) {
        write("file", "old\n");
        std::error_code failed;
        std::filesystem::resize_file(dir_ / "file", size, failed);
        if (failed) GTEST_SKIP() << "no file can be so long here";
        EXPECT_EQ(rewritten("one\n"), "one\n");
    }
}

TEST_F(NameTextsTest, EntriesStandBehindTheHosts) {
    write("hosts", "127.0.0.1 localhost");
    EXPECT_EQ(hosts_content({Kind::Copy, "10.0.0.7\tdb\n"}, host()).value(),
              "127.0.0.1 localhost\n10.0.0.7\tdb\n");
    EXPECT_EQ(hosts_content({Kind::Host, ""}, host()).value(), "127.0.0.1 localhost");
    EXPECT_EQ(hosts_content({Kind::Text, "x"}, host()).value(), "x");
    EXPECT_EQ(hosts_content({Kind::Own, "x"}, host()).value(), std::nullopt);
}

TEST_F(NameTextsTest, WithoutTheHostsThereIsLoopback) {
    EXPECT_EQ(hosts_content({Kind::Copy, "10.0.0.7\tdb\n"}, host()).value(),
              "127.0.0.1\tlocalhost\n::1\tlocalhost\n10.0.0.7\tdb\n");
    EXPECT_EQ(hosts_content({Kind::Host, ""}, host()).value(), std::nullopt);
    EXPECT_EQ(resolver_content({Kind::Copy, ""}, host()).value(), std::nullopt);
}

TEST_F(NameTextsTest, WhoeverTheHostsOwnResolverAsksIsAskedInstead) {
    write("resolv", "nameserver 127.0.0.53\nsearch a\n");
    EXPECT_EQ(resolver_content({Kind::Copy, ""}, host()).value(), "search a\n");
    write("upstream", "nameserver 192.0.2.1\nsearch b\n");
    EXPECT_EQ(resolver_content({Kind::Copy, ""}, host()).value(), "nameserver 192.0.2.1\nsearch b\n");
    EXPECT_EQ(resolver_content({Kind::Host, ""}, host()).value(), "nameserver 127.0.0.53\nsearch a\n");
    write("resolv", "nameserver 127.0.0.53\nnameserver 192.0.2.9\n");
    EXPECT_EQ(resolver_content({Kind::Copy, ""}, host()).value(), "nameserver 192.0.2.9\n");
}

}  // namespace
}  // namespace potd::platform
