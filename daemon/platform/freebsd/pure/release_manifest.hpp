#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace potd::platform {

// What FreeBSD's mirrors hold for one release: a folder with distribution sets and a MANIFEST of their
// checksums, as src/release/scripts/make-manifest.sh writes it. Pure.

/// SHA-256 in lower-case hexadecimal by file name ("base.txz"); nothing if a line is not of the form
/// "FILE TAB SUM TAB COUNT TAB NAME TAB …" or a file stands there twice.
[[nodiscard]] std::optional<std::map<std::string, std::string, std::less<>>> parse_manifest(
    std::string_view text);

/// "14.1" and "14.1-RELEASE" as "14.1-RELEASE"; also "-STABLE", "-CURRENT", "-BETA2", "-RC1", "-PRERELEASE".
/// Nothing for what cannot be a release; a patch level is none, mirrors do not keep them.
[[nodiscard]] std::optional<std::string> full_release(std::string_view text);

/// Major times 100 plus minor of a full or patched release ("13.2-RELEASE-p4" is 1302); nothing if it is
/// none.
[[nodiscard]] std::optional<int> release_number(std::string_view release);

/// The folder of a release: below the mirror by machine and release, or the very folder where the address is
/// a file:// one. No slash at the end.
[[nodiscard]] std::string release_folder(std::string_view mirror, std::string_view machine,
                                         std::string_view release);

/// True for an address that fetch(1) takes here: http, https, ftp or file, no blanks or control characters.
[[nodiscard]] bool is_release_mirror(std::string_view address);

}  // namespace potd::platform
