#pragma once

#include "core/base/result.hpp"

#include <string>
#include <string_view>

#include <sys/types.h>

namespace potd::platform {

/// Makes sure that a base has what every pot needs something mounted on: the directories proc sys dev
/// run tmp var/tmp root etc, and etc/{resolv.conf,hosts,hostname} as regular files (a symlink in such a
/// place becomes an empty file), and that the root itself is root's, 0755. What is there and fits stays.
/// Blocks; any thread.
[[nodiscard]] core::Status complete_base(int root);

/// The small files etc/{resolv.conf,hosts,hostname} empty, whatever they were: after installers that
/// copy the machine's own.
[[nodiscard]] core::Status empty_machine_files(int root);

/// Writes a regular file 0644 in the place of what had the name.
[[nodiscard]] core::Status write_base_file(int parent, const std::string& name, std::string_view content);

}  // namespace potd::platform
