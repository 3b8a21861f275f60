#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/pot_spec.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// A further command inside a running pot, under the same restrictions as its main one.
struct ExecRequest {
    std::vector<std::string> command;
    std::vector<EnvVar> env;  ///< added to the pot's own
    std::string user;         ///< as PotSpec::user; empty = the pot's user
    std::string workdir;      ///< empty = the pot's
    bool terminal = false;    ///< one pseudo-terminal instead of three pipes
    std::uint16_t rows = 24;
    std::uint16_t columns = 80;
};

struct ExecResult {
    int exit_code = 0;  ///< 128+signal when a signal ended it
    int signal = 0;     ///< 0 if none
};

enum class Stream { Stdout, Stderr };

/// One command under way. Loop thread. Destroying it closes the streams; a command that still runs
/// then gets SIGHUP if it has a terminal, else lives on until the pot ends.
class ExecSession {
  public:
    using Output = std::function<void(Stream, std::string_view)>;
    using Done = std::function<void(ExecResult)>;

    virtual ~ExecSession() = default;
    /// Starts reading. `output` gets chunks as they come (a terminal's are all Stdout); `done` is
    /// called once, after the last output. Nothing is called after destruction.
    virtual void start(Output output, Done done) = 0;
    /// Holds reading while the consumer is slow; the command then blocks on its pipe.
    virtual void pause_output(bool paused) = 0;
    /// Queues bytes for standard input; Conflict if it was closed.
    virtual Status write(std::string_view bytes) = 0;
    /// Bytes queued by `write` and not yet taken by the command.
    [[nodiscard]] virtual std::size_t unwritten() const = 0;
    virtual void close_stdin() = 0;
    /// Only with a terminal, else Conflict.
    virtual Status resize(std::uint16_t rows, std::uint16_t columns) = 0;
    virtual Status signal(int signal_number) = 0;
};

struct AttachOptions {
    /// Nothing is dropped: while the consumer is slow the command waits, as in a shell's pipeline.
    /// Without, the command never waits; a consumer that falls far behind misses what comes then.
    bool lossless = false;
};

class ExecHost {
  public:
    virtual ~ExecHost() = default;
    /// Replies once the command's exec succeeded, or with why it did not: InvalidArgument
    /// with the field for a command, user or directory the pot does not have, Conflict if the run has ended.
    virtual void exec(const RunKey& key, ExecRequest request, Reply<std::unique_ptr<ExecSession>> reply) = 0;

    /// The console of the main command: its output from now on (from its first byte right after a launch
    /// with `console`) and, with spec.open_stdin or spec.terminal, its input, which all who are attached
    /// share: `close_stdin` of one ends it for all (with a terminal it does nothing, there the end is a
    /// key). A consumer that vanishes holds nothing up. `done` follows the end of the run with the
    /// command's status, after all of the output.
    virtual void attach(const RunKey& key, const AttachOptions& options,
                        Reply<std::unique_ptr<ExecSession>> reply) = 0;
};

}  // namespace potd::core
