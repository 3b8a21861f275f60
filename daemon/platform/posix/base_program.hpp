#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/base_stop.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

/// An installer program, run so that nothing of it outlives the call or potd itself.
struct ProgramRun {
    std::vector<std::string> command;      ///< argv; the first is an absolute path
    std::vector<std::string> environment;  ///< NAME=value, nothing else is passed
    /// Each line of its output and error output, without the end, cut at 4 KiB; called by run_program.
    std::function<void(std::string_view line)> line;
    const StopSignal* stop = nullptr;
};

/// Runs it to its end in a session of its own without a terminal, standard input empty, as root also in
/// on Linux its own mount and process namespaces: what it mounts never shows on the machine, and when it, or
/// the calling thread, ends, all its processes end. Returns the exit status, 128+signal after a signal;
/// Cancelled when stopped. Blocks; any thread but the loop's.
[[nodiscard]] core::Result<int> run_program(const ProgramRun& run);

/// The absolute path of a program: as given if it holds a '/', else from the usual folders.
/// NotFound if there is no such executable file.
[[nodiscard]] core::Result<std::string> find_program(const std::string& name);

/// What an installer needs of an environment: the usual folders, a plain locale, the machine's proxies.
[[nodiscard]] std::vector<std::string> installer_environment();

}  // namespace potd::platform
