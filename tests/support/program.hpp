#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace potd::test {

/// How a program ended and what it said.
struct Outcome {
    int status = -1;  ///< exit status; 128+signal if a signal ended it
    bool timed_out = false;
    std::string out;
    std::string err;
    [[nodiscard]] std::string describe() const;  ///< for failure messages
};

struct ProgramOptions {
    std::string input;                          ///< given on standard input, then end of file
    std::chrono::milliseconds timeout{30'000};  ///< SIGTERM afterwards, SIGKILL five seconds later
    std::map<std::string, std::string> env;     ///< added to our own
    std::string directory;                      ///< empty: ours
};

using Argv = std::vector<std::string>;

/// Runs a program to its end; argv[0] is looked up in PATH. Throws std::system_error if it cannot be
/// started at all (127 is the status of a program that is not there).
[[nodiscard]] Outcome run_program(const Argv& argv, const ProgramOptions& options = {});

/// What a spawned child is given in place of its own; -1 leaves ours.
struct ChildFds {
    int in = -1;
    int out = -1;
    int err = -1;
    bool new_session = false;  ///< with a controlling terminal if `in` is one
};

/// Forks and executes; the child gets no other descriptor of ours that is close-on-exec.
[[nodiscard]] pid_t spawn(const Argv& argv, const ProgramOptions& options, const ChildFds& fds);

/// Waits for the end of a child: its exit code, or 128 + signal.
int reap(pid_t pid);

/// The path of a program in PATH, empty if there is none.
[[nodiscard]] std::string find_program(const std::string& name);

}  // namespace potd::test
