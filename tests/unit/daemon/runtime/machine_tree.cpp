#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <stdexcept>

namespace potd::test {

void MachineTree::add_v1() {
    mounts_ += "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n";
    for (const std::string name : {"memory", "pids", "devices", "freezer", "cpuset"}) {
        mounts_.append("35 31 0:32 / /sys/fs/cgroup/").append(name);
        mounts_.append(" rw,relatime shared:9 - cgroup cgroup rw,").append(name).append("\n");
        put("sys/fs/cgroup/" + name + "/cgroup.procs", "");
    }
    mounts_ += "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";
    mounts_ += "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n";
    put("sys/fs/cgroup/cpu,cpuacct/cgroup.procs", "");
    put("sys/fs/cgroup/cpuset/cpuset.cpus", "0-3\n");
    put("sys/fs/cgroup/cpuset/cpuset.mems", "0\n");
}

void MachineTree::add_unified(const std::string& point, std::string_view controllers) {
    mounts_ += "41 31 0:38 / /" + point + " rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";
    put(point + "/cgroup.controllers", controllers);
}

MachineTree::MachineTree(platform::CgroupMode mode) {
    using enum platform::CgroupMode;
    if (mode == V1 || mode == Hybrid) add_v1();
    if (mode == V2) add_unified("sys/fs/cgroup", "cpuset cpu io memory pids\n");
    if (mode == Hybrid) add_unified("sys/fs/cgroup/unified", "hugetlb\n");
    put("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n");
    put("proc/self/mountinfo", mounts_);
    put("proc/self/cgroup", "4:memory:/\n0::/\n");
}

platform::CgroupLayout MachineTree::layout() const {
    auto layout = platform::discover_cgroups(root());
    if (!layout) throw std::runtime_error(layout.error().message);
    return std::move(layout).value();
}

}  // namespace potd::test
