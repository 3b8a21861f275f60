#pragma once

#include <string_view>

namespace potd::platform {

// How potd starts a hook: a child that shares its memory executes potmon, and that gives up root's rights, in
// memory of its own, and executes the program. Both are of one build. (A child that shares memory and is
// another user's can be stopped by that user, and potd with it; a copying fork of potd costs milliseconds.)
//
// argv is as below, then the program's own; the environment is the program's. Signals, session, umask,
// control group, supplementary groups and the three streams are already as HookProgram says; of other
// descriptors there are only these and, close-on-exec, potmon's own.

/// Places in argv.
namespace hook_argument {
constexpr int mode = 1;  ///< the word `hook_mode`
constexpr int uid = 2;   ///< decimal
constexpr int gid = 3;
constexpr int program = 4;
}  // namespace hook_argument

constexpr std::string_view hook_mode = "--hook";

/// Takes a HookFailure if the program is never executed; nothing for the program itself.
constexpr int hook_failure_fd = 3;
/// A script: the program is then /proc/self/fd/4, and it stays open in there.
constexpr int hook_script_fd = 4;

}  // namespace potd::platform
