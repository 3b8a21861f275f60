#include "core/model/limits.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

constexpr std::int64_t mib_of_limits = 1 << 20;

SpecBounds four_of_six() {
    SpecBounds bounds;
    bounds.cpus = 4;
    bounds.memory = 8192 * mib_of_limits;
    bounds.cpu_numbers = {0, 1, 4, 5};
    return bounds;
}

Error refusal_of(const std::function<void(Limits&)>& edit) {
    Limits limits;
    edit(limits);
    const Status status = check_limits(limits, four_of_six());
    return status ? error(ErrorKind::Internal, "not refused") : status.error();
}

TEST(LimitsTest, TakesTheWholeSet) {
    Limits limits;
    limits.memory = 256 * mib_of_limits;
    limits.memory_soft = 128 * mib_of_limits;
    limits.swap = 0;
    limits.cpus = 4;
    limits.cpu_weight = 10'000;
    limits.cpuset = "0-1,4";
    limits.pids = 1;
    limits.files = 64;
    limits.io_weight = 1;
    limits.io = {{"/dev/vda", 4096, 0, 0, 0}, {"254:16", 0, 0, 0, 1}};
    limits.hugepages = {{"2M", 64 * mib_of_limits}, {"1G", 0}};
    limits.rctl = {{"nthr", 200}, {"vmemoryuse", 1 << 30}};
    limits.best_effort.fields = {"io", "rctl"};
    EXPECT_TRUE(check_limits(limits, four_of_six()).ok());
    EXPECT_TRUE(check_limits({}, four_of_six()).ok());
}

TEST(LimitsTest, NamesWhatIsWrong) {
    const std::vector<std::pair<std::string, std::function<void(Limits&)>>> cases{
        {"limits.memory", [](Limits& l) { l.memory = 8193 * mib_of_limits; }},
        {"limits.memory_soft",
         [](Limits& l) {
             l.memory = 2 * mib_of_limits;
             l.memory_soft = 3 * mib_of_limits;
         }},
        {"limits.memory_soft", [](Limits& l) { l.memory_soft = 1; }},
        {"limits.swap", [](Limits& l) { l.swap = -1; }},
        {"limits.cpus", [](Limits& l) { l.cpus = 4.01; }},
        {"limits.cpus", [](Limits& l) { l.cpus = 0.001; }},
        {"limits.cpu_weight", [](Limits& l) { l.cpu_weight = -1; }},
        {"limits.cpuset", [](Limits& l) { l.cpuset = "0,6"; }},
        {"limits.cpuset", [](Limits& l) { l.cpuset = "1-4"; }},
        {"limits.cpuset", [](Limits& l) { l.cpuset = "0,"; }},
        {"limits.cpu_count", [](Limits& l) { l.cpu_count = 5; }},
        {"limits.cpu_count", [](Limits& l) { l.cpu_count = -1; }},
        {"limits.cpu_count",
         [](Limits& l) {
             l.cpu_count = 2;
             l.cpuset = "0-1";
         }},
        {"limits.pids", [](Limits& l) { l.pids = 5'000'000; }},
        {"limits.files", [](Limits& l) { l.files = -1; }},
        {"limits.io_weight", [](Limits& l) { l.io_weight = 10'001; }},
        {"limits.io[0].device",
         [](Limits& l) {
             l.io = {{"vda", 4096, 0, 0, 0}};
         }},
        {"limits.io[0].device",
         [](Limits& l) {
             l.io = {{"/dev/../sda", 4096, 0, 0, 0}};
         }},
        {"limits.io[0].device",
         [](Limits& l) {
             l.io = {{"8:", 4096, 0, 0, 0}};
         }},
        {"limits.io[0].device",
         [](Limits& l) {
             l.io = {{"8:0", 0, 0, 0, 0}};
         }},
        {"limits.io[1].device",
         [](Limits& l) {
             l.io = {{"8:0", 4096, 0, 0, 0}, {"8:0", 0, 4096, 0, 0}};
         }},
        {"limits.io[0].read_bps",
         [](Limits& l) {
             l.io = {{"8:0", 4095, 0, 0, 0}};
         }},
        {"limits.io[0].write_bps",
         [](Limits& l) {
             l.io = {{"8:0", 0, -1, 0, 0}};
         }},
        {"limits.io[0].read_iops",
         [](Limits& l) {
             l.io = {{"8:0", 0, 0, -1, 0}};
         }},
        {"limits.io[0].write_iops",
         [](Limits& l) {
             l.io = {{"8:0", 0, 0, 0, 5'000'000'000}};
         }},
        {"limits.hugepages.3M",
         [](Limits& l) {
             l.hugepages = {{"3M", 0}};
         }},
        {"limits.hugepages.2M",
         [](Limits& l) {
             l.hugepages = {{"2M", 1}};
         }},
        {"limits.hugepages.2M",
         [](Limits& l) {
             l.hugepages = {{"2048K", 0}, {"2M", 0}};
         }},
        {"limits.rctl.cows",
         [](Limits& l) {
             l.rctl = {{"cows", 1}};
         }},
        {"limits.rctl.maxproc",
         [](Limits& l) {
             l.rctl = {{"maxproc", 1}};
         }},
        {"limits.rctl.nthr",
         [](Limits& l) {
             l.rctl = {{"nthr", -1}};
         }},
        {"limits.best_effort[1]",
         [](Limits& l) {
             l.best_effort.fields = {"io", "ram"};
         }},
    };
    for (const auto& [field, edit] : cases) {
        const Error refused = refusal_of(edit);
        EXPECT_EQ(refused.kind, ErrorKind::InvalidArgument) << field;
        EXPECT_EQ(refused.field, field) << refused.message;
        EXPECT_NE(refused.message.find("expected"), std::string::npos) << refused.message;
    }
}

TEST(LimitsTest, AResourceWithAMemberOfItsOwnLeadsThere) {
    const Error refused = refusal_of([](Limits& l) { l.rctl = {{"maxproc", 7}}; });
    EXPECT_NE(refused.message.find("limits.pids in its place"), std::string::npos) << refused.message;
}

TEST(LimitsTest, OfTheCpusThatAreThereOnlyTheseAreTaken) {
    const Error refused = refusal_of([](Limits& l) { l.cpuset = "2"; });
    EXPECT_NE(refused.message.find("CPUs of 0-1,4-5"), std::string::npos) << refused.message;
}

TEST(LimitsTest, KnowsWhatIsBestEffort) {
    Limits limits;
    EXPECT_FALSE(is_best_effort(limits, "limits.io[0]"));
    limits.best_effort.fields = {"io", "rctl"};
    EXPECT_TRUE(is_best_effort(limits, "limits.io[0].device"));
    EXPECT_TRUE(is_best_effort(limits, "limits.rctl.nthr"));
    EXPECT_FALSE(is_best_effort(limits, "limits.io_weight"));
    limits.best_effort = {true, {}};
    EXPECT_TRUE(is_best_effort(limits, "limits.io_weight"));
    EXPECT_FALSE(is_best_effort(limits, "network.type"));
}

TEST(LimitsTest, ListsCpusAsTheKernelDoes) {
    EXPECT_EQ(format_cpu_list({}), "");
    EXPECT_EQ(format_cpu_list({3}), "3");
    EXPECT_EQ(format_cpu_list({0, 1, 2, 4, 6, 7}), "0-2,4,6-7");
}

}  // namespace
}  // namespace potd::core
