#pragma once

#include "core/base/result.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace potd::platform {

/// Whom a program of the host runs as. The default is root and nothing else.
struct HostUser {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups{0};  ///< the supplementary ones, all of them
    friend bool operator==(const HostUser&, const HostUser&) = default;
};

/// Looks up "name", "uid", "name:group" or "uid:gid" in the host's databases; empty is root, without a
/// look. A group given takes the place of the user's own; the supplementary groups are always those of the
/// user. Numbers without an entry are taken only as the pair "uid:gid". NotFound names what is unknown.
/// May block on the network (NSS): not for the loop thread. Any thread.
[[nodiscard]] core::Result<HostUser> find_host_user(const std::string& text);

}  // namespace potd::platform
