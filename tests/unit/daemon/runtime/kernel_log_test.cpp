#include "daemon/platform/linux/kernel_log.hpp"

#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

// As Linux 6.1 and 6.18 write it.
constexpr std::string_view log =
    "4,1307,2392255817,-;tr invoked oom-killer: gfp_mask=0x500cc2(GFP_HIGHUSER|__GFP_ACCOUNT), order=0\n"
    "6,1418,2392261163,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
    "oom_memcg=/potd.potd/0123456789ab.7,task_memcg=/potd.potd/0123456789ab.7,task=first,pid=14679,uid=0\n"
    "3,1419,2392261187,-;Memory cgroup out of memory: Killed process 14679 (first) total-vm:36388kB\n"
    "6,1420,2392261190,-;oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=web,mems_allowed=0,"
    "global_oom,"
    "task_memcg=/potd.potd/0123456789ab.7,task=second,pid=20,uid=33\n"
    "6,1421,2392261191,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
    "oom_memcg=/potd.potd/0123456789ab.8,task_memcg=/potd.potd/0123456789ab.8,task=other,pid=21,uid=0\n";

class KernelLogTest : public testing::Test {
  protected:
    void write(std::string_view text) const { std::ofstream(path(), std::ios::app) << text; }
    [[nodiscard]] std::string path() const { return (directory_.path() / "kmsg").string(); }

    test::TempDir directory_{"potd-kmsg"};
    KernelLog kernel_log_{path()};
};

TEST_F(KernelLogTest, TheLastVictimOfAGroup) {
    write(log);
    EXPECT_EQ(kernel_log_.last_victim("/0123456789ab.7"), "second (pid 20)");
    EXPECT_EQ(kernel_log_.last_victim("/0123456789ab.8"), "other (pid 21)");
    EXPECT_EQ(kernel_log_.last_victim("/0123456789ab.9"), "");
}

TEST_F(KernelLogTest, ALogThatCannotBeReadTellsNobody) {
    EXPECT_EQ(kernel_log_.last_victim("/0123456789ab.7"), "");
    write(log);
    EXPECT_EQ(kernel_log_.last_victim("/0123456789ab.7"), "second (pid 20)") << "it can be now";
}

TEST_F(KernelLogTest, ReadsOnWhereItWas) {
    write(log);
    EXPECT_EQ(kernel_log_.last_victim("/0123456789ab.8"), "other (pid 21)");
    std::fstream(path(), std::ios::in | std::ios::out) << std::string(log.size(), ' ');  // overwritten
    write("6,1422,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg=/0123456789ab.8,task=third,pid=22\n");
    EXPECT_EQ(kernel_log_.last_victim("/0123456789ab.8"), "third (pid 22)");
    EXPECT_EQ(kernel_log_.last_victim("/0123456789ab.7"), "second (pid 20)") << "read for another";
}

TEST_F(KernelLogTest, RemembersTheLastAlone) {
    write(log);
    for (std::size_t n = 0; n < KernelLog::kept; ++n) {
        const std::string name = "t" + std::to_string(n);
        write("6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg=/a,task=" + name + ",pid=1\n");
        ASSERT_EQ(kernel_log_.last_victim("/a"), name + " (pid 1)");
    }
    EXPECT_EQ(kernel_log_.last_victim("/0123456789ab.8"), "");
}

}  // namespace
}  // namespace potd::platform
