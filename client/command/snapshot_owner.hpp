#pragma once

#include "client/base/result.hpp"
#include "client/command/invocation.hpp"
#include "client/option/command.hpp"

#include <string>
#include <string_view>

namespace potd::client {

/// Of the commands that pot has for volumes as well.
inline constexpr Option volume_option{'f', "fscomp", "FSCOMP", "of that volume instead of a pot",
                                      Completes::Fscomps};

inline constexpr Option label_option{0, "label", "KEY[=VALUE]", "only those with this label"};

/// The place in the API of the pot or, with --fscomp, the volume whose snapshots are meant, with `rest`
/// behind it. A usage error if it is both or none.
[[nodiscard]] Result<std::string> snapshot_owner_url(const Invocation& invocation, std::string_view rest);

}  // namespace potd::client
