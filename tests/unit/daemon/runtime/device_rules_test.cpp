#include "daemon/platform/linux/device_rules.hpp"

#include <array>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

/// Runs a device program on one access, as the kernel would: only the instructions that occur.
int decide(const std::vector<bpf_insn>& program, std::array<unsigned, 3> context) {
    std::array<unsigned, 11> registers{};
    for (std::size_t at = 0; at < program.size(); ++at) {
        const bpf_insn& step = program[at];
        unsigned& destination = registers.at(step.dst_reg);
        const unsigned source = registers.at(step.src_reg);
        const auto immediate = static_cast<unsigned>(step.imm);
        switch (step.code) {
            case BPF_LDX | BPF_MEM | BPF_W:
                destination = context.at(static_cast<std::size_t>(step.off) / 4);
                break;
            case BPF_ALU | BPF_MOV | BPF_X: destination = source; break;
            case BPF_ALU64 | BPF_MOV | BPF_K: destination = immediate; break;
            case BPF_ALU | BPF_RSH | BPF_K: destination >>= immediate; break;
            case BPF_ALU | BPF_AND | BPF_K: destination &= immediate; break;
            case BPF_JMP32 | BPF_JNE | BPF_K:
                if (destination != immediate) at += static_cast<std::size_t>(step.off);
                break;
            case BPF_JMP | BPF_EXIT: return static_cast<int>(registers[0]);
            default: return -1;
        }
    }
    return -2;
}

int access(unsigned type, unsigned how, unsigned major, unsigned minor) {
    return decide(device_program(default_device_rules()), {how << 16U | type, major, minor});
}

TEST(DeviceRulesTest, TheProgramAllowsTheUsualDevices) {
    EXPECT_EQ(access(BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, 1, 3), 1);
    EXPECT_EQ(access(BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_READ, 136, 12), 1);
    EXPECT_EQ(access(BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_WRITE, 5, 2), 1);
}

TEST(DeviceRulesTest, TheProgramAllowsToMakeButNotToUseADisk) {
    EXPECT_EQ(access(BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_ACC_MKNOD, 8, 0), 1);
    EXPECT_EQ(access(BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_ACC_READ, 8, 0), 0);
    EXPECT_EQ(access(BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_WRITE, 8, 0), 0);
    EXPECT_EQ(access(BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_READ, 1, 1), 0);   // mem
    EXPECT_EQ(access(BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_ACC_READ, 1, 3), 0);  // ram3, not null
}

TEST(DeviceRulesTest, NoRuleNoDevice) {
    EXPECT_EQ(decide(device_program({}), {BPF_DEVCG_ACC_READ << 16U | BPF_DEVCG_DEV_CHAR, 1, 3}), 0);
}

TEST(DeviceRulesTest, RulesReadLikeTheKernels) {
    EXPECT_EQ(v1_rule({'c', 136, -1, "rwm"}), "c 136:* rwm");
    EXPECT_EQ(v1_rule({'b', -1, -1, "m"}), "b *:* m");
}

}  // namespace
}  // namespace potd::platform
