#include "daemon/platform/linux/id_shift.hpp"

#include "core/model/id_ranges.hpp"
#include "daemon/platform/linux/probe_note.hpp"
#include "daemon/platform/linux/shift_probe.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

core::Error cannot(const std::string& what, int error_number) {
    return core::error(core::ErrorKind::Unsupported, core::os_error(error_number, what).message);
}

core::Status write_map(pid_t pid, const char* file, const std::string& map) {
    const UniqueFd fd(::open(("/proc/" + std::to_string(pid) + "/" + file).c_str(), O_WRONLY | O_CLOEXEC));
    if (fd && ::write(fd.get(), map.data(), map.size()) == static_cast<ssize_t>(map.size())) return {};
    return cannot(std::string("write ") + file, errno);
}

core::Result<UniqueFd> open_mapped(pid_t pid, std::uint32_t first_id) {
    const std::string map = "0 " + std::to_string(first_id) + " " + std::to_string(core::IdRanges::size);
    for (const char* file : {"uid_map", "gid_map"}) {
        if (auto written = write_map(pid, file, map); !written) return std::move(written).error();
    }
    UniqueFd fd(::open(("/proc/" + std::to_string(pid) + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return cannot("open a user namespace", errno);
    return fd;
}

}  // namespace

core::Result<UniqueFd> make_user_namespace(std::uint32_t first_id) {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return cannot("socketpair", errno);
    UniqueFd own(ends[0]);
    UniqueFd other(ends[1]);
    clone_args arguments{};
    arguments.flags = CLONE_NEWUSER;
    arguments.exit_signal = SIGCHLD;
    const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) return cannot("make a user namespace", errno);
    if (pid == 0) {
        // Of a process that may have threads: only system calls. Ends with the other side.
        char byte = 0;
        ::syscall(SYS_close, own.get());
        ::syscall(SYS_read, other.get(), &byte, 1);
        ::_exit(0);
    }
    auto opened = open_mapped(static_cast<pid_t>(pid), first_id);
    own.reset();
    while (::waitpid(static_cast<pid_t>(pid), nullptr, 0) < 0 && errno == EINTR) {
    }
    return opened;
}

IdShift IdShift::probe(const Options& options) {
    IdShift shift;
    auto made = make_user_namespace(options.first_id);
    if (!made) {
        shift.usable_ = std::move(made).error();
        return shift;
    }
    shift.namespace_ = std::move(made).value();
    const ProbeNote note(options.state_directory,
                         options.overlay ? "shift-works-overlay" : "shift-works-dir");
    if (note.holds()) return shift;
    shift.usable_ = probe_shift(options.state_directory + "/trash", shift.namespace_.get(), options.overlay,
                                options.first_id);
    // Without the note the next start tries again.
    if (shift.usable_) (void)note.write();
    return shift;
}

core::Status IdShift::check_tree(const std::string& path) const {
    constexpr unsigned recursive = 0x8000;  // AT_RECURSIVE
    const UniqueFd tree(static_cast<int>(
        ::syscall(SYS_open_tree, AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive)));
    if (!tree) return {};
    if (shift_tree(tree.get(), namespace_.get(), true) == 0) return {};
    return cannot(path + ": the owners of its files cannot be shifted for a user namespace", errno);
}

core::Status give_directory(const std::string& path, std::uint32_t id) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat about {};
    if (!fd || ::fstat(fd.get(), &about) != 0) return core::os_error(errno, path);
    if (about.st_uid == id && about.st_gid == id) return {};
    return ::fchown(fd.get(), id, id) == 0 ? core::Status{} : core::Status(core::os_error(errno, path));
}

}  // namespace potd::platform
