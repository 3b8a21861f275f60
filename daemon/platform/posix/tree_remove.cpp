#include "daemon/platform/posix/tree_remove.hpp"

#include "daemon/platform/posix/regular_file.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_attributes.hpp"
#include "daemon/platform/posix/tree_directory.hpp"
#include "daemon/platform/posix/tree_quota.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"

#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr unsigned deepest_open = 24;

class TreeRemoval {
  public:
    TreeRemoval(std::size_t budget, int notes) : left_(budget), notes_(notes) {}

    core::Result<bool> run(int parent, const std::string& name) {
        remove(parent, name, 0);
        if (left_ == 0) return false;
        if (!outcome_) return std::move(outcome_).error();
        return true;
    }

  private:
    void remove(int parent, const std::string& name, unsigned depth) {
        if (unlinked(parent, name, 0)) return;
        if (errno != EISDIR && errno != EPERM) return fail(errno, name);
        if (unlinked(parent, name, AT_REMOVEDIR)) return;
        if (errno == ENOTEMPTY || errno == EEXIST) return remove_full(parent, name, depth);
        // Immutable flags, on the entry or on what holds it, show as EPERM.
        if (errno == ENOTDIR) errno = EPERM;
        const int reason = errno;
        if (reason != EPERM || !unlock(parent, name)) return fail(reason, name);
        if (unlinked(parent, name, 0) || unlinked(parent, name, AT_REMOVEDIR)) return;
        if (errno == ENOTEMPTY || errno == EEXIST) return remove_full(parent, name, depth);
        fail(errno, name);
    }

    bool unlinked(int parent, const std::string& name, int flags) {
        if (::unlinkat(parent, name.c_str(), flags) != 0) return errno == ENOENT;
        if (left_ > 0) --left_;
        return true;
    }

    void remove_full(int parent, const std::string& name, unsigned depth) {
        if (left_ == 0) return;
        if (depth >= deepest_open) return hoist(parent, name);
        auto opened = enter(parent, name);
        if (!opened) return fail(std::move(opened).error(), name);
        if (notes_ >= 0 && is_subvolume(opened->get())) note_tree_count(notes_, opened->get());
        const auto whole = remove_subvolume(parent, name, opened->get());
        if (!whole) return fail(whole.error(), name);
        if (whole.value()) {
            --left_;
            return;
        }
        auto directory = TreeDirectory::of(std::move(opened).value());
        if (!directory) return fail(std::move(directory).error(), name);
        if (depth == 0) top_ = directory->fd();
        empty(*directory, depth);
        if (left_ > 0 && !unlinked(parent, name, AT_REMOVEDIR)) fail(errno, name);
    }

    void empty(TreeDirectory& directory, unsigned depth) {
        unsigned hoisted_before = 0;
        do {
            hoisted_before = hoisted_;
            directory.rewind();
            if (!empty_once(directory, depth)) return;
        } while (depth == 0 && left_ > 0 && hoisted_ != hoisted_before);
    }

    bool empty_once(TreeDirectory& directory, unsigned depth) {
        while (left_ > 0) {
            auto name = directory.next();
            if (!name) {
                fail(std::move(name).error(), "directory");
                return false;
            }
            if (!name.value()) return true;
            remove(directory.fd(), *name.value(), depth + 1);
        }
        return false;
    }

    core::Result<UniqueFd> enter(int parent, const std::string& name) {
        auto opened = open_child_directory(parent, name);
        if (!opened && opened.error().os_error == EACCES && make_enterable(parent, name)) {
            opened = open_child_directory(parent, name);
        }
        if (!opened) return opened;
        struct stat found {};
        const bool known = ::fstat(opened->get(), &found) == 0;
        if (known && (found.st_mode & S_IRWXU) != S_IRWXU && ::fchmod(opened->get(), S_IRWXU) != 0) {
            // An immutable one; root can go on all the same, and for others the deletion says why not.
            if (!clear_immutable(opened->get())) return opened;
        }
        return opened;
    }

    /// Moves a directory that lies too deep to the top, where it is found again in the next pass.
    void hoist(int parent, const std::string& name) {
        for (unsigned attempt = 0; attempt < 1000; ++attempt) {
            const std::string high = prefix_ + std::to_string(hoisted_++);
            if (::renameat(parent, name.c_str(), top_, high.c_str()) == 0) return;
            if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) break;
        }
        fail(errno, name);
    }

    static bool unlock(int parent, const std::string& name) {
        const bool above = clear_immutable(parent).ok();
        auto found = stat_entry(parent, name);
        if (!found || !(S_ISREG(found->st_mode) || S_ISDIR(found->st_mode))) return above;
        const auto fd = S_ISDIR(found->st_mode) ? open_child_directory(parent, name)
                                                : open_regular(parent, name, O_RDONLY);
        return (fd && clear_immutable(fd->get()).ok()) || above;
    }

    void fail(int error_number, const std::string& name) {
        fail(core::os_error(error_number, "delete"), name);
    }
    void fail(core::Error error, const std::string& name) {
        if (outcome_) outcome_ = std::move(error).in(name);
    }

    std::size_t left_;
    int notes_;
    unsigned hoisted_ = 0;
    // Differs from call to call, so that what an earlier one left is not in the way.
    std::string prefix_ =
        ".deep-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()) + "-";
    int top_ = -1;
    core::Status outcome_;
};

}  // namespace

core::Result<bool> remove_tree(int parent, const std::string& name, std::size_t budget, int notes) {
    return TreeRemoval(budget, notes).run(parent, name);
}

}  // namespace potd::platform
