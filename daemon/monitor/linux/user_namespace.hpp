#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/linux/plan_view.hpp"

#include <cstdint>

/// The pot's user namespace. Only its programs and its init live in it: what is put together for the pot
/// (mounts, device nodes, terminals) is made with the host's rights, by processes outside of it, and the
/// mount and pid namespaces stay the host's, so that root in the pot can change no mount of it.
namespace potd::monitor {

/// The namespaces that belong to the pot's user namespace, as descriptors; -1 where there is none.
struct UserNamespace {
    int user = -1, uts = -1, ipc = -1, network = -1;
    void close();
};

[[nodiscard]] bool has_user_namespace(const platform::PlanView& plan);

/// Makes the user namespace with the plan's maps and, in it, its host name, IPC and (if the pot gets a new
/// one) network namespace. Nothing runs in them yet. A plan without maps: true, and no descriptor.
[[nodiscard]] bool make_user_namespace(const platform::PlanView& plan, UserNamespace& made, Fault& fault);

/// The caller goes into the host name, IPC and network namespaces.
[[nodiscard]] bool join_owned(const UserNamespace& made, Fault& fault);

/// The caller becomes root of the user namespace that `fd` (a namespace or a pidfd) shows, with every right
/// in it and none outside. -1: stays as it is.
[[nodiscard]] bool enter_user_namespace(int fd, Fault& fault);

/// What the pot's id is on the host; the id itself without a user namespace, ~0 for one that is not mapped.
[[nodiscard]] std::uint32_t host_user(const platform::PlanView& plan, std::uint32_t id);
[[nodiscard]] std::uint32_t host_group(const platform::PlanView& plan, std::uint32_t id);

/// While true, files that the caller makes belong to the pot's root; its rights stay the host's.
[[nodiscard]] bool make_files_for_pot(const platform::PlanView& plan, bool on, Fault& fault);

}  // namespace potd::monitor
