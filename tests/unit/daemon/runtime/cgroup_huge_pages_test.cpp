#include "daemon/platform/linux/cgroup_huge_pages.hpp"

#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using test::MachineTree;

/// A machine of v2 whose service manager has handed down no huge pages to the slice of potd.
class CgroupHugePagesTest : public ::testing::Test {
  protected:
    CgroupHugePagesTest() {
        machine_.put(top_ + "/cgroup.controllers", "cpu hugetlb memory\n");
        machine_.put(top_ + "/cgroup.subtree_control", "");
        machine_.put(top_ + "/a.slice/cgroup.controllers", "cpu memory\n");
        machine_.put(top_ + "/a.slice/cgroup.subtree_control", "");
        machine_.put(top_ + "/a.slice/b.slice/cgroup.controllers", "cpu memory\n");
        machine_.put(top_ + "/a.slice/b.slice/cgroup.subtree_control", "");
    }
    [[nodiscard]] CgroupLayout below(const std::string& slice) const {
        CgroupLayout layout = machine_.layout();
        layout.unified += slice;
        layout.v2_controllers.erase("hugetlb");
        return layout;
    }
    [[nodiscard]] std::string handed_down_by(const std::string& slice) const {
        return machine_.get(top_ + slice + "/cgroup.subtree_control");
    }

    const std::string top_ = "sys/fs/cgroup";
    const MachineTree machine_{CgroupMode::V2};
};

TEST_F(CgroupHugePagesTest, AreHandedDownAsFarAsTheBase) {
    CgroupLayout layout = below("/a.slice/b.slice");
    hand_down_huge_pages(layout);
    EXPECT_EQ(handed_down_by(""), "+hugetlb");
    EXPECT_EQ(handed_down_by("/a.slice"), "+hugetlb");
    EXPECT_EQ(handed_down_by("/a.slice/b.slice"), "") << "that is the tree's to do";
    EXPECT_FALSE(layout.has("hugetlb")) << "this made-up kernel did nothing";
    machine_.put(top_ + "/a.slice/b.slice/cgroup.controllers", "cpu hugetlb memory\n");
    hand_down_huge_pages(layout);
    EXPECT_TRUE(layout.has("hugetlb"));
}

TEST_F(CgroupHugePagesTest, AreLeftAloneWhereTheBaseHasThemOrTheKernelHasNot) {
    CgroupLayout has = below("/a.slice");
    has.v2_controllers.emplace("hugetlb");
    hand_down_huge_pages(has);
    EXPECT_EQ(handed_down_by(""), "");
    machine_.put(top_ + "/cgroup.controllers", "cpu memory\n");
    CgroupLayout without = below("/a.slice");
    hand_down_huge_pages(without);
    EXPECT_EQ(handed_down_by(""), "");
    EXPECT_FALSE(without.has("hugetlb"));
}

TEST_F(CgroupHugePagesTest, ThatCannotBeHandedDownAreNotThere) {
    std::filesystem::remove(machine_.root() + "/" + top_ + "/a.slice/cgroup.subtree_control");
    CgroupLayout layout = below("/a.slice/b.slice");
    hand_down_huge_pages(layout);
    EXPECT_FALSE(layout.has("hugetlb"));
}

}  // namespace
}  // namespace potd::platform
