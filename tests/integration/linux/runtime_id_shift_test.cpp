// Whether owners can be shifted, tried on the real kernel.
#include "daemon/platform/linux/id_shift.hpp"
#include "tests/integration/runtime_fixture.hpp"

#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using platform::IdShift;

class IdShiftTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "needs root";
        fs::create_directories(directory_ / "trash");
    }
    [[nodiscard]] IdShift probe(bool overlay) const {
        return IdShift::probe({directory_.path().string(), overlay, 1'234'000'000});
    }

    TempDir directory_{"potd-shift"};
};

TEST_F(IdShiftTest, WhatItFindsItLeavesAsItWas) {
    for (const bool overlay : {true, false}) {
        const IdShift shift = probe(overlay);
        if (!shift.usable()) GTEST_SKIP() << shift.usable().error().message;
        EXPECT_TRUE(fs::is_empty(directory_ / "trash"));
        EXPECT_TRUE(fs::exists(directory_ / (overlay ? "shift-works-overlay" : "shift-works-dir")));
        EXPECT_TRUE(probe(overlay).usable()) << "from its note";
    }
    EXPECT_EQ(read_file("/proc/self/mountinfo").find("potd-shift"), std::string::npos);
}

TEST_F(IdShiftTest, AStateDirectoryThatCannotBeShiftedIsSaid) {
    const IdShift shift = IdShift::probe({"/proc/self", false, 1'234'000'000});
    ASSERT_FALSE(shift.usable());
    EXPECT_NE(shift.usable().error().message.find("/proc/self"), std::string::npos)
        << shift.usable().error().message;
}

TEST_F(IdShiftTest, IdsThatCannotBeMappedAreSaid) {
    const IdShift shift = IdShift::probe({directory_.path().string(), false, 0U - 1000});
    ASSERT_FALSE(shift.usable());
    EXPECT_EQ(shift.usable().error().kind, core::ErrorKind::Unsupported);
    EXPECT_NE(shift.usable().error().message.find("uid_map"), std::string::npos);
}

TEST_F(IdShiftTest, KnowsWhichTreesCanBeShifted) {
    const IdShift shift = probe(false);
    if (!shift.usable()) GTEST_SKIP() << shift.usable().error().message;
    EXPECT_TRUE(shift.check_tree(directory_.path().string()));
    EXPECT_TRUE(shift.check_tree((directory_ / "missing").string())) << "the start says what is missing";
    const auto refused = shift.check_tree("/proc");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Unsupported);
}

TEST_F(IdShiftTest, ADirectoryIsGivenToItsRoot) {
    const fs::path upper = directory_ / "trash";
    ASSERT_TRUE(platform::give_directory(upper.string(), 1'234'000'000));
    ASSERT_TRUE(platform::give_directory(upper.string(), 1'234'000'000)) << "again";
    struct stat about {};
    ASSERT_EQ(::stat(upper.c_str(), &about), 0);
    EXPECT_EQ(about.st_uid, 1'234'000'000U);
    EXPECT_EQ(about.st_gid, 1'234'000'000U);
    fs::create_directory_symlink(upper, directory_ / "link");
    EXPECT_FALSE(platform::give_directory((directory_ / "link").string(), 0)) << "no link is followed";
    EXPECT_EQ(platform::give_directory((directory_ / "missing").string(), 0).error().kind,
              core::ErrorKind::NotFound);
}

class RuntimeUserNamespaceTest : public RuntimeFixture {};

TEST_F(RuntimeUserNamespaceTest, RunsShiftedAndIsAdopted) {
    auto order = request("while :; do sleep 0.05; done");
    order.spec.security.user_namespace = true;
    order.first_host_id = 1'234'000'000;
    const auto key = run(order);
    const core::RunProcesses processes = *told(key).started;
    restart_runtime();
    EXPECT_EQ(adopt(key, processes).kind, core::Adopted::Kind::Running);
    const ExecEnd end =
        exec(key, {{"/bin/sh", "-c", "id -u; cat /proc/self/uid_map"}, {}, "", "", false, 24, 80});
    EXPECT_EQ(end.out, "0\n         0 1234000000      65536\n");
    runtime_->kill_all(key);
    wait_for_end(key);
    release(key);
}

TEST_F(RuntimeUserNamespaceTest, WithoutAProbeItIsRefused) {
    core::PotSpec spec;
    spec.security.user_namespace = true;
    EXPECT_EQ(runtime_->check(spec).error().field, "security.user_namespace");
}

}  // namespace
}  // namespace potd::test
