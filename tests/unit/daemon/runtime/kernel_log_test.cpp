#include "daemon/platform/linux/kernel_log.hpp"

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

TEST(KernelLogTest, TheLastVictimOfAGroup) {
    EXPECT_EQ(last_oom_victim(log, "/0123456789ab.7"), "second (pid 20)");
    EXPECT_EQ(last_oom_victim(log, "/0123456789ab.8"), "other (pid 21)");
    EXPECT_EQ(last_oom_victim(log, "/0123456789ab.9"), "");
    EXPECT_EQ(last_oom_victim("", "/0123456789ab.9"), "");
}

}  // namespace
}  // namespace potd::platform
