#include "daemon/platform/linux/layer_merge.hpp"

#include "daemon/platform/linux/layer_marks.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_attributes.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <cerrno>
#include <set>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr unsigned deepest_merged = 256;

/// The same directory in several layers, topmost first.
using SameDirectory = std::vector<UniqueFd>;

std::string inside(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "/" + name;
}

bool is_whiteout(const struct stat& about) {
    return S_ISCHR(about.st_mode) && about.st_rdev == makedev(0, 0);
}

class LayerMerge {
  public:
    explicit LayerMerge(const std::atomic<bool>& stop) : stop_(stop) {}

    /// `covered`: nothing of any layer below `sources` shows here.
    core::Status directory(SameDirectory sources, int to, const std::string& path, bool covered,
                           unsigned depth) {
        if (depth > deepest_merged)
            return core::error(core::ErrorKind::Unsupported, path + ": more than 256 levels of directories");
        auto opaque = drop_hidden(sources);
        if (!opaque) return std::move(opaque).error().in(path);
        const bool shut = covered || *opaque;
        auto names = names_of(sources);
        if (!names) return std::move(names).error().in(path);
        for (const std::string& name : *names) {
            if (auto done = entry(sources, name, to, inside(path, name), shut, depth); !done) return done;
        }
        return finish(sources.front().get(), to, *opaque).in(path);
    }

    /// A directory that also hides what lower layers have under its name.
    core::Status finish(int like, int to, bool opaque) {
        struct stat about {};
        if (::fstat(like, &about) != 0) return core::os_error(errno, "stat");
        if (auto owned = apply_owner_and_mode(to, about); !owned) return owned;
        if (auto named = copy_foreign_attributes(like, to); !named) return named;
        if (opaque) {
            if (auto marked = mark_opaque(to); !marked) return marked;
        }
        return apply_times(to, about);
    }

  private:
    /// Takes those away that an opaque one hides; whether there was one.
    static core::Result<bool> drop_hidden(SameDirectory& sources) {
        for (std::size_t i = 0; i < sources.size(); ++i) {
            auto opaque = is_opaque(sources[i].get());
            if (!opaque || !*opaque) {
                if (!opaque) return opaque;
                continue;
            }
            sources.resize(i + 1);
            return true;
        }
        return false;
    }

    static core::Result<std::vector<std::string>> names_of(const SameDirectory& sources) {
        std::set<std::string> all;
        for (const UniqueFd& source : sources) {
            auto names = names_in(source.get());
            if (!names) return names;
            all.insert(names->begin(), names->end());
        }
        return std::vector<std::string>(all.begin(), all.end());
    }

    core::Status entry(const SameDirectory& sources, const std::string& name, int to, const std::string& path,
                       bool shut, unsigned depth) {
        if (stop_.load()) return core::error(core::ErrorKind::Cancelled, "merging of layers stopped");
        for (std::size_t i = 0; i < sources.size(); ++i) {
            auto about = stat_entry(sources[i].get(), name);
            if (!about && about.error().os_error == ENOENT) continue;
            if (!about) return std::move(about).error().in(path);
            if (S_ISDIR(about->st_mode)) {
                auto same = same_below(sources, i, name);
                if (!same) return std::move(same).error().in(path);
                return merged(*std::move(same), name, to, path, shut, depth);
            }
            // Where nothing below shows, a whiteout would be seen as the device it is.
            if (is_whiteout(*about) && shut) return {};
            return other(sources[i].get(), name, to).in(path);
        }
        return core::error(core::ErrorKind::Conflict, path + ": went meanwhile");
    }

    static core::Status other(int from, const std::string& name, int to) {
        if (auto plain = check_plain(from, name); !plain) return plain;
        if (::linkat(from, name.c_str(), to, name.c_str(), 0) == 0) return {};
        return core::os_error(errno, "link");
    }

    struct Below {
        SameDirectory same;
        bool ends = false;  ///< with something else
    };

    /// The topmost is a directory; what is one in the layers below, down to the first that is not, is merged.
    static core::Result<Below> same_below(const SameDirectory& sources, std::size_t first,
                                          const std::string& name) {
        Below found;
        for (std::size_t i = first; i < sources.size(); ++i) {
            auto about = stat_entry(sources[i].get(), name);
            if (!about && about.error().os_error == ENOENT) continue;
            if (!about) return std::move(about).error();
            found.ends = !S_ISDIR(about->st_mode);
            if (found.ends) break;
            auto opened = open_child_directory(sources[i].get(), name);
            if (!opened) return std::move(opened).error();
            found.same.push_back(std::move(opened).value());
        }
        return found;
    }

    core::Status merged(Below below, const std::string& name, int to, const std::string& path, bool shut,
                        unsigned depth) {
        if (auto made = make_directory(to, name, S_IRWXU); !made) return std::move(made).in(path);
        auto target = open_child_directory(to, name);
        if (!target) return std::move(target).error().in(path);
        const UniqueFd like(::dup(below.same.front().get()));
        if (!like) return core::Status(core::os_error(errno, "dup")).in(path);
        auto done = directory(std::move(below.same), target->get(), path, shut || below.ends, depth + 1);
        // A file or a whiteout further down: in the merged layer the directory itself has to hide what that
        // hid.
        if (!done || !below.ends) return done;
        return finish(like.get(), target->get(), true).in(path);
    }

    const std::atomic<bool>& stop_;
};

}  // namespace

core::Status merge_layers(const std::vector<UniqueFd>& layers, int to, const std::atomic<bool>& stop) {
    SameDirectory tops;
    for (const UniqueFd& layer : layers) {
        UniqueFd top(::dup(layer.get()));
        if (!top) return core::os_error(errno, "dup");
        tops.push_back(std::move(top));
    }
    return LayerMerge(stop).directory(std::move(tops), to, "", false, 0);
}

}  // namespace potd::platform
