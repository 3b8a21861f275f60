#include "daemon/monitor/freebsd/safe_walk.hpp"

#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::monitor {

namespace {

using Path = FixedText<4096>;
constexpr int max_links = 40;

/// Cuts the first component off `rest`.
std::string_view next_component(std::string_view& rest) {
    while (!rest.empty() && rest.front() == '/') rest = tail(rest, 1);
    std::size_t size = 0;
    while (size < rest.size() && rest[size] != '/') ++size;
    const std::string_view component(rest.data(), size);
    rest = tail(rest, size);
    return component;
}

/// One resolution under way: `here` is the directory reached, `done` its path, free of links.
class RootWalk {
  public:
    RootWalk(int root, const char* path) : root_(root) { rest_.add(path); }
    ~RootWalk() { leave(); }
    RootWalk(const RootWalk&) = delete;
    RootWalk& operator=(const RootWalk&) = delete;

    int run();

  private:
    int step(std::string_view name);
    int follow(const char* name);
    int descend(const char* name);
    int climb();
    void leave() {
        if (here_ != root_) sys::close(here_);
        here_ = root_;
    }

    int root_;
    int here_ = root_;
    int links_ = 0;
    Path rest_, done_;
};

/// The link's text goes in front of what is left; an absolute one begins anew at the pot's root.
int RootWalk::follow(const char* name) {
    char target[4096];
    const ssize_t size = ::readlinkat(here_, name, target, sizeof target);
    if (size < 0) return -errno;
    if (++links_ > max_links) return -ELOOP;
    Path joined;
    joined.add({target, static_cast<std::size_t>(size)}).add("/").add(rest_.view());
    if (joined.overflowed()) return -ENAMETOOLONG;
    rest_ = joined;
    if (size > 0 && target[0] == '/') {
        leave();
        done_.clear();
    }
    return 0;
}

int RootWalk::descend(const char* name) {
    const int fd = sys::open_at(here_, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (fd < 0) return fd;
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
        const int result = descend(name.c_str());
        if (result < 0) return result;
    }
}

int RootWalk::step(std::string_view component) {
    Path name;
    name.add(component);
    struct stat facts {};
    if (::fstatat(here_, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0) {
        return S_ISLNK(facts.st_mode) ? follow(name.c_str()) : descend(name.c_str());
    }
    if (errno != ENOENT) return -errno;
    if (::mkdirat(here_, name.c_str(), 0755) != 0 && errno != EEXIST) return -errno;
    return descend(name.c_str());
}

int RootWalk::run() {
    for (;;) {
        const Path current = rest_;
        std::string_view rest = current.view();
        const std::string_view name = next_component(rest);
        if (name.empty()) return sys::open_at(here_, ".", O_RDONLY | O_DIRECTORY);
        rest_.clear();
        rest_.add(rest);
        if (name == ".") continue;
        const int result = name == ".." ? climb() : step(name);
        if (result < 0) return result;
    }
}

}  // namespace

int make_directory_in(int root, const char* path) {
    RootWalk walk(root, path);
    return walk.run();
}

}  // namespace potd::monitor
