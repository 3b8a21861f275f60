#pragma once

#include "core/model/principal.hpp"
#include "core/service/pot_service.hpp"

#include <string>
#include <vector>

namespace potd::api {

/// Whether somebody may have a pot like that: PermissionDenied with the field otherwise. Its labels must be
/// within his reach, and so must the pots that it depends on; what reaches the host must be allowed him;
/// volumes are for those without a selector, and so are private bridges unless the policy allows them. What
/// `before` has the same is no matter; null: a new pot.
[[nodiscard]] core::Status check_spec(const core::Principal& who, const core::PotService& pots,
                                      const core::PotSpec& spec, const core::PotSpec* before);

/// Whether he may have one mount more, whose field is `field`.
[[nodiscard]] core::Status check_mount(const core::Principal& who, const core::MountSpec& mount,
                                       const std::string& field);

/// Whether he may make a pot of this one: NotFound otherwise.
[[nodiscard]] core::Status check_seen(const core::Principal& who, const core::PotService& pots,
                                      const std::string& pot, std::string_view field);

/// Whether he may have these flavours (a new pot's `flavours`): any that potd finds by name, but a path of
/// the host is for admins alone, as what a flavour gives is not looked at.
[[nodiscard]] core::Status check_flavours(const core::Principal& who,
                                          const std::vector<std::string>& flavours);

}  // namespace potd::api
