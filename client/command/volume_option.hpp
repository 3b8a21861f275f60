#pragma once

#include "client/option/command.hpp"

namespace potd::client {

/// Of the commands that pot has for volumes as well.
inline constexpr Option volume_option{'f',
                                      "fscomp",
                                      "FSCOMP",
                                      "of a volume instead",
                                      Completes::Nothing,
                                      {},
                                      "snapshots of volumes are not in this version"};

}  // namespace potd::client
