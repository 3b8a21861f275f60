#include "daemon/platform/linux/cgroup_huge_pages.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <string>

namespace potd::platform {
namespace {

constexpr const char* huge_pages_controller = "hugetlb";

bool offers_it(const std::string& directory) {
    const auto offered = read_file(directory + "/cgroup.controllers");
    if (!offered) return false;
    const auto names = split_blanks(offered.value());
    return std::find(names.begin(), names.end(), huge_pages_controller) != names.end();
}

}  // namespace

void hand_down_huge_pages(CgroupLayout& layout) {
    if (layout.has(huge_pages_controller) || layout.unified.empty() || !offers_it(layout.mount)) return;
    // Each directory above the base, from the mount point on.
    for (std::size_t end = layout.mount.size(); end < layout.unified.size();
         end = std::min(layout.unified.find('/', end + 1), layout.unified.size())) {
        const std::string file = layout.unified.substr(0, end) + "/cgroup.subtree_control";
        if (!write_existing(file, std::string("+") + huge_pages_controller)) return;
    }
    if (offers_it(layout.unified)) layout.v2_controllers.emplace(huge_pages_controller);
}

}  // namespace potd::platform
