#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/freebsd/pure/jail_parameters.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::platform {

// What the kernel knows of jails, and how what a run leaves in it goes. Blocking, but only on the kernel.

struct FoundJail {
    int id = 0;
    std::string name;
    std::string path;  ///< of its root, without links
    bool dying = false;
};

/// Every jail below potd's own, dying ones included.
[[nodiscard]] core::Result<std::vector<FoundJail>> all_jails();

/// The jail of this name, a living one before a dying one.
[[nodiscard]] std::optional<FoundJail> jail_named(const std::string& name);

/// SIGKILL to all in it, and its end; the processes leave a moment later. One that is gone is fine.
[[nodiscard]] core::Status remove_jail(int id);

/// Every parameter this kernel takes (sysctl security.jail.param).
[[nodiscard]] core::Result<JailParameterKinds> read_parameter_kinds();

/// Sends a signal to all processes of a jail at one moment, from within it: nothing of the host can be met.
[[nodiscard]] core::Status signal_jail(int id, int signal_number);

/// The same to these processes of it only. NotFound if none of them is in it any more.
[[nodiscard]] core::Status signal_in_jail(int id, int signal_number, const std::vector<std::int32_t>& pids);

/// Takes off every mount strictly below the directory, the deepest first, by force where it is busy. The
/// directory itself may be a mount: it stays.
[[nodiscard]] core::Status unmount_below(const std::string& directory);

/// A devfs ruleset that a potmon made.
struct OwnedRuleset {
    std::uint16_t number = 0;
    std::string jail;
};
[[nodiscard]] core::Result<std::vector<OwnedRuleset>> owned_rulesets();
[[nodiscard]] bool ruleset_exists(std::uint16_t number);
[[nodiscard]] core::Status remove_ruleset(std::uint16_t number);

/// "jail:NAME:maxproc:deny=200,…", as rctl_get_rules(2) lists those of a jail; empty without accounts.
[[nodiscard]] std::string limit_rules_of(const std::string& jail);

/// rctl rules of a jail by its name; none, or no rctl in this kernel, is fine.
void remove_limit_rules(const std::string& jail);

/// Text of a sysctl ("hw.machine_arch"); empty if it is not there.
[[nodiscard]] std::string sysctl_text(const char* name);
/// True if kern.racct.enable is 1.
[[nodiscard]] bool accounting_enabled();

}  // namespace potd::platform
