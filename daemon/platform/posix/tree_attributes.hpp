#pragma once

#include "core/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace potd::platform {

/// True for an extended attribute that a copied or unpacked tree keeps. Not kept: the marks an
/// overlay leaves on its own layers, which in a foreign tree would redirect or hide files.
[[nodiscard]] bool keeps_attribute(std::string_view name);

/// Sets one attribute of an open file or directory. A file system without attributes, and for others
/// than root those only root may set, are no error. Per system.
[[nodiscard]] core::Status set_attribute(int fd, const std::string& name, std::string_view value);

/// Whether the file system of an open file or directory has such attributes. Per system.
[[nodiscard]] bool has_attributes(int fd);

/// Copies what keeps_attribute allows.
[[nodiscard]] core::Status copy_attributes(int from, int to);
/// Reads the same. Per system.
[[nodiscard]] core::Result<std::vector<std::pair<std::string, std::string>>> attributes_of(int fd);

/// Owner (as root only), mode with set-id bits, times of an open file or directory, in this order:
/// a change of owner clears set-id bits and file capabilities.
[[nodiscard]] core::Status apply_owner_and_mode(int fd, const struct stat& like);
[[nodiscard]] core::Status apply_times(int fd, const struct stat& like);

/// The same for what cannot be opened: a symlink (no mode) or a FIFO.
[[nodiscard]] core::Status apply_to_entry(int parent, const std::string& name, const struct stat& like);

/// Takes "immutable" and "append only" away. Per system.
[[nodiscard]] core::Status clear_immutable(int fd);

/// Gives a directory that is not even readable for its owner mode 0700; follows no symlink. Per system.
[[nodiscard]] core::Status make_enterable(int parent, const std::string& name);

/// Device nodes are never taken over. True for those that may be left out without a word, because
/// a pot gets its own: character devices directly in dev/. `path` is relative to the root.
[[nodiscard]] bool is_replaced_device(std::string_view path, mode_t mode);

}  // namespace potd::platform
