// Addresses on a real interface, one that the test makes.
#include "daemon/platform/freebsd/host_aliases.hpp"
#include "daemon/platform/freebsd/interface_addresses.hpp"
#include "daemon/platform/posix/file.hpp"
#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace potd::platform {
namespace {

/// What a shell line prints, without its last newline.
std::string shell_output(const std::string& line) {
    std::string out;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(line.c_str(), "r"), &::pclose);  // NOLINT: tests
    std::array<char, 256> part{};
    while (pipe && std::fgets(part.data(), part.size(), pipe.get()) != nullptr) out += part.data();
    if (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
}

class HostAliasesTest : public testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "interfaces are root's to make";
        interface_ = shell_output("ifconfig lo create");
        ASSERT_FALSE(interface_.empty());
        ASSERT_TRUE(aliases_.prepare());
    }
    void TearDown() override {
        if (!interface_.empty()) shell_output("ifconfig " + interface_ + " destroy 2>/dev/null");
    }

    core::NetworkSpec network(const std::vector<const char*>& addresses) const {
        core::NetworkSpec spec;
        spec.type = core::NetworkType::Alias;
        spec.interfaces.emplace_back().interface = interface_;
        for (const char* text : addresses)
            spec.interfaces.back().addresses.push_back(*core::parse_interface_address(text, "test"));
        return spec;
    }
    /// Those of the test's interface that a pot could have, sorted.
    std::vector<std::string> there() const {
        std::vector<std::string> found;
        const auto all = read_host_addresses();
        for (const HostAddress& one : *all) {
            const std::string text = core::to_string(one.address);
            if (one.interface == interface_ && core::parse_interface_address(text, "test"))
                found.push_back(text);
        }
        std::sort(found.begin(), found.end());
        return found;
    }
    std::string record(const std::string& run) const {
        return directory_.path().string() + "/addresses/" + run;
    }

    using Texts = std::vector<std::string>;
    test::TempDir directory_;
    HostAliases aliases_{directory_.path().string(), "this-boot"};
    std::string interface_;
};

TEST_F(HostAliasesTest, AreAddedAndTakenOff) {
    ASSERT_TRUE(aliases_.add("a.1", network({"10.99.0.2", "10.99.1.2/24", "fd99::2"})));
    EXPECT_EQ(there(), (Texts{"10.99.0.2", "10.99.1.2", "fd99::2"}));
    EXPECT_TRUE(exists(record("a.1")));
    EXPECT_TRUE(aliases_.remove("a.1"));
    EXPECT_EQ(there(), Texts{});
    EXPECT_FALSE(exists(record("a.1")));
    EXPECT_TRUE(aliases_.remove("a.1")) << "nothing to do is fine";
}

TEST_F(HostAliasesTest, WhatTheHostHasIsRefusedAndStays) {
    shell_output("ifconfig " + interface_ + " inet 10.99.0.3/32");
    const auto refused = aliases_.add("a.1", network({"10.99.0.2", "10.99.0.3"}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "network.interfaces[0].addresses[1]");
    EXPECT_EQ(there(), Texts{"10.99.0.3"});
    EXPECT_FALSE(exists(record("a.1")));
    EXPECT_TRUE(aliases_.sweep({}));
    EXPECT_EQ(there(), Texts{"10.99.0.3"});
}

TEST_F(HostAliasesTest, AnotherPotdFindsWhatAKilledOneAdded) {
    ASSERT_TRUE(aliases_.add("dead.1", network({"10.99.0.2"})));
    ASSERT_TRUE(aliases_.add("live.1", network({"10.99.0.3"})));
    HostAliases next(directory_.path().string(), "this-boot");
    ASSERT_TRUE(next.prepare());
    ASSERT_TRUE(next.add("new.1", network({"10.99.0.4"})));
    ASSERT_TRUE(next.sweep({"live.1"}));
    EXPECT_EQ(there(), (Texts{"10.99.0.3", "10.99.0.4"}));
    EXPECT_TRUE(next.remove("live.1"));
    EXPECT_EQ(there(), Texts{"10.99.0.4"});
}

TEST_F(HostAliasesTest, ARunThatWasCutBeforeItsMonitorIsBegunAgain) {
    ASSERT_TRUE(aliases_.add("a.1", network({"10.99.0.2", "10.99.0.3"})));
    HostAliases next(directory_.path().string(), "this-boot");
    ASSERT_TRUE(next.prepare());
    EXPECT_TRUE(next.add("a.1", network({"10.99.0.2"}))) << "its own addresses are no obstacle";
    EXPECT_EQ(there(), Texts{"10.99.0.2"});
}

TEST_F(HostAliasesTest, RecordsOfAnotherBootAreForgotten) {
    ASSERT_TRUE(aliases_.add("a.1", network({"10.99.0.2"})));
    HostAliases after(directory_.path().string(), "another-boot");
    ASSERT_TRUE(after.sweep({}));
    EXPECT_EQ(there(), Texts{"10.99.0.2"}) << "by now it may be the host's own";
    EXPECT_FALSE(exists(record("a.1")));
    shell_output("ifconfig " + interface_ + " inet 10.99.0.2 -alias");
}

TEST_F(HostAliasesTest, WhatWasCutWhileItWasWrittenIsRemoved) {
    ASSERT_TRUE(write_file_atomic(record("a.1.new"), "boot th"));
    EXPECT_TRUE(aliases_.sweep({}));
    EXPECT_FALSE(exists(record("a.1.new")));
}

TEST_F(HostAliasesTest, AnInterfaceThatIsGoneTakesItsAddressesAlong) {
    EXPECT_FALSE(aliases_.add("a.1", [&] {
        auto spec = network({"10.99.0.2"});
        spec.interfaces.front().interface = "eth77";
        return spec;
    }()));
    ASSERT_TRUE(aliases_.add("a.1", network({"10.99.0.2", "fd99::2"})));
    shell_output("ifconfig " + interface_ + " destroy");
    const auto gone = aliases_.remove("a.1");
    EXPECT_TRUE(gone) << gone.error().message;
    EXPECT_FALSE(exists(record("a.1")));
}

}  // namespace
}  // namespace potd::platform
