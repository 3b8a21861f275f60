#include "daemon/monitor/linux/mounts.hpp"

#include "daemon/monitor/linux/devices.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/linux/safe_open.hpp"
#include "daemon/monitor/linux/user_namespace.hpp"
#include "daemon/monitor/sys.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>

namespace potd::monitor {

using platform::LaunchPlan;
using platform::MountStep;
using platform::MountView;
using platform::PlanTag;
using platform::PlanView;
using platform::SandboxPart;

namespace {

constexpr unsigned long detach = 2;     // MNT_DETACH: <sys/mount.h> and <linux/mount.h> exclude each other
constexpr int recursive_flag = 0x8000;  // AT_RECURSIVE

/// What is set on a copied tree. `shift`: the user namespace whose map the owners are shown through, or -1.
struct TreeChange {
    std::uint64_t attributes = 0;
    bool recursive = false;
    int shift = -1;
};

/// A copy of the tree at `path` below `directory`, not yet attached, and changed.
int copy_tree(int directory, const char* path, const TreeChange& wanted) {
    const int depth = wanted.recursive ? recursive_flag : 0;
    const auto tree = static_cast<int>(raw_call(SYS_open_tree, directory, path,
                                                OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | depth));
    if (tree < 0 || (wanted.attributes == 0 && wanted.shift < 0)) return tree;
    mount_attr change{};
    change.attr_set = wanted.attributes;
    if ((wanted.attributes & MOUNT_ATTR__ATIME) != 0) change.attr_clr = MOUNT_ATTR__ATIME;
    if (wanted.shift >= 0) {
        change.attr_set |= MOUNT_ATTR_IDMAP;
        change.userns_fd = static_cast<std::uint64_t>(wanted.shift);
    }
    const long result = raw_call(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | depth, &change, sizeof change);
    if (result >= 0) return tree;
    sys::close(tree);
    return static_cast<int>(result);
}

long attach(int tree, int target) {
    return raw_call(SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/// S_IFMT bits of what a descriptor shows, or minus errno.
long file_type(int fd) {
    struct statx facts {};
    const long result = raw_call(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &facts);
    return result < 0 ? result : facts.stx_mode & S_IFMT;
}

/// Whether it is known that they do not show the same file of the same mount.
bool differ(int one, int other) {
    constexpr unsigned wanted = STATX_INO | STATX_MNT_ID;
    struct statx first {
    }, second{};
    if (raw_call(SYS_statx, one, "", AT_EMPTY_PATH, wanted, &first) < 0) return false;
    if (raw_call(SYS_statx, other, "", AT_EMPTY_PATH, wanted, &second) < 0) return false;
    return first.stx_mnt_id != second.stx_mnt_id || first.stx_ino != second.stx_ino ||
           first.stx_dev_major != second.stx_dev_major || first.stx_dev_minor != second.stx_dev_minor;
}

/// The steps of one plan; keeps what several steps share.
class MountSteps {
  public:
    MountSteps(int root, const PlanView& plan, int shift)
        : root_(root),
          owners_{host_user(plan, 0), host_group(plan, 0), host_group(plan, tty_group)},
          shift_(shift) {}
    ~MountSteps() {
        sys::close(own_);
        sys::close(null_);
        sys::close(empty_);
    }
    MountSteps(const MountSteps&) = delete;
    MountSteps& operator=(const MountSteps&) = delete;

    long apply(const MountView& step);

  private:
    long mount_file_system(const MountView& step);
    long mount_devices(const MountView& step);
    long mount_own(const MountView& step);
    [[nodiscard]] int own_directory(const char* name, unsigned mode, std::uint64_t attributes) const;
    long attach_own(const char* name, unsigned mode, std::uint64_t attributes, int target) const;
    long fill_device_directory(int directory) const;
    [[nodiscard]] int target_of(const MountView& step, bool directory) const;
    long bind(const MountView& step, bool recursive);
    long bind_file(const MountView& step);
    long mask(const MountView& step);
    long mask_file(int target);
    long mask_directory(int target);
    long make_read_only(const MountView& step);
    long make_link(const MountView& step);

    int root_;
    DeviceOwners owners_;
    int shift_;       ///< the pot's user namespace, or -1
    int own_ = -1;    ///< the pot's own tmpfs: what is shown of it are its directories
    int null_ = -1;   ///< the pot's /dev/null
    int empty_ = -1;  ///< the read-only empty directory, once it is attached somewhere
};

long mount_here(const MountView& step) {
    const char* data = step.data.empty() ? nullptr : step.data.data();
    return raw_call(SYS_mount, step.source.data(), ".", step.fstype.data(), step.flags, data);
}

/// Not the root itself, to which a link of an image may lead: what is mounted there is not found by its path
/// afterwards, so that nothing in it is closed, and yet the pot sees it by "/..".
int MountSteps::target_of(const MountView& step, bool directory) const {
    const int target = make_in_root(root_, step.target.data(), directory);
    if (target < 0 || differ(target, root_)) return target;
    sys::close(target);
    return -EINVAL;
}

long MountSteps::mount_file_system(const MountView& step) {
    const int target = target_of(step, true);
    if (target < 0) return target;
    long result = raw_call(SYS_fchdir, target);
    sys::close(target);
    if (result >= 0) result = mount_here(step);
    return result;
}

long MountSteps::mount_devices(const MountView& step) {
    MountView tmpfs = step;
    tmpfs.source = tmpfs.fstype = "tmpfs";
    long result = mount_file_system(tmpfs);
    if (result < 0) return result;
    own_ = open_in_root(root_, step.target.data(), O_PATH | O_DIRECTORY);
    if (own_ < 0) return own_;
    // Over its own file system, so that the names of the other directories are not seen.
    result = attach_own("dev", 0755, 0, own_);
    if (result < 0) return result;
    const int directory = open_in_root(root_, step.target.data(), O_PATH | O_DIRECTORY);
    if (directory < 0) return directory;
    result = fill_device_directory(directory);
    sys::close(directory);
    return result;
}

long MountSteps::fill_device_directory(int directory) const {
    long result = fill_devices(directory, owners_);
    if (result >= 0) result = raw_call(SYS_mkdirat, directory, "shm", 0755);
    if (result < 0) return result;
    const int target = sys::open_at(directory, "shm", O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (target < 0) return target;
    result = attach_own("shm", 01777, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, target);
    sys::close(target);
    return result;
}

/// A directory of the pot's own tmpfs as a mount that is not attached yet, or minus errno. One file system
/// instead of many: each costs some 6 KiB, and every memory group grows with their number.
int MountSteps::own_directory(const char* name, unsigned mode, std::uint64_t attributes) const {
    if (own_ < 0) return -EINVAL;
    const long made = raw_call(SYS_mkdirat, own_, name, mode);
    if (made < 0 && made != -EEXIST) return static_cast<int>(made);
    if (made >= 0 && owners_.user != 0) {
        const long given =
            raw_call(SYS_fchownat, own_, name, owners_.user, owners_.group, AT_SYMLINK_NOFOLLOW);
        if (given < 0) return static_cast<int>(given);
    }
    const int directory = sys::open_at(own_, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (directory < 0) return directory;
    const int tree = copy_tree(directory, "", {attributes, false, -1});
    sys::close(directory);
    return tree;
}

long MountSteps::attach_own(const char* name, unsigned mode, std::uint64_t attributes, int target) const {
    const int tree = own_directory(name, mode, attributes);
    if (tree < 0) return tree;
    const long result = attach(tree, target);
    sys::close(tree);
    return result;
}

long MountSteps::mount_own(const MountView& step) {
    const int target = target_of(step, true);
    if (target < 0) return target;
    const long result = attach_own(step.source.data(), 0755, mount_attributes(step.flags), target);
    sys::close(target);
    return result;
}

long MountSteps::bind(const MountView& step, bool recursive) {
    const int shift = step.shifted ? shift_ : -1;
    const int tree =
        copy_tree(AT_FDCWD, step.source.data(), {mount_attributes(step.flags), recursive, shift});
    if (tree < 0) return tree;
    long result = file_type(tree);
    if (result >= 0) {
        const int target = target_of(step, S_ISDIR(result));
        result = target < 0 ? target : attach(tree, target);
        sys::close(target);
    }
    sys::close(tree);
    return result;
}

/// In the last directory nothing is followed: what a pot has put there under the name of the file, if only a
/// link to nowhere, is covered by it.
long MountSteps::bind_file(const MountView& step) {
    FixedText<4096> parent;
    const std::string_view name = split_path(step.target, parent);
    const int directory = make_in_root(root_, parent.c_str(), true);
    if (directory < 0) return directory;
    int target = sys::open_at(directory, name.data(), O_PATH | O_NOFOLLOW);
    if (target == -ENOENT) {
        const int made = sys::open_at(directory, name.data(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
        sys::close(made);
        target = made < 0 ? made : sys::open_at(directory, name.data(), O_PATH | O_NOFOLLOW);
    }
    sys::close(directory);
    if (target < 0) return target;
    const int tree = copy_tree(AT_FDCWD, step.source.data(), {mount_attributes(step.flags), false, -1});
    const long result = tree < 0 ? tree : attach(tree, target);
    sys::close(tree);
    sys::close(target);
    return result;
}

long MountSteps::mask_file(int target) {
    if (null_ < 0) null_ = open_in_root(root_, "/dev/null", O_PATH);
    return null_ < 0 ? null_ : bind_over(null_, target, 0, false);
}

long MountSteps::mask_directory(int target) {
    if (empty_ >= 0) return bind_over(empty_, target, 0, false);
    constexpr unsigned attributes =
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    empty_ = own_directory("empty", 0755, attributes);
    return empty_ < 0 ? empty_ : attach(empty_, target);
}

long MountSteps::mask(const MountView& step) {
    const int target = open_in_root(root_, step.target.data(), O_PATH);
    if (target < 0) return target == -ENOENT || target == -ENOTDIR ? 0 : target;
    long result = file_type(target);
    if (result >= 0) result = S_ISDIR(result) ? mask_directory(target) : mask_file(target);
    sys::close(target);
    return result;
}

long MountSteps::make_read_only(const MountView& step) {
    const int target = open_in_root(root_, step.target.data(), O_PATH);
    if (target < 0) return target == -ENOENT || target == -ENOTDIR ? 0 : target;
    const long result = bind_over(target, target, MOUNT_ATTR_RDONLY, true);
    sys::close(target);
    return result;
}

long MountSteps::make_link(const MountView& step) {
    FixedText<4096> parent;
    const std::string_view name = split_path(step.target, parent);
    const int directory = make_in_root(root_, parent.c_str(), true);
    if (directory < 0) return directory;
    const long result = raw_call(SYS_symlinkat, step.source.data(), directory, name.data());
    sys::close(directory);
    return result == -EEXIST ? 0 : result;
}

long MountSteps::apply(const MountView& step) {
    switch (step.kind) {
        case MountStep::Kind::FileSystem: return mount_file_system(step);
        case MountStep::Kind::Bind: return bind(step, false);
        case MountStep::Kind::BindRecursive: return bind(step, true);
        case MountStep::Kind::Devices: return mount_devices(step);
        case MountStep::Kind::Mask: return mask(step);
        case MountStep::Kind::ReadOnly: return make_read_only(step);
        case MountStep::Kind::Link: return make_link(step);
        case MountStep::Kind::Own: return mount_own(step);
        case MountStep::Kind::BindFile: return bind_file(step);
    }
    return -EINVAL;
}

/// A layer is shown shifted by a mount over itself, in the pot's own mount namespace.
bool shift_layers(const PlanView& plan, int shift, Fault& fault) {
    for (const auto payload : plan.of(PlanTag::ShiftedLayer)) {
        std::string_view path;
        if (!platform::read_layer(payload, path))
            return fail(fault, Stage::Plan, 0, "a layer cannot be read");
        const int tree = copy_tree(AT_FDCWD, path.data(), {0, false, shift});
        const long result =
            tree < 0 ? tree
                     : raw_call(SYS_move_mount, tree, "", AT_FDCWD, path.data(), MOVE_MOUNT_F_EMPTY_PATH);
        sys::close(tree);
        if (result < 0) return fail(fault, Stage::Root, result, "shift the owners of", path);
    }
    return true;
}

int mount_overlay(const PlanView& plan, int shift, Fault& fault) {
    const SandboxPart& sandbox = plan.sandbox;
    if (!shift_layers(plan, shift, fault)) return -1;
    const long result =
        raw_call(SYS_mount, "overlay", "/", "overlay", sandbox.root_flags, sandbox.root_data.data());
    if (result < 0) {
        fail(fault, Stage::Root, result, "mount overlay with", sandbox.root_data);
        return -1;
    }
    // "/" itself names what is below the new mount; ".." at the root is where the kernel looks upwards.
    const int root = sys::open_at(AT_FDCWD, "/..", O_PATH | O_DIRECTORY);
    if (root < 0) fail(fault, Stage::Root, root, "open the mounted root");
    return root < 0 ? -1 : root;
}

int mount_directory(const SandboxPart& sandbox, int shift, Fault& fault) {
    const int tree =
        copy_tree(AT_FDCWD, sandbox.root_path.data(), {mount_attributes(sandbox.root_flags), true, shift});
    const long result =
        tree < 0 ? tree : raw_call(SYS_move_mount, tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
    if (result >= 0) return tree;
    sys::close(tree);
    fail(fault, Stage::Root, result, "bind", sandbox.root_path);
    return -1;
}

}  // namespace

std::uint64_t mount_attributes(std::uint64_t flags) {
    struct Pair {
        std::uint64_t flag, attribute;
    };
    constexpr Pair pairs[] = {
        {MS_RDONLY, MOUNT_ATTR_RDONLY},
        {MS_NOSUID, MOUNT_ATTR_NOSUID},
        {MS_NODEV, MOUNT_ATTR_NODEV},
        {MS_NOEXEC, MOUNT_ATTR_NOEXEC},
        {MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
        {MS_NOATIME, MOUNT_ATTR_NOATIME},
        {MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
        {MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
    };
    std::uint64_t attributes = 0;
    for (const Pair& pair : pairs) {
        if ((flags & pair.flag) != 0) attributes |= pair.attribute;
    }
    return attributes;
}

long bind_over(int source, int target, std::uint64_t attributes, bool recursive) {
    const int tree = copy_tree(source, "", {attributes, recursive, -1});
    if (tree < 0) return tree;
    const long result = attach(tree, target);
    sys::close(tree);
    return result;
}

int mount_root(const PlanView& plan, int shift, Fault& fault) {
    const long result = raw_call(SYS_mount, nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (result < 0) {
        fail(fault, Stage::Mount, result, "make mounts private");
        return -1;
    }
    return plan.sandbox.root == LaunchPlan::Root::Overlay ? mount_overlay(plan, shift, fault)
                                                          : mount_directory(plan.sandbox, shift, fault);
}

bool mount_all(int root, const PlanView& plan, int shift, Fault& fault) {
    MountSteps steps(root, plan, shift);
    for (const auto payload : plan.of(PlanTag::Mount)) {
        MountView step;
        if (!platform::read_mount(payload, step))
            return fail(fault, Stage::Plan, 0, "a mount cannot be read");
        const long result = steps.apply(step);
        if (result < 0 && !step.optional)
            return fail(fault, Stage::Mount, result,
                        step.shifted ? "mount with shifted owners at" : "mount at", step.target);
    }
    return true;
}

bool enter_root(int root, const SandboxPart& sandbox, Fault& fault) {
    long result = raw_call(SYS_fchdir, root);
    if (result >= 0) result = raw_call(SYS_pivot_root, ".", ".");
    if (result >= 0) result = raw_call(SYS_umount2, ".", detach);
    if (result >= 0) result = raw_call(SYS_chdir, "/");
    if (result < 0) return fail(fault, Stage::Root, result, "enter the root");
    if (!sandbox.root_read_only) return true;
    mount_attr change{};
    change.attr_set = MOUNT_ATTR_RDONLY;
    result = raw_call(SYS_mount_setattr, AT_FDCWD, "/", 0, &change, sizeof change);
    return result >= 0 || fail(fault, Stage::Root, result, "make the root read-only");
}

}  // namespace potd::monitor
