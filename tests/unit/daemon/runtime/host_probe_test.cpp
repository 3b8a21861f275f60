#include "daemon/platform/linux/host_probe.hpp"

#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using test::MachineTree;

/// What the machine lacks, as far as it is about stalls.
std::vector<std::string> said_of_stalls(const MachineTree& machine) {
    std::vector<std::string> sentences = read_host_facts(machine.layout(), machine.root()).degraded;
    std::erase_if(sentences, [](const std::string& one) {
        return one.find("stalls") == std::string::npos && one.find("pressure") == std::string::npos;
    });
    return sentences;
}

TEST(HostProbeTest, SaysThatTheKernelDoesNotCountStalls) {
    const MachineTree machine(CgroupMode::V2);
    const auto said = said_of_stalls(machine);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(
        said[0],
        "The kernel does not count stalls (psi=1 on its command line): pots have no figures of pressure, "
        "and rules of pressure cannot use those of memory.");
}

/// As with a kernel that could count and was not told to: reading it fails, opening it does not.
TEST(HostProbeTest, AFileOfStallsThatCannotBeReadIsNone) {
    const MachineTree machine(CgroupMode::V2);
    std::filesystem::create_directories(machine.root() + "/proc/pressure/memory");
    const auto said = said_of_stalls(machine);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_NE(said[0].find("psi=1"), std::string::npos);
}

TEST(HostProbeTest, SaysNothingOfStallsWhereTheyAreCounted) {
    const MachineTree machine(CgroupMode::V2);
    machine.put("proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
    EXPECT_EQ(said_of_stalls(machine), std::vector<std::string>());
}

TEST(HostProbeTest, SaysThatPotsHaveNoFiguresOfPressureOnV1Alone) {
    const MachineTree machine(CgroupMode::V1);
    machine.put("proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
    const auto said = said_of_stalls(machine);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0], "There is no unified control group hierarchy: pots have no figures of pressure.");
}

}  // namespace
}  // namespace potd::platform
