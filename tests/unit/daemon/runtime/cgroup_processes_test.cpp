#include "daemon/platform/linux/cgroup_processes.hpp"

#include "daemon/platform/posix/command_text.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using test::MachineTree;

const core::RunKey listed{{"0123456789ab"}, 7};

TEST(CgroupProcessesTest, AProcessMayHaveTakenAnyTimeAndMemory) {
    const test::TempDir proc;
    test::write_file(proc / "7/stat",
                     "7 (sh) R 1 1 1 0 -1 0 0 0 0 0 9223372036854775807 9223372036854775807 0 0 20 0 1 0 "
                     "5 1 9223372036854775807 1");
    const auto row = read_process_row(7, proc.path().string());
    ASSERT_TRUE(row.ok());
    EXPECT_EQ(row->resident, std::numeric_limits<std::int64_t>::max());
    EXPECT_GT(row->cpu_ms, 0);
}

TEST(CgroupProcessesTest, ListsTheProcessesThatStillExist) {
    const MachineTree machine(CgroupMode::V2);
    machine.put("sys/fs/cgroup/potd.blue/0123456789ab.7/cgroup.procs", "11\n12\n");
    machine.put("proc/11/stat", "11 (a b) c) S 7 0 0 0 0 0 0 0 0 0 150 50 0 0 20 0 1 0 4711 9 3 0\n");
    machine.put("proc/11/cmdline", std::string_view("sleep\0"
                                                    "10\0",
                                                    9));
    machine.put("proc/11/status", "Name:\ta\nUid:\t33\t33\t33\t33\n");
    const CgroupTree tree(machine.layout(), "blue");
    const auto rows = read_processes(tree, listed, machine.root() + "/proc");
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().command, "sleep 10");
    EXPECT_EQ(rows->front().parent, 7);
    EXPECT_EQ(rows->front().user, "33");
    EXPECT_EQ(rows->front().state, 'S');
    EXPECT_GT(rows->front().cpu_ms, 0);
}

TEST(CgroupProcessesTest, CommandsTakeNoMoreThanABoundedRoom) {
    const MachineTree machine(CgroupMode::V2);
    const std::string longest(1 << 16, 'x');
    std::string pids;
    constexpr int many = 2000;
    for (int pid = 1; pid <= many; ++pid) {
        const std::string own = "proc/" + std::to_string(pid);
        pids += std::to_string(pid) + "\n";
        machine.put(own + "/stat",
                    std::to_string(pid) + " (sh) S 7 0 0 0 0 0 0 0 0 0 1 1 0 0 20 0 1 0 1 9 3 0\n");
        machine.put(own + "/cmdline", longest);
    }
    machine.put("sys/fs/cgroup/potd.blue/0123456789ab.7/cgroup.procs", pids);
    const CgroupTree tree(machine.layout(), "blue");
    const auto rows = read_processes(tree, listed, machine.root() + "/proc");
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->size(), static_cast<std::size_t>(many));
    EXPECT_EQ(rows->front().command, std::string(longest_command, 'x') + "…");
    EXPECT_EQ(rows->back().command, "[sh]");
    std::size_t all = 0;
    for (const core::ProcessRow& row : *rows) all += row.command.size();
    EXPECT_LT(all, std::size_t{5} << 20U);
}

TEST(CommandTextTest, IsCutBetweenCharacters) {
    const std::string full(longest_command - 1, 'x');
    EXPECT_EQ(command_text(full + "é", "sh"), full + "…");
    EXPECT_EQ(command_text(full + "y", "sh"), full + "y");
    EXPECT_EQ(command_text(std::string_view("a\0b\0\0", 5), "sh"), "a b");
    EXPECT_EQ(command_text(std::string(longest_command + 1, '\0'), "sh"),
              std::string(longest_command, ' ') + "…");
    EXPECT_EQ(command_text("", "sh"), "[sh]");
}

TEST(CgroupProcessesTest, OfARunWithoutGroupsAreNotFound) {
    const MachineTree machine(CgroupMode::Hybrid);
    const CgroupTree tree(machine.layout(), "blue");
    EXPECT_EQ(read_processes(tree, listed).error().kind, core::ErrorKind::NotFound);
}

}  // namespace
}  // namespace potd::platform
