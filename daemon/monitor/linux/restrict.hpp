#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/monitor/user_db.hpp"
#include "daemon/platform/linux/plan_view.hpp"

/// What takes rights away from a process of the pot. Every function acts on the calling process.
namespace potd::monitor {

/// A limit the host does not allow is lowered to what it does allow. `files`, if given, in place of the
/// plan's.
[[nodiscard]] bool set_rlimits(const platform::PlanView& plan, const platform::Rlimit* files, Fault& fault);

/// The plan's limit of files alone, for the pot's pid 1: it opens none, but shows what holds (files_of).
[[nodiscard]] bool set_files_limit(const platform::PlanView& plan, Fault& fault);

/// What a process may open, by its number here. False if that cannot be told.
[[nodiscard]] bool files_of(long pid, platform::Rlimit& files);

/// A session keyring of its own, so that keys of the host are out of reach.
[[nodiscard]] bool join_new_keyring(Fault& fault);

/// Bounding set, groups, ids, capability sets, no_new_privs and the seccomp filter, in the order the
/// kernel wants: with no_new_privs the filter comes last, without it while the right to set it is there.
[[nodiscard]] bool restrict_command(const platform::SecurityPart& security, const Credentials& who,
                                    Fault& fault);

/// For the pot's pid 1: keeps the right to signal any process of the pot and nothing else.
[[nodiscard]] bool restrict_init(Fault& fault);

}  // namespace potd::monitor
