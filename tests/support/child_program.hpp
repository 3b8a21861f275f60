#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace potd::test {

/// How a program ended and what it wrote.
struct ProgramResult {
    int status = -1;  ///< as a shell: the exit code, or 128 + signal
    std::string out, err;
};

struct ProgramCall {
    std::vector<std::string> words;        ///< path of the program first
    std::vector<std::string> environment;  ///< the whole of it, "NAME=value"
    std::string input;
    bool keep_input_open = false;  ///< the program sees no end of its input until it has ended
    /// Called once after the start, with the program's pid and where its input is written to.
    std::function<void(pid_t pid, int input)> started;
};

/// Runs a program with pipes to its end. Throws std::system_error if it cannot be started.
[[nodiscard]] ProgramResult run_program(const ProgramCall& call);

/// The same on a terminal of that size: `input` is typed, `out` is what the terminal shows.
[[nodiscard]] ProgramResult run_on_terminal(const ProgramCall& call, int rows, int columns);

}  // namespace potd::test
