#include "daemon/platform/posix/log_pruning.hpp"

#include "daemon/platform/posix/log_files.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr const char* aside_name = "pruned.log";

struct NumberedLog {
    unsigned number = 0;
    struct stat about {};
};

/// None if there is no such directory.
core::Result<std::optional<UniqueFd>> open_log_directory(const std::string& path) {
    auto directory = open_directory(path);
    if (directory) return std::optional<UniqueFd>(std::move(*directory));
    if (directory.error().os_error == ENOENT) return std::optional<UniqueFd>();
    return std::move(directory).error();
}

/// None if it is not there, or no file.
core::Result<std::optional<struct stat>> look_at(int directory, const std::string& name) {
    struct stat found {};
    if (::fstatat(directory, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return std::optional<struct stat>();
        return core::os_error(errno, name);
    }
    if (!S_ISREG(found.st_mode)) return std::optional<struct stat>();
    return std::optional<struct stat>(found);
}

bool is_old_enough(const struct stat& about, core::WallTime before) {
    constexpr std::int64_t ms_per_second = 1000;
    constexpr std::int64_t ns_in_a_ms = 1'000'000;
    return about.st_mtim.tv_sec * ms_per_second + about.st_mtim.tv_nsec / ns_in_a_ms <= before.ms;
}

core::Status remove_log(int directory, const std::string& name) {
    if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return {};
    return core::os_error(errno, name);
}

core::Result<std::vector<NumberedLog>> logs_in(int directory) {
    const auto highest = highest_log_number(directory);
    if (!highest) return highest.error();
    std::vector<NumberedLog> logs;
    for (unsigned number = 0; number <= *highest; ++number) {
        const auto about = look_at(directory, log_file_name(number));
        if (!about) return about.error();
        if (*about) logs.push_back({number, **about});
    }
    return logs;
}

/// True: it is gone. False: a rotation has put another one in its place.
core::Result<bool> remove_if_same(int directory, const NumberedLog& log) {
    const std::string name = log_file_name(log.number);
    const auto now = look_at(directory, name);
    if (!now) return now.error();
    if (!*now || (*now)->st_ino != log.about.st_ino || (*now)->st_dev != log.about.st_dev) return false;
    if (core::Status removed = remove_log(directory, name); !removed) return std::move(removed).error();
    return true;
}

}  // namespace

core::Result<core::LogPruned> set_current_log_aside(const core::LogPrune& what) {
    if (!what.idle || what.keep != 0 || what.dry_run) return core::LogPruned{};
    auto directory = open_log_directory(what.directory);
    if (!directory) return std::move(directory).error().in(what.directory);
    if (!*directory) return core::LogPruned{};
    const int at = (*directory)->get();
    const std::string name = log_file_name(0);
    const auto about = look_at(at, name);
    if (!about) return core::Error(about.error()).in(what.directory);
    if (!*about || !is_old_enough(**about, what.written_before)) return core::LogPruned{};
    if (::renameat(at, name.c_str(), at, aside_name) != 0)
        return core::os_error(errno, what.directory + "/" + name);
    return core::LogPruned{1, (*about)->st_size};
}

core::Result<core::LogPruned> prune_log_files(const core::LogPrune& what) {
    auto directory = open_log_directory(what.directory);
    if (!directory) return std::move(directory).error().in(what.directory);
    if (!*directory) return core::LogPruned{};
    const int at = (*directory)->get();
    if (!what.dry_run) {
        core::Status removed = remove_log(at, aside_name);
        if (!removed) return std::move(removed).error().in(what.directory);
    }
    auto logs = logs_in(at);
    if (!logs) return std::move(logs).error().in(what.directory);
    core::LogPruned pruned;
    for (std::size_t i = logs->size(); i > what.keep; --i) {
        const NumberedLog& log = (*logs)[i - 1];
        const bool rotated = log.number != 0;
        if (!is_old_enough(log.about, what.written_before)) continue;
        if (!rotated && !(what.idle && what.dry_run)) continue;
        if (!what.dry_run) {
            auto removed = remove_if_same(at, log);
            if (!removed) return std::move(removed).error().in(what.directory);
            if (!*removed) continue;
        }
        ++pruned.files;
        pruned.bytes += log.about.st_size;
    }
    return pruned;
}

}  // namespace potd::platform
