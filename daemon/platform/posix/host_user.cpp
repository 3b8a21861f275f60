#include "daemon/platform/posix/host_user.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::size_t largest_entry = std::size_t{1} << 20;
constexpr int most_groups = 65'536;

/// Set if the text is a number; the all-ones id means "unchanged" to the kernel and is none.
std::optional<uid_t> number_in(std::string_view text) {
    uid_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number == static_cast<uid_t>(-1) ? std::nullopt : std::optional(number);
}

/// An entry of a database and the room its strings are in. `look` is one of the get…_r calls.
template <class Entry, class Look>
core::Result<std::optional<Entry>> entry_of(const Look& look, const std::string& what) {
    std::vector<char> room(4096);
    while (true) {
        Entry entry{};
        Entry* found = nullptr;
        const int failure = look(&entry, room.data(), room.size(), &found);
        if (failure == ERANGE && room.size() < largest_entry) {
            room.resize(room.size() * 4);
            continue;
        }
        // Several systems say "not there" by one of these.
        const bool absent = failure == 0 || failure == ENOENT || failure == ESRCH;
        if (found == nullptr && absent) return std::optional<Entry>();
        if (found == nullptr) return core::os_error(failure, what);
        return std::optional<Entry>(entry);
    }
}

struct Account {
    std::string name;  ///< empty without an entry
    HostUser user;
};

core::Result<Account> account_of(const std::string& text, bool may_be_unlisted) {
    const auto number = number_in(text);
    Account account;
    const auto look = [&](passwd* entry, char* room, std::size_t size, passwd** found) {
        const int failure = number ? ::getpwuid_r(*number, entry, room, size, found)
                                   : ::getpwnam_r(text.c_str(), entry, room, size, found);
        if (*found != nullptr) account.name = entry->pw_name;
        return failure;
    };
    const auto entry = entry_of<passwd>(look, "user " + text);
    if (!entry) return entry.error();
    if (const auto& known = entry.value()) {
        account.user.uid = known->pw_uid;
        account.user.gid = known->pw_gid;
    } else if (number && may_be_unlisted) {
        account.user.uid = *number;
    } else {
        return core::error(core::ErrorKind::NotFound, "user " + text + ": the host knows no such user");
    }
    return account;
}

core::Result<gid_t> group_of(const std::string& text) {
    if (const auto number = number_in(text)) return *number;
    const auto look = [&](group* entry, char* room, std::size_t size, group** found) {
        return ::getgrnam_r(text.c_str(), entry, room, size, found);
    };
    const auto entry = entry_of<group>(look, "group " + text);
    if (!entry) return entry.error();
    if (const auto& known = entry.value()) return known->gr_gid;
    return core::error(core::ErrorKind::NotFound, "group " + text + ": the host knows no such group");
}

std::vector<gid_t> groups_of(const std::string& name, gid_t own) {
    if (name.empty()) return {own};
    int count = 32;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    while (::getgrouplist(name.c_str(), own, groups.data(), &count) < 0 && count <= most_groups) {
        // Not every system says how many there are.
        count = std::max(count, static_cast<int>(groups.size()) * 2);
        groups.resize(static_cast<std::size_t>(count));
    }
    groups.resize(static_cast<std::size_t>(std::min(count, static_cast<int>(groups.size()))));
    return groups;
}

}  // namespace

core::Result<HostUser> find_host_user(const std::string& text) {
    if (text.empty()) return HostUser{};
    const std::size_t colon = text.find(':');
    const bool has_group = colon != std::string::npos;
    const std::string group = has_group ? text.substr(colon + 1) : std::string();
    auto account = account_of(text.substr(0, colon), number_in(group).has_value());
    if (!account) return std::move(account).error();
    HostUser user = account->user;
    if (has_group) {
        const auto gid = group_of(group);
        if (!gid) return gid.error();
        user.gid = gid.value();
    }
    user.groups = groups_of(account->name, user.gid);
    return user;
}

}  // namespace potd::platform
