#include "daemon/monitor/linux/safe_open.hpp"

#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

namespace potd::monitor {

namespace {

using Path = FixedText<4096>;
constexpr int max_links = 40;
constexpr int look = O_PATH | O_NOFOLLOW | O_CLOEXEC;

/// Cuts the first component off `rest`.
std::string_view next_component(std::string_view& rest) {
    while (!rest.empty() && rest.front() == '/') rest = tail(rest, 1);
    std::size_t size = 0;
    while (size < rest.size() && rest[size] != '/') ++size;
    const std::string_view component(rest.data(), size);
    rest = tail(rest, size);
    return component;
}

bool only_slashes(std::string_view text) {
    return next_component(text).empty();
}

/// One resolution under way: `here` is the directory reached, `done` its path, free of links.
class RootWalk {
  public:
    RootWalk(int root, const char* path) : root_(root) { rest_.add(path); }
    ~RootWalk() { leave(); }
    RootWalk(const RootWalk&) = delete;
    RootWalk& operator=(const RootWalk&) = delete;

    int run(std::uint64_t flags);

  private:
    int step(std::string_view name, std::string_view rest, std::uint64_t flags);
    int follow(int link, std::string_view rest);
    int descend(int fd, std::string_view name);
    int climb();
    void leave() {
        if (here_ != root_) sys::close(here_);
        here_ = root_;
    }
    void set_rest(std::string_view first, std::string_view second) {
        Path joined;
        joined.add(first).add("/").add(second);
        rest_ = joined;
    }

    int root_;
    int here_ = root_;
    int links_ = 0;
    Path rest_, done_;
};

bool is_link(int fd) {
    struct statx facts {};
    return raw_call(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &facts) == 0 && S_ISLNK(facts.stx_mode);
}

int RootWalk::descend(int fd, std::string_view name) {
    leave();
    here_ = fd;
    done_.add("/").add(name);
    return done_.overflowed() ? -ENAMETOOLONG : 0;
}

/// ".." goes by the path walked, never through the kernel's idea of a parent.
int RootWalk::climb() {
    const Path whole = done_;
    Path parent;
    (void)split_path(whole.view(), parent);
    done_.clear();
    leave();
    std::string_view rest = parent.view();
    for (;;) {
        const std::string_view component = next_component(rest);
        if (component.empty()) return 0;
        Path name;
        name.add(component);
        const int fd = sys::open_at(here_, name.c_str(), look | O_DIRECTORY);
        if (fd < 0) return fd;
        const int result = descend(fd, component);
        if (result < 0) return result;
    }
}

int RootWalk::follow(int link, std::string_view rest) {
    char target[4096];
    const long size = raw_call(SYS_readlinkat, link, "", target, sizeof target);
    sys::close(link);
    if (size < 0) return static_cast<int>(size);
    if (++links_ > max_links) return -ELOOP;
    set_rest({target, static_cast<std::size_t>(size)}, rest);
    if (rest_.overflowed()) return -ENAMETOOLONG;
    // The analyzer does not see the kernel write it.
    if (size > 0 && target[0] == '/') {  // NOLINT(clang-analyzer-core.UndefinedBinaryOperatorResult)
        leave();
        done_.clear();
    }
    return 0;
}

/// Minus errno, or 0 to go on, or 1 when `here_` is what was asked for.
int RootWalk::step(std::string_view name, std::string_view rest, std::uint64_t flags) {
    Path text;
    text.add(name);
    int fd = sys::open_at(here_, text.c_str(), look);
    if (fd < 0) return fd;
    const bool last = only_slashes(rest);
    if (is_link(fd) && !(last && (flags & O_NOFOLLOW) != 0)) return follow(fd, rest);
    if (last && (flags & O_PATH) == 0) {
        sys::close(fd);
        fd = sys::open_at(here_, text.c_str(), static_cast<int>(flags) | O_NOFOLLOW);
        if (fd < 0) return fd;
    }
    const int result = descend(fd, name);
    if (result < 0) return result;
    set_rest({}, rest);
    return last ? 1 : 0;
}

int RootWalk::run(std::uint64_t flags) {
    int result = 0;
    while (result == 0) {
        const Path current = rest_;
        std::string_view rest = current.view();
        const std::string_view name = next_component(rest);
        if (name.empty()) break;
        if (name == "." || name == "..") {
            set_rest({}, rest);
            result = name == ".." ? climb() : 0;
        } else {
            result = step(name, rest, flags);
        }
    }
    if (result < 0) return result;
    // A path that ended at the root, in "." or in "..": reopen the directory as asked.
    if (here_ == root_ || result == 0) return sys::open_at(here_, ".", static_cast<int>(flags));
    const int found = here_;
    here_ = root_;
    if ((flags & O_DIRECTORY) == 0) return found;
    const int directory = sys::open_at(found, ".", static_cast<int>(flags));
    sys::close(found);
    return directory;
}

int make_last(int parent, const char* name, bool directory) {
    if (directory) return static_cast<int>(raw_call(SYS_mkdirat, parent, name, 0755));
    const int fd = sys::open_at(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
    if (fd >= 0) sys::close(fd);
    return fd < 0 ? fd : 0;
}

/// Opens the part of the path that ends with `name`; makes it in `parent` if it is missing.
int open_or_make(int root, int parent, const Path& prefix, std::string_view name, bool directory) {
    int fd = open_in_root(root, prefix.c_str(), O_PATH);
    if (fd != -ENOENT || name == "." || name == "..") return fd;
    Path last;
    last.add(name);
    const int made = make_last(parent, last.c_str(), directory);
    if (made < 0) return made;
    return open_in_root(root, prefix.c_str(), O_PATH | O_NOFOLLOW);
}

}  // namespace

int open_in_root(int root, const char* path, std::uint64_t flags, std::uint64_t mode) {
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.mode = mode;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const long fd = raw_call(SYS_openat2, root, path, &how, sizeof how);
    if (fd == -ENOSYS && (flags & O_CREAT) == 0) return walk_in_root(root, path, flags);
    return static_cast<int>(fd);
}

int walk_in_root(int root, const char* path, std::uint64_t flags) {
    RootWalk walk(root, path);
    return walk.run(flags);
}

int make_in_root(int root, const char* path, bool directory) {
    const int existing = open_in_root(root, path, O_PATH);
    if (existing != -ENOENT) return existing;
    Path prefix;
    // Mostly nothing but the last part is missing.
    const std::string_view last = split_path(path, prefix);
    const bool plain = !last.empty() && last != "." && last != "..";
    const int parent = plain ? open_in_root(root, prefix.c_str(), O_PATH | O_DIRECTORY) : -1;
    if (parent >= 0) {
        prefix.clear();
        prefix.add(path);
        const int made =
            prefix.overflowed() ? -ENAMETOOLONG : open_or_make(root, parent, prefix, last, directory);
        sys::close(parent);
        return made;
    }
    prefix.clear();
    std::string_view rest(path);
    int here = open_in_root(root, "/", O_PATH | O_DIRECTORY);
    while (here >= 0 && !only_slashes(rest)) {
        const std::string_view name = next_component(rest);
        prefix.add("/").add(name);
        if (prefix.overflowed()) return -ENAMETOOLONG;
        const int next = open_or_make(root, here, prefix, name, directory || !only_slashes(rest));
        sys::close(here);
        here = next;
    }
    return here;
}

}  // namespace potd::monitor
