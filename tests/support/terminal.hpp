#pragma once

#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/program.hpp"
#include "tests/support/wait.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace potd::test {

/// A program on a terminal of its own, as if typed at by a user.
class Terminal {
  public:
    Terminal(const Argv& argv, const ProgramOptions& options, unsigned short rows = 24,
             unsigned short columns = 80);
    ~Terminal();  ///< hangs up; kills the program if it does not care
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    void type(std::string_view text);
    void resize(unsigned short rows, unsigned short columns);
    /// Reads until `text` has appeared since the last successful call; false after `limit`.
    [[nodiscard]] bool expect(std::string_view text, milliseconds limit = milliseconds(60'000));
    /// The exit status once the program has ended, its output read to the end.
    [[nodiscard]] std::optional<int> wait(milliseconds limit = milliseconds(60'000));
    /// Everything it printed.
    [[nodiscard]] const std::string& screen() const { return screen_; }

  private:
    bool read_some(milliseconds limit);

    platform::UniqueFd master_;
    pid_t pid_ = 0;
    std::string screen_;
    std::size_t seen_ = 0;
};

}  // namespace potd::test
