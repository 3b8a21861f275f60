#pragma once

#include "daemon/monitor/text.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace potd::monitor {

/// Who a command runs as, resolved in the pot's own /etc/passwd and /etc/group.
struct Credentials {
    static constexpr std::size_t max_groups = 64;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t groups[max_groups] = {};  ///< supplementary; further ones are left out
    std::size_t group_count = 0;
    FixedText<256> home;  ///< empty if passwd does not know the user
};

enum class UserError { None, NoSuchUser, NoSuchGroup };

/// Reads lines of the two files through the caller's descriptors (-1 = the file is missing).
struct UserFiles {
    int passwd = -1;
    int group = -1;
};

/// `user`: "name", "uid", "name:group", "uid:gid", or empty for root. Numbers need no entry; a name
/// does. Without a group: the user's primary group and, for a user known by name, the groups that
/// list it. With a group: that one alone. 4294967295 is no number of a user or group. Lines longer than
/// 4 KiB and malformed ones are skipped.
[[nodiscard]] UserError resolve_user(std::string_view user, const UserFiles& files, Credentials& who);

}  // namespace potd::monitor
