#include "daemon/platform/posix/log_files.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>

#include <fcntl.h>

namespace potd::platform {
namespace {

/// 7 for "7.log", 0 for anything else.
unsigned number_of(const std::string& name) {
    unsigned number = 0;
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data(), end, number);
    return parsed.ec == std::errc{} && std::string(parsed.ptr, end) == ".log" ? number : 0;
}

core::Result<std::optional<LogFile>> open_file(int directory, const std::string& name) {
    LogFile file;
    file.fd.reset(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.fd && errno == ENOENT) return std::optional<LogFile>();
    if (!file.fd) return core::os_error(errno, name);
    auto about = file.about();
    if (!about) return std::move(about).error().in(name);
    if (!S_ISREG(about->st_mode)) return std::optional<LogFile>();
    file.device = about->st_dev;
    file.inode = about->st_ino;
    return std::optional<LogFile>(std::move(file));
}

}  // namespace

std::string log_file_name(unsigned number) {
    return number == 0 ? "current.log" : std::to_string(number) + ".log";
}

core::Result<unsigned> highest_log_number(int directory) {
    auto names = names_in(directory);
    if (!names) return std::move(names).error();
    unsigned highest = 0;
    for (const std::string& name : names.value()) highest = std::max(highest, number_of(name));
    return highest;
}

bool ended_before(const struct stat& about, core::WallTime since) {
    constexpr std::int64_t ms_per_second = 1000;
    return (about.st_mtim.tv_sec + 1) * ms_per_second < since.ms;
}

core::Result<struct stat> LogFile::about() const {
    struct stat found {};
    if (::fstat(fd.get(), &found) != 0) return core::os_error(errno, "log file");
    return found;
}

core::Status LogFiles::each(const std::function<bool(LogFile)>& visit) const {
    auto directory = open_directory(directory_);
    if (!directory)
        return directory.error().os_error == ENOENT ? core::Status{} : std::move(directory).error();
    auto highest = highest_log_number(directory->get());
    if (!highest) return std::move(highest).error();
    LogFile last;  // which one it was, without its descriptor
    bool found = true;
    // A rotation under way leaves one gap and may have moved the last file on.
    for (unsigned number = 0; found || number <= highest.value() + 2; ++number) {
        auto opened = open_file(directory->get(), log_file_name(number));
        if (!opened) return std::move(opened).error();
        found = opened->has_value();
        if (!found || opened.value()->is(last)) continue;
        last.device = opened.value()->device;
        last.inode = opened.value()->inode;
        if (!visit(*std::move(opened).value())) return {};
    }
    return {};
}

LogFiles::Found LogFiles::newest() const {
    std::optional<LogFile> first;
    auto looked = each([&](LogFile file) {
        first = std::move(file);
        return false;
    });
    if (!looked) return std::move(looked).error();
    return first;
}

LogFiles::Found LogFiles::oldest() const {
    std::optional<LogFile> last;
    auto looked = each([&](LogFile file) {
        last = std::move(file);
        return true;
    });
    if (!looked) return std::move(looked).error();
    return last;
}

LogFiles::Found LogFiles::newer_than(const LogFile& file) const {
    std::optional<LogFile> previous;
    auto looked = each([&](LogFile other) {
        if (other.is(file)) return false;
        previous = std::move(other);
        return true;
    });
    if (!looked) return std::move(looked).error();
    return previous;
}

LogFiles::Found LogFiles::older_than(const LogFile& file) const {
    std::optional<LogFile> next;
    bool passed = false;
    auto looked = each([&](LogFile other) {
        if (passed) {
            next = std::move(other);
            return false;
        }
        passed = other.is(file);
        return true;
    });
    if (!looked) return std::move(looked).error();
    return next;
}

}  // namespace potd::platform
