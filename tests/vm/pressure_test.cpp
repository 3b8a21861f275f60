// A machine that really runs out of memory: who gives way, and that the kernel has nothing to do.
#include "tests/vm/fixture.hpp"

#include <string>
#include <vector>

namespace potd::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// It takes 2 MB of memory again and again, in a file system of its own, and goes on for ever.
constexpr const char* pressing_eater =
    "/bin/sh -c 'n=0; while :; do dd if=/dev/zero of=/mnt/$n bs=2M count=1 2>/dev/null; n=$((n+1)); sleep "
    "0.2; done'";

class PressureVmTest : public VmTest {
  protected:
    std::string create_eater(const std::string& options) {
        std::string pot = create(options + " --tmpfs /mnt", pressing_eater);
        vm().must("potctl start -p " + pot);
        return pot;
    }
    /// Who was killed, in that order.
    static std::vector<std::string> killed() {
        std::vector<std::string> found;
        const Json log = potctl("oom log --format json");
        for (const Json& event : log["items"]) {
            if (event["type"] == "pressure.acted" && event["details"]["action"] == "kill")
                found.push_back(event["pot"]);
        }
        return found;
    }
};

TEST_F(PressureVmTest, TheUsualRulesEndTheRightPotsBeforeTheKernelEndsAny) {
    const std::string high = create_eater("--oom-priority=10");
    const std::string low = create_eater("--oom-priority=-10");
    const std::string middle = create_eater("");
    const std::string safe = create("--oom-protected", idle);
    vm().must("potctl start -p " + safe);
    const Json first = end_of(low);
    EXPECT_EQ(first["reason"], "gave way") << first;
    const Json second = end_of(middle);
    EXPECT_EQ(second["reason"], "gave way") << second;
    // Its turn would come as well.
    vm().must("potctl stop -p " + high);
    EXPECT_EQ(last_run(high)["reason"], "stopped");
    EXPECT_EQ(last_run(safe)["ended_at"], nullptr) << "it runs on";
    const std::vector<std::string> order = killed();
    ASSERT_GE(order.size(), 2U);
    EXPECT_EQ(order[0], low);
    EXPECT_EQ(order[1], middle);
    EXPECT_EQ(vm().must("systemctl show -P NRestarts potd"), "0\n");
    EXPECT_THAT(vm().must("dmesg"), Not(HasSubstr("oom-kill:")));
    EXPECT_THAT(vm().must("potctl oom log"), HasSubstr("because: memory_available is "));
}

}  // namespace
}  // namespace potd::test
