#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/space_use.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace potd::platform {

/// PermissionDenied unless the effective user is root.
[[nodiscard]] core::Status require_root();

/// Makes the state directory (0711: root's alone to list) and the run directory (0755), whose parents must
/// exist, and checks that both can be written.
[[nodiscard]] core::Status make_places(const std::filesystem::path& state, const std::filesystem::path& run);

/// Of the file system that holds `directory`.
[[nodiscard]] core::Result<core::DiskRoom> disk_room(const std::filesystem::path& directory);

/// True if the machine knows a group of this name.
[[nodiscard]] bool group_exists(const std::string& name);

/// The number of a user or group of this machine, given by name or by number; nullopt if it knows none.
[[nodiscard]] std::optional<std::int64_t> user_number(const std::string& name_or_number);
[[nodiscard]] std::optional<std::int64_t> group_number(const std::string& name_or_number);
/// Of this process.
[[nodiscard]] std::int64_t own_user_number() noexcept;

/// Where potmon is: ../libexec/potd/potmon as installed, else beside this program as built.
[[nodiscard]] std::string monitor_program();

/// What comes with potd to be read: ../share/potd as installed.
[[nodiscard]] std::filesystem::path shared_directory();

/// 12 random hexadecimal digits from the kernel.
[[nodiscard]] core::PotId random_id();

}  // namespace potd::platform
