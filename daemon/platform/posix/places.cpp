#include "daemon/platform/posix/places.hpp"

#include "core/base/bounded.hpp"
#include "daemon/platform/posix/own_program.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <random>
#include <system_error>
#include <vector>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;

core::Status make_place(const fs::path& path, mode_t mode) {
    // Only the last part: a parent that is missing is more likely a typing error than a wish.
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
        return core::os_error(errno, "cannot make " + path.string());
    }
    if (::chmod(path.c_str(), mode) != 0)
        return core::os_error(errno, "cannot set the mode of " + path.string());
    if (::access(path.c_str(), W_OK | X_OK) != 0)
        return core::os_error(errno, "cannot write to " + path.string());
    return {};
}

std::optional<std::int64_t> as_number(const std::string& text) {
    std::uint32_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

}  // namespace

core::Status require_root() {
    if (::geteuid() == 0) return {};
    return core::error(core::ErrorKind::PermissionDenied,
                       "potd must run as root (it is uid " + std::to_string(::geteuid()) + ")");
}

core::Status make_places(const fs::path& state, const fs::path& run) {
    constexpr mode_t state_mode = 0711;
    constexpr mode_t run_mode = 0755;
    if (core::Status made = make_place(state, state_mode); !made)
        return std::move(made).in("state directory");
    return make_place(run, run_mode).in("run directory");
}

core::Result<core::DiskRoom> disk_room(const std::filesystem::path& directory) {
    struct statvfs facts {};
    if (::statvfs(directory.c_str(), &facts) != 0) return core::os_error(errno, directory.string());
    const auto block = static_cast<std::int64_t>(facts.f_frsize);
    // File systems in user space and on other machines say what they like.
    return core::DiskRoom{core::bounded_product(block, static_cast<std::int64_t>(facts.f_blocks)),
                          core::bounded_product(block, static_cast<std::int64_t>(facts.f_bfree))};
}

bool group_exists(const std::string& name) {
    std::array<char, 4096> buffer{};
    struct group entry {};
    struct group* found = nullptr;
    const int code = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    return code == 0 && found != nullptr;
}

std::optional<std::int64_t> user_number(const std::string& name_or_number) {
    if (const auto number = as_number(name_or_number)) return number;
    std::array<char, 4096> buffer{};
    struct passwd entry {};
    struct passwd* found = nullptr;
    const int code = ::getpwnam_r(name_or_number.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (code != 0 || found == nullptr) return std::nullopt;
    return static_cast<std::int64_t>(entry.pw_uid);
}

std::optional<std::int64_t> group_number(const std::string& name_or_number) {
    if (const auto number = as_number(name_or_number)) return number;
    // The members of a group may be many.
    std::vector<char> buffer(std::size_t{64} * 1024);
    struct group entry {};
    struct group* found = nullptr;
    const int code = ::getgrnam_r(name_or_number.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (code != 0 || found == nullptr) return std::nullopt;
    return static_cast<std::int64_t>(entry.gr_gid);
}

std::int64_t own_user_number() noexcept {
    return static_cast<std::int64_t>(::geteuid());
}

std::string monitor_program() {
    const fs::path self = own_program();
    if (self.empty()) return "potmon";
    std::error_code error;
    const fs::path installed = self.parent_path().parent_path() / "libexec/potd/potmon";
    if (fs::exists(installed, error)) return installed.string();
    return (self.parent_path() / "potmon").string();
}

fs::path shared_directory() {
    return own_program().parent_path().parent_path() / "share/potd";
}

core::PotId random_id() {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::random_device source;
    std::string text;
    for (int i = 0; i < 12; ++i) text += digits[source() & 15U];
    return {text};
}

}  // namespace potd::platform
