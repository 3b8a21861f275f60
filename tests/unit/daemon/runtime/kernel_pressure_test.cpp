#include "daemon/platform/linux/kernel_pressure.hpp"

#include "daemon/platform/linux/cgroup_meter.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using core::HostFigure;

/// A made-up /proc and groups.
class FileTree {
  public:
    void file(const std::string& path, std::string_view content) const {
        test::write_file(directory_ / path.substr(1), content);
    }
    [[nodiscard]] std::string root() const { return directory_.path().string(); }

  private:
    test::TempDir directory_{"potd-pressure"};
};

class KernelPressureTest : public ::testing::Test {
  protected:
    KernelPressureTest() {
        tree.file("/proc/meminfo",
                  "MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable: 250 kB\n"
                  "SwapTotal: 400 kB\nSwapFree: 100 kB\n");
        tree.file("/proc/pressure/memory",
                  "some avg10=12.50 avg60=3.00 avg300=0.10 total=5\n"
                  "full avg10=0.75 avg60=0.25 avg300=0.00 total=4\n");
        tree.file("/proc/vmstat",
                  "nr_free_pages 1\nworkingset_refault_anon 100\nworkingset_refault_file 50\n");
        tree.file("/proc/loadavg", "0.10 0.20 0.30 3/500 4711\n");
        tree.file("/proc/sys/kernel/pid_max", "4194304\n");
        tree.file("/proc/sys/kernel/threads-max", "2000\n");
    }
    std::optional<double> figure(HostFigure which) {
        return read_proc_pressure(tree.root()).reading.figures[core::place_of(which)];
    }

    FileTree tree;
};

TEST_F(KernelPressureTest, ReadsWhatProcSays) {
    EXPECT_EQ(read_proc_pressure(tree.root()).reading.memory_total, 1000 * 1024);
    EXPECT_EQ(figure(HostFigure::MemoryAvailable), 25);
    EXPECT_EQ(figure(HostFigure::SwapFree), 25);
    EXPECT_EQ(figure(HostFigure::MemorySome10), 12.5);
    EXPECT_EQ(figure(HostFigure::MemorySome60), 3);
    EXPECT_EQ(figure(HostFigure::MemoryFull10), 0.75);
    EXPECT_EQ(figure(HostFigure::MemoryFull60), 0.25);
    EXPECT_EQ(figure(HostFigure::PidsFree), 75) << "of the smaller of the two bounds";
    EXPECT_EQ(read_proc_pressure(tree.root()).refaults, 150);
}

TEST_F(KernelPressureTest, FiguresBeyondWhatIsHeldAreTheMostThatIsHeld) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const std::string text = std::to_string(most);
    tree.file("/proc/meminfo", "MemTotal: " + text + " kB\nMemAvailable: " + text + " kB\n");
    tree.file("/proc/vmstat", "workingset_refault_anon " + text + "\nworkingset_refault_file " + text + "\n");
    tree.file("/proc/loadavg", "0.10 0.20 0.30 3/-" + text + " 4711\n");
    EXPECT_EQ(read_proc_pressure(tree.root()).reading.memory_total, most);
    EXPECT_EQ(figure(HostFigure::MemoryAvailable), 100);
    EXPECT_EQ(read_proc_pressure(tree.root()).refaults, most);
    EXPECT_EQ(figure(HostFigure::PidsFree), std::nullopt);
}

TEST_F(KernelPressureTest, WithoutSwapNoneIsFree) {
    tree.file("/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 250 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");
    EXPECT_EQ(figure(HostFigure::SwapFree), 0);
}

TEST_F(KernelPressureTest, OlderKernelsCountRefaultsOnce) {
    tree.file("/proc/vmstat", "workingset_refault 7\n");
    EXPECT_EQ(read_proc_pressure(tree.root()).refaults, 7);
}

TEST_F(KernelPressureTest, WhatIsNotThereIsUnset) {
    const FileTree empty;
    const ProcPressure found = read_proc_pressure(empty.root());
    for (const auto& one : found.reading.figures) EXPECT_FALSE(one);
    EXPECT_FALSE(found.refaults);
}

TEST_F(KernelPressureTest, RefaultsAreARate) {
    fakes::ManualClock clock;
    fakes::ManualTimers timers{clock};
    fakes::ManualExecutor loop;
    const CgroupTree cgroups(CgroupLayout{}, "test");
    KernelPressure gauge(cgroups, tree.root(), clock, loop, tree.root());
    const auto rate = [&] { return gauge.read()->figures[core::place_of(HostFigure::Refaults)]; };
    EXPECT_EQ(rate(), std::nullopt) << "of what time?";
    timers.advance(core::milliseconds(500));
    tree.file("/proc/vmstat", "workingset_refault_anon 100\nworkingset_refault_file 250\n");
    EXPECT_EQ(rate(), 400);
}

TEST_F(KernelPressureTest, TheDiskIsAskedBesideTheLoop) {
    fakes::ManualClock clock;
    fakes::ManualExecutor loop;
    const CgroupTree cgroups(CgroupLayout{}, "test");
    KernelPressure gauge(cgroups, tree.root(), clock, loop, tree.root());
    const auto free = [&] { return gauge.read()->figures[core::place_of(HostFigure::StateFree)]; };
    EXPECT_EQ(free(), std::nullopt) << "nobody has answered yet";
    EXPECT_EQ(free(), std::nullopt);
    EXPECT_EQ(loop.run(), 2U) << "one question and its answer, however often it is looked";
    ASSERT_TRUE(free());
    EXPECT_TRUE(*free() >= 0 && *free() <= 100);
}

TEST_F(KernelPressureTest, ADiskThatCannotBeAskedIsTold) {
    fakes::ManualClock clock;
    fakes::ManualExecutor loop;
    const CgroupTree cgroups(CgroupLayout{}, "test");
    KernelPressure gauge(cgroups, tree.root() + "/gone", clock, loop, tree.root());
    EXPECT_TRUE(gauge.read().ok());
    loop.run();
    EXPECT_FALSE(gauge.read().ok());
}

TEST_F(KernelPressureTest, SaysWhatAKernelWithoutStallsLacks) {
    fakes::ManualClock clock;
    fakes::ManualExecutor loop;
    const CgroupTree cgroups(CgroupLayout{}, "test");
    const KernelPressure with(cgroups, tree.root(), clock, loop, tree.root());
    EXPECT_EQ(with.missing(HostFigure::MemoryFull10), "");
    const FileTree empty;
    const KernelPressure without(cgroups, tree.root(), clock, loop, empty.root());
    EXPECT_NE(without.missing(HostFigure::MemoryFull10).find("psi=1"), std::string::npos);
    EXPECT_EQ(without.missing(HostFigure::MemoryAvailable), "");
}

}  // namespace
}  // namespace potd::platform
