#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/host_user.hpp"
#include "daemon/platform/posix/process_identity.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// A program of the host as it is to run: directory /, no input, its own session, umask 022, default
/// signals, no descriptors but the three streams.
struct HookProgram {
    std::vector<std::string> command;      ///< argv; the program is an absolute path; empty with `script`
    std::string script;                    ///< run by the interpreter that its first line names
    std::vector<std::string> environment;  ///< "NAME=value", the whole of it
    HostUser user;
    int output = -1;  ///< becomes its standard output and error
};

struct StartedHook {
    ProcessHandle process;  ///< the program; a child, to be reaped (spawn.hpp)
    UniqueFd failure;       ///< then holds a HookFailure if the program was never executed, else nothing
};

/// Keeps together all that one hook starts, so that it can be killed whole: also what left its session,
/// also by a later potd. Groups go by name, unique among the living. Loop thread.
class HookGroups {
  public:
    virtual ~HookGroups() = default;

    /// Starts the program as the first of a new group.
    [[nodiscard]] virtual core::Result<StartedHook> start(const std::string& name,
                                                          const HookProgram& program) = 0;

    /// Removes a group that nothing is left of; false while something is.
    [[nodiscard]] virtual bool remove(const std::string& name) = 0;

    /// Kills what is in the group; replies when it is removed, Timeout when something in it will not die.
    virtual void clear(const std::string& name, core::Reply<void> reply) = 0;

    /// Kills and removes every group there is, also those of an earlier potd. Blocks until all are empty,
    /// at most some seconds; then Timeout, naming one that is not.
    [[nodiscard]] virtual core::Status sweep() = 0;
};

}  // namespace potd::platform
