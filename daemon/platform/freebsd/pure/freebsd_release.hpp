#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace potd::platform {

/// "13.2-RELEASE-p4" from the text of a userland's /bin/freebsd-version; nothing if it says none.
[[nodiscard]] std::optional<std::string> userland_release(std::string_view script);

/// True if a userland of this release wants a newer kernel than one of that: 14.1 on 14.0 does, 13.2 on 14.0
/// does not. Releases that cannot be read are not newer.
[[nodiscard]] bool newer_than(std::string_view userland, std::string_view kernel);

/// The machine of an ELF file by its first bytes ("amd64", "i386", "aarch64", "riscv64", "powerpc64" or a
/// number); nothing if it is no ELF file.
[[nodiscard]] std::optional<std::string> elf_machine(std::string_view head);

}  // namespace potd::platform
