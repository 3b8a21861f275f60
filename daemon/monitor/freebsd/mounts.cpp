#include "daemon/monitor/freebsd/mounts.hpp"

#include "daemon/monitor/freebsd/safe_walk.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/platform/freebsd/pure/jail_plan.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/param.h>
// after sys/param.h
#include <sys/mount.h>
#include <sys/uio.h>
#include <unistd.h>

namespace potd::monitor {

using platform::JailMount;
using platform::JailMountView;
using platform::JailView;
using platform::PlanTag;

namespace {

/// The options of one nmount(2), and the kernel's words when it refuses.
class MountOptions {
  public:
    MountOptions() { add("errmsg", error_, sizeof error_); }
    MountOptions(const MountOptions&) = delete;
    MountOptions& operator=(const MountOptions&) = delete;

    void add(const char* name, const void* value, std::size_t size) {
        if (count_ + 2 > max_parts) return;
        parts_[count_++] = {const_cast<char*>(name), std::strlen(name) + 1};
        parts_[count_++] = {const_cast<void*>(value), size};
    }
    void add_text(const char* name, const char* value) { add(name, value, std::strlen(value) + 1); }

    /// 0 or minus errno.
    [[nodiscard]] int mount(int flags) {
        return ::nmount(parts_, static_cast<unsigned>(count_), flags) == 0 ? 0 : -errno;
    }
    [[nodiscard]] std::string_view message() const { return error_; }

  private:
    static constexpr std::size_t max_parts = 40;
    iovec parts_[max_parts];
    std::size_t count_ = 0;
    char error_[256] = {};
};

int kernel_flags(std::uint32_t flags) {
    std::uint64_t result = MNT_IGNORE;  // df(1) of the host need not show every pot's
    if ((flags & JailMount::ReadOnly) != 0) result |= MNT_RDONLY;
    if ((flags & JailMount::NoSetuid) != 0) result |= MNT_NOSUID;
    if ((flags & JailMount::NoExec) != 0) result |= MNT_NOEXEC;
    return static_cast<int>(result);
}

bool starts_with(std::string_view text, std::string_view beginning) {
    return text.size() >= beginning.size() && std::string_view(text.data(), beginning.size()) == beginning;
}

bool unmount_id(const std::int32_t (&words)[2], std::uint64_t flags) {
    FixedText<64> name;
    name.add("FSID:").add_number(words[0]).add(":").add_number(words[1]);
    return ::unmount(name.c_str(), static_cast<int>(flags | MNT_BYFSID)) == 0 || errno == ENOENT ||
           errno == EINVAL;
}

}  // namespace

/// Where this process stands is what was covered: the place has to be looked up anew.
bool Mounts::keep(int root, const JailMountView& mount, Fault& fault) {
    struct statfs facts {};
    const int fd = make_directory_in(root, mount.target.data());
    const int result = fd < 0 ? fd : ::fstatfs(fd, &facts) == 0 ? 0 : -errno;
    sys::close(fd);
    if (result < 0) return fail(fault, Stage::Mount, result, "look at the mount", mount.target);
    FixedText<MNAMELEN + 1> below;
    below.add(base_.view()).add("/");
    // Nothing else is ever taken off at the end.
    const bool ours = starts_with(&facts.f_mntonname[0], below.view()) &&
                      mount.fstype == std::string_view(&facts.f_fstypename[0]);
    if (!ours) return fail(fault, Stage::Mount, -ELOOP, "mount point", mount.target);
    std::memcpy(mounted_[count_++].words, &facts.f_fsid, sizeof mounted_[0].words);
    return true;
}

bool Mounts::mount_one(int root, const JailMountView& mount, std::uint16_t ruleset, Fault& fault) {
    // A directory is mounted over as "." from within it, which no link can change.
    const int target = make_directory_in(root, mount.target.data());
    int result = target < 0 ? target : ::fchdir(target) == 0 ? 0 : -errno;
    sys::close(target);
    if (result < 0) return fail(fault, Stage::Mount, result, "mount point", mount.target);
    MountOptions options;
    options.add_text("fstype", mount.fstype.data());
    options.add_text("fspath", ".");
    options.add_text("from", mount.source.empty() ? mount.fstype.data() : mount.source.data());
    FixedText<16> number;
    number.add_number(ruleset);
    if (mount.fstype == "devfs" && ruleset != 0) options.add_text("ruleset", number.c_str());
    const char* name = nullptr;
    for (const std::string_view word : mount.options) {
        if (name != nullptr) options.add_text(name, word.data());
        name = name == nullptr ? word.data() : nullptr;
    }
    result = options.mount(kernel_flags(mount.flags));
    if (result >= 0) return keep(root, mount, fault);
    const bool lacking = result == -ENODEV || result == -ENOENT;
    if (lacking && (mount.flags & JailMount::Optional) != 0) return true;
    fail(fault, Stage::Mount, result, "mount", mount.target);
    if (!options.message().empty()) fault.text.add(" (").add(options.message()).add(")");
    return false;
}

bool Mounts::mount_all(const JailView& plan, std::uint16_t ruleset, Fault& fault) {
    const int root = sys::open_at(AT_FDCWD, plan.jail.root.data(), O_RDONLY | O_DIRECTORY);
    if (root < 0) return fail(fault, Stage::Root, root, "open the pot's root", plan.jail.root);
    char real[PATH_MAX];
    bool mounted = ::realpath(plan.jail.root.data(), real) != nullptr;
    if (mounted) {
        base_.add(real);
    } else {
        fail(fault, Stage::Root, -errno, "the pot's root", plan.jail.root);
    }
    for (const auto payload : plan.of(PlanTag::JailMount)) {
        JailMountView mount;
        if (!platform::read_jail_mount(payload, mount)) continue;
        if (mounted && count_ == max_count) mounted = fail(fault, Stage::Mount, -E2BIG, "mounts");
        if (mounted) mounted = mount_one(root, mount, ruleset, fault);
        if (!mounted) break;
    }
    (void)::chdir("/");
    sys::close(root);
    return mounted;
}

bool Mounts::unmount() {
    bool all = true;
    while (count_ > 0) {
        const auto& words = mounted_[--count_].words;
        all = (unmount_id(words, 0) || unmount_id(words, MNT_FORCE)) && all;
    }
    return all;
}

}  // namespace potd::monitor
