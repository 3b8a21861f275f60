#pragma once

#include "daemon/monitor/linux/user_namespace.hpp"
#include "daemon/platform/linux/plan_view.hpp"

namespace potd::monitor {

struct InitOrder {
    const platform::PlanView* plan = nullptr;
    int control = -1;                      ///< to potmon
    int standard[3] = {-1, -1, -1};        ///< of the main command; -1 = the pot's /dev/null
    int host_links = -1;                   ///< a netlink socket of the host's network; -1 if none is needed
    UserNamespace owned;                   ///< of a pot with a user namespace
    void (*forget_plan)(void*) = nullptr;  ///< called when the plan is not needed any more
    void* forget_argument = nullptr;
};

/// The life of the pot's pid 1, in a process just cloned into the pot's namespaces: puts the sandbox
/// together, starts the main command, then reaps and forwards signals until the pot ends.
[[noreturn]] void run_init(const InitOrder& order);

}  // namespace potd::monitor
