#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"

/// What a jail may use: rctl(4) rules and its set of processors.
namespace potd::monitor {

/// Before anything runs in it. On failure the rules stay for remove_limits.
[[nodiscard]] bool set_limits(int jail, const platform::JailView& plan, Fault& fault);

/// Whether a process that uses too much memory is killed.
[[nodiscard]] bool kills_for_memory(const platform::JailView& plan);

void remove_limits(const platform::JailView& plan);

}  // namespace potd::monitor
