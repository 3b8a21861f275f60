#include "daemon/platform/freebsd/reaper_hook_groups.hpp"

#include "daemon/platform/freebsd/hook_start.hpp"
#include "daemon/platform/freebsd/marked_processes.hpp"
#include "daemon/platform/freebsd/reaper.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr core::milliseconds group_patience{10'000};
constexpr mode_t searchable = 0711, executable_by_owner = 0500;

}  // namespace

ReaperHookGroups::ReaperHookGroups(std::string instance, const std::string& run_directory, Loop loop)
    : instance_(std::move(instance)), directory_(run_directory + "/hooks"), loop_(loop) {}

ReaperHookGroups::~ReaperHookGroups() {
    waits_.clear();
    // What will not die now is swept at the next start.
    (void)sweep();
    ::rmdir(directory_.c_str());
}

core::Status ReaperHookGroups::prepare() {
    if (auto ready = become_reaper(); !ready) return ready;
    return make_directory(directory_, searchable);
}

/// Below a directory that its user may search, not list; readable for nobody else.
core::Result<std::string> ReaperHookGroups::write_script(const std::string& name,
                                                         const HookProgram& program) const {
    if (program.script.empty()) return std::string();
    std::string path = directory_ + "/" + name;
    if (auto removed = remove_file(path); !removed) return std::move(removed).error();
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, executable_by_owner));
    if (!file) return core::os_error(errno, path);
    const ssize_t written = ::write(file.get(), program.script.data(), program.script.size());
    if (written < 0) return core::os_error(errno, path);
    if (static_cast<std::size_t>(written) != program.script.size()) return core::os_error(ENOSPC, path);
    if (::fchown(file.get(), program.user.uid, program.user.gid) != 0) return core::os_error(errno, path);
    return path;
}

core::Result<StartedHook> ReaperHookGroups::start(const std::string& name, const HookProgram& program) {
    const auto script = write_script(name, program);
    if (!script) return script.error();
    HookProgram marked = program;
    marked.environment.push_back(mark(name));
    auto started = start_hook(marked, *script);
    if (started)
        roots_[name] = started->process.identity().pid;
    else
        (void)remove_file(directory_ + "/" + name);
    return started;
}

bool ReaperHookGroups::remove(const std::string& name) {
    if (const auto root = roots_.find(name); root != roots_.end()) {
        reap_orphans();
        const auto left = descendants_of(root->second);
        if (!left || !left->empty()) return false;
        roots_.erase(root);
    }
    return remove_file(directory_ + "/" + name).ok();
}

void ReaperHookGroups::clear(const std::string& name, core::Reply<void> reply) {
    const auto root = roots_.find(name);
    if (root == roots_.end()) {
        auto removed = remove_file(directory_ + "/" + name);
        return loop_.executor.post([reply, removed] { reply(removed); });
    }
    if (auto killed = kill_descendants(root->second); !killed)
        return loop_.executor.post([reply, killed] { reply(killed); });
    const std::uint64_t id = ++last_wait_;
    Awaited gone;
    // What was born while the kernel walked its list is on the next one.
    gone.condition = [this, name, pid = root->second] {
        return remove(name) || (!kill_descendants(pid) && remove(name));
    };
    gone.limit = group_patience;
    gone.too_late = "a process of hook " + name + " does not end";
    waits_[id] = wait_until(loop_, std::move(gone), [this, id, reply](const core::Status& end) {
        const auto wait = std::move(waits_[id]);
        waits_.erase(id);
        reply(end);
    });
}

core::Status ReaperHookGroups::remove_scripts() const {
    const auto directory = open_directory(directory_);
    if (!directory)
        return directory.error().os_error == ENOENT ? core::Status() : core::Status(directory.error());
    const auto names = names_in(directory->get());
    if (!names) return names.error();
    for (const std::string& name : *names) {
        if (auto removed = remove_file(directory_ + "/" + name); !removed) return removed;
    }
    return {};
}

core::Status ReaperHookGroups::sweep() {
    for (const auto& [name, root] : roots_) {
        if (auto killed = kill_descendants(root); !killed) return killed;
    }
    const auto limit = static_cast<int>(group_patience.count());
    if (auto killed = kill_marked("POTD_HOOK_GROUP=" + instance_ + "/", limit); !killed)
        return std::move(killed).in("left by hooks");
    reap_orphans();
    roots_.clear();
    return remove_scripts();
}

}  // namespace potd::platform
