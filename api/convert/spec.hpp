#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"
#include "openapi/wire/pot_spec.hpp"

#include <optional>

namespace potd::api {

/// A spec of the wire as core's. Errors name the field by its dotted path: InvalidArgument for a value
/// that cannot be read, Unsupported for a field of the contract that this version has not. What is
/// legal as a whole is for core::validate to say. What the wire leaves open stays as in `defaults`.
[[nodiscard]] core::Result<core::PotSpec> to_core(const wire::PotSpec& spec, core::PotSpec defaults = {});

/// One mount by itself; fields are its own ("target").
[[nodiscard]] core::Result<core::MountSpec> to_core(const wire::MountSpec& mount);

/// Null if it is off.
[[nodiscard]] std::optional<wire::SnapshotsSpec> to_wire(const core::SnapshotSchedule& schedule);
/// The same back; fields as below `snapshots`.
[[nodiscard]] core::Result<core::SnapshotSchedule> to_core(
    const std::optional<wire::SnapshotsSpec>& snapshots);

enum class SpecForm {
    Shown,   ///< for people: what is in force stands there ("persistent" is never null)
    Stored,  ///< what was asked for; to_core gives the same spec back
};
[[nodiscard]] wire::PotSpec to_wire(const core::PotSpec& spec, SpecForm form);

}  // namespace potd::api
