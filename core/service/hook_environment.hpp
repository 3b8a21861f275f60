#pragma once

#include "core/model/pot.hpp"

#include <cstdint>
#include <vector>

namespace potd::core {

/// The whole environment of a hook, nothing of potd's own: PATH, pot's variables (`pot info -E`: _POT_NAME,
/// _POT_IP; with addresses of its own _POT_IP_n and _POT_NIC_n from 0 on, _POT_IP_LIST and _POT_NIC_LIST),
/// POTD_POT_ID, POTD_RUN, POTD_HOOK ("poststop"), POTD_HOOK_ATTEMPT (from 1); once the run has ended
/// POTD_REASON, POTD_EXIT_CODE and POTD_EXIT_SIGNAL (one of them empty), POTD_OOM (0 or 1).
[[nodiscard]] std::vector<EnvVar> hook_environment(const Pot& pot, HookStage stage, std::uint32_t attempt);

}  // namespace potd::core
