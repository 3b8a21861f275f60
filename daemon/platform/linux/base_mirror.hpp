#pragma once

#include <string>
#include <string_view>

namespace potd::platform {

/// Where this machine's apt gets the suite from: the first http(s), file or copy address in
/// `apt_dir`/sources.list and sources.list.d (one-line and deb822 form) whose suite is exactly
/// `suite` and that has the component main. Empty if there is none. Reads files; any thread.
[[nodiscard]] std::string machine_mirror(const std::string& apt_dir, std::string_view suite);

/// The same from the text of one file.
[[nodiscard]] std::string mirror_in_list(std::string_view text, std::string_view suite);
[[nodiscard]] std::string mirror_in_deb822(std::string_view text, std::string_view suite);

/// True for an address that debootstrap can take: one of those schemes, no blanks or control characters.
[[nodiscard]] bool is_mirror(std::string_view address);

}  // namespace potd::platform
