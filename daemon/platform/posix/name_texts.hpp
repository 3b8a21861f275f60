#pragma once

#include "core/base/result.hpp"
#include "core/model/name_files.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace potd::platform {

/// The host's files of names; another place in tests.
struct HostNameFiles {
    std::string hosts = "/etc/hosts";
    std::string resolver = "/etc/resolv.conf";
    /// What systemd-resolved asks itself, for those who do not reach its own address on loopback.
    std::string upstream_resolver = "/run/systemd/resolve/resolv.conf";
};

/// What a file shall hold; nothing for Own, and for the host's if it has none. Blocking, on small files.
[[nodiscard]] core::Result<std::optional<std::string>> hosts_content(const core::NameFile& file,
                                                                     const HostNameFiles& host = {});
[[nodiscard]] core::Result<std::optional<std::string>> resolver_content(const core::NameFile& file,
                                                                        const HostNameFiles& host = {});

/// Writes the whole content of an open file anew in place, for readers that hold it open or mounted: by one
/// write(2), behind which what is left of a longer content is blank lines until it is cut off. So a reader
/// never meets an empty file, nor the end of an old line; one that reads at the very moment of the write may
/// meet lines of both. What is the same already is not written.
[[nodiscard]] core::Status rewrite(int file, std::string_view text);

}  // namespace potd::platform
