#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"
#include "daemon/platform/posix/tree_quota.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <endian.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::string_view note_prefix = "quota-group.";
constexpr std::int64_t no_bytes_bound = -1;  ///< lifts a bound (linux: fs/btrfs/qgroup.c, CLEAR_VALUE)
constexpr int check_interval_ms = 10;
constexpr std::chrono::seconds patience_with_the_cleaner{1};

struct ItemKey {
    std::uint64_t tree, object;
    std::uint32_t type;
    std::uint64_t offset;
    std::uint64_t last_offset = offset;  ///< up to this one
};

/// Whether there is such an item in the trees of the file system, copied into `into` as far as it fits there.
core::Result<bool> find_item(int fd, const ItemKey& key, void* into, std::size_t size) {
    btrfs_ioctl_search_args search{};
    btrfs_ioctl_search_key& wanted = search.key;
    wanted.tree_id = key.tree;
    wanted.min_objectid = wanted.max_objectid = key.object;
    wanted.min_type = wanted.max_type = key.type;
    wanted.min_offset = key.offset;
    wanted.max_offset = key.last_offset;
    wanted.max_transid = UINT64_MAX;
    wanted.nr_items = 1;
    if (::ioctl(fd, BTRFS_IOC_TREE_SEARCH, &search) != 0) {
        if (errno == ENOENT) return false;  // the whole tree: quotas are off
        return core::os_error(errno, "look into the trees of a btrfs");
    }
    if (wanted.nr_items == 0) return false;
    btrfs_ioctl_search_header header{};
    std::memcpy(&header, search.buf, sizeof(header));
    std::memcpy(into, search.buf + sizeof(header), std::min<std::size_t>(size, header.len));
    return true;
}

template <class Item>
core::Result<std::optional<Item>> item_of(int fd, const ItemKey& key) {
    Item item{};
    const auto found = find_item(fd, key, &item, sizeof(item));
    if (!found) return found.error();
    return *found ? std::optional<Item>(item) : std::nullopt;
}

core::Result<std::optional<std::uint64_t>> quota_flags(int fd) {
    const auto status =
        item_of<btrfs_qgroup_status_item>(fd, {BTRFS_QUOTA_TREE_OBJECTID, 0, BTRFS_QGROUP_STATUS_KEY, 0});
    if (!status) return status.error();
    if (!*status || (le64toh((*status)->flags) & BTRFS_QGROUP_STATUS_FLAG_ON) == 0)
        return std::optional<std::uint64_t>();
    return std::optional<std::uint64_t>(le64toh((*status)->flags));
}

core::Result<std::uint64_t> subvolume_of(int tree) {
    if (!is_subvolume(tree))
        return core::error(core::ErrorKind::Unsupported,
                           "the files lie in no subvolume of a btrfs of their own");
    btrfs_ioctl_ino_lookup_args lookup{};
    lookup.objectid = BTRFS_FIRST_FREE_OBJECTID;
    if (::ioctl(tree, BTRFS_IOC_INO_LOOKUP, &lookup) != 0)
        return core::os_error(errno, "number of a subvolume");
    return std::uint64_t{lookup.treeid};
}

core::Status turn_quotas_on(int fd) {
    btrfs_ioctl_quota_ctl_args request{};
    request.cmd = BTRFS_QUOTA_CTL_ENABLE;
    if (::ioctl(fd, BTRFS_IOC_QUOTA_CTL, &request) == 0) return {};
    return core::os_error(errno, "turn on the quotas of a btrfs");
}

core::Status wait_for_count(int fd) {
    while (::ioctl(fd, BTRFS_IOC_QUOTA_RESCAN_WAIT) != 0) {
        if (errno != EINTR) return core::os_error(errno, "wait for the count of a btrfs");
    }
    return {};
}

core::Status count_anew(int fd) {
    btrfs_ioctl_quota_rescan_args request{};
    if (::ioctl(fd, BTRFS_IOC_QUOTA_RESCAN, &request) != 0 && errno != EINPROGRESS)
        return core::os_error(errno, "count what is on a btrfs");
    return wait_for_count(fd);
}

core::Status set_limit(int tree, std::uint64_t group, std::int64_t bytes) {
    btrfs_ioctl_qgroup_limit_args request{};
    request.qgroupid = group;
    request.lim.flags = BTRFS_QGROUP_LIMIT_MAX_RFER;
    request.lim.max_rfer = static_cast<std::uint64_t>(bytes == 0 ? no_bytes_bound : bytes);
    // Not by the subvolume itself: the kernel takes the room to write this down out of that, and a full one
    // has none to be given more.
    const UniqueFd around(::openat(tree, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (around && ::ioctl(around.get(), BTRFS_IOC_QGROUP_LIMIT, &request) == 0) return {};
    return core::os_error(errno, "limit of a subvolume");
}

core::Status check_fits(int tree, std::uint64_t group, std::int64_t bytes) {
    const auto info =
        item_of<btrfs_qgroup_info_item>(tree, {BTRFS_QUOTA_TREE_OBJECTID, 0, BTRFS_QGROUP_INFO_KEY, group});
    if (!info) return info.error();
    const auto used = *info ? static_cast<std::int64_t>(le64toh((*info)->rfer)) : 0;
    if (used <= bytes) return {};
    return core::error(core::ErrorKind::Conflict, std::to_string(bytes) + " bytes are less than the " +
                                                      std::to_string(used) + " that are in it already");
}

/// Not while it is being freed: the kernel does that in the background.
core::Result<bool> is_freed(int fd, std::uint64_t group) {
    btrfs_root_item root{};
    const auto there = find_item(fd, {BTRFS_ROOT_TREE_OBJECTID, group, BTRFS_ROOT_ITEM_KEY, 0, UINT64_MAX},
                                 &root, sizeof(root));
    return there ? core::Result<bool>(!*there) : there;
}

core::Status remove_count(int fd, std::uint64_t group) {
    btrfs_ioctl_qgroup_create_args request{};
    request.create = 0;
    request.qgroupid = group;
    if (::ioctl(fd, BTRFS_IOC_QGROUP_CREATE, &request) == 0) return {};
    // Newer kernels have removed it by themselves, or quotas are off.
    if (errno == ENOENT || errno == ENOTCONN) return {};
    return core::os_error(errno, "remove the quota group of a deleted subvolume");
}

core::Status commit(int fd) {
    return ::ioctl(fd, BTRFS_IOC_SYNC) == 0 ? core::Status() : core::os_error(errno, "write a btrfs to disk");
}

std::optional<std::uint64_t> group_of_note(const std::string& name) {
    std::uint64_t group = 0;
    const char* const end = name.data() + name.size();
    const auto [parsed, problem] = std::from_chars(name.data() + note_prefix.size(), end, group);
    return problem == std::errc() && parsed == end ? std::optional(group) : std::nullopt;
}

}  // namespace

core::Status prepare_tree_limits(int fd) {
    if (!has_subvolumes(fd))
        return core::error(core::ErrorKind::Unsupported, "the files do not lie on a btrfs");
    auto flags = quota_flags(fd);
    if (!flags) return std::move(flags).error();
    if (!*flags) {
        if (auto on = turn_quotas_on(fd); !on) return on;
    }
    if (auto counted = wait_for_count(fd); !counted) return counted;
    flags = quota_flags(fd);
    if (!flags) return std::move(flags).error();
    // The kernel gives up counting where that would take too long, the deletion of a large tree for one.
    const bool unsure = *flags && (**flags & BTRFS_QGROUP_STATUS_FLAG_INCONSISTENT) != 0;
    return unsure ? count_anew(fd) : core::Status();
}

core::Result<std::int64_t> tree_limit(int tree) {
    const auto group = subvolume_of(tree);
    if (!group) return group.error();
    const auto limit = item_of<btrfs_qgroup_limit_item>(
        tree, {BTRFS_QUOTA_TREE_OBJECTID, 0, BTRFS_QGROUP_LIMIT_KEY, *group});
    if (!limit) return limit.error();
    const bool bound = *limit && (le64toh((*limit)->flags) & BTRFS_QGROUP_LIMIT_MAX_RFER) != 0;
    return bound ? static_cast<std::int64_t>(le64toh((*limit)->max_rfer)) : std::int64_t{0};
}

core::Status limit_tree(int tree, std::int64_t bytes) {
    const auto group = subvolume_of(tree);
    if (!group) return group.error();
    if (bytes == 0) return restore_tree_limit(tree, 0);
    // What is written is on the books at a commit only.
    if (auto written = commit(tree); !written) return written;
    if (auto fits = check_fits(tree, *group, bytes); !fits) return fits;
    return set_limit(tree, *group, bytes);
}

core::Status restore_tree_limit(int tree, std::int64_t bytes) {
    const auto group = subvolume_of(tree);
    if (!group) return group.error();
    const auto now = tree_limit(tree);
    if (!now) return now.error();
    if (*now == bytes) return {};
    const auto flags = quota_flags(tree);
    if (!flags) return flags.error();
    if (auto on = *flags ? core::Status() : turn_quotas_on(tree); !on) return on;
    return set_limit(tree, *group, bytes);
}

// What stays behind

void note_tree_count(int notes, int tree) {
    const auto group = subvolume_of(tree);
    if (!group) return;
    const auto counted =
        item_of<btrfs_qgroup_info_item>(tree, {BTRFS_QUOTA_TREE_OBJECTID, 0, BTRFS_QGROUP_INFO_KEY, *group});
    if (!counted || !*counted) return;
    const std::string name = std::string(note_prefix) + std::to_string(*group);
    // On a full disk there is no room for it. A count that stays is the lesser evil beside a tree that does.
    const UniqueFd note(::openat(notes, name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
}

bool is_tree_count_note(const std::string& name) {
    return name.starts_with(note_prefix);
}

namespace {

core::Result<std::vector<std::string>> noted_tree_counts(int notes) {
    auto names = names_in(notes);
    if (!names) return names;
    std::erase_if(*names, [](const std::string& name) { return !is_tree_count_note(name); });
    return names;
}

/// Those of `left` whose trees the kernel has cleaned up, within its patience; into `first` what went wrong.
std::vector<std::string> wait_for_cleaner(int notes, std::vector<std::string> left, core::Status& first) {
    std::vector<std::string> gone;
    const auto end = std::chrono::steady_clock::now() + patience_with_the_cleaner;
    while (first && !left.empty()) {
        std::erase_if(left, [&](const std::string& name) {
            const auto group = group_of_note(name);
            const auto freed = group ? is_freed(notes, *group) : core::Result<bool>(true);
            if (!freed && first) first = freed.error();
            if (freed && *freed) gone.push_back(name);
            return freed && *freed;
        });
        if (left.empty() || std::chrono::steady_clock::now() > end) break;
        // It tells nobody when it is through.
        ::poll(nullptr, 0, check_interval_ms);
    }
    return gone;
}

}  // namespace

core::Status remove_noted_tree_counts(int notes) {
    auto left = noted_tree_counts(notes);
    if (!left) return std::move(left).error();
    if (left->empty() || !has_subvolumes(notes)) return {};
    // A commit is what has the kernel begin.
    core::Status first = commit(notes);
    const std::vector<std::string> gone = wait_for_cleaner(notes, *std::move(left), first);
    // And another one is what takes it off the books: a group that is removed before confuses the kernel's
    // count.
    if (first && !gone.empty()) first = commit(notes);
    for (std::size_t i = 0; first && i < gone.size(); ++i) {
        const auto group = group_of_note(gone[i]);
        if (group) first = remove_count(notes, *group);
        if (first) ::unlinkat(notes, gone[i].c_str(), 0);
    }
    return first;
}

}  // namespace potd::platform
