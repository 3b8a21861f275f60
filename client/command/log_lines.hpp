#pragma once

#include "client/json/value.hpp"
#include "client/output/sink.hpp"

#include <cerrno>
#include <string>

namespace potd::client {

/// Writes log lines of the API to standard output and standard error, as the pot's command did; to a terminal
/// without what would act on it (harmless_line).
class LogLines {
  public:
    explicit LogLines(bool timestamps) : timestamps_(timestamps) {}

    void write(const Value& line);
    /// True if both streams still take output.
    [[nodiscard]] bool open() const { return out_.error() == 0 && err_.error() == 0; }

    /// True if the reader of the output went away, as `head` does.
    [[nodiscard]] bool unread() const { return out_.error() == EPIPE || err_.error() == EPIPE; }

  private:
    Sink out_{1};
    Sink err_{2};
    [[nodiscard]] static bool is_terminal(const Sink& sink);

    bool timestamps_;
    bool out_is_terminal_ = is_terminal(out_);
    bool err_is_terminal_ = is_terminal(err_);
    bool out_goes_on_ = false;  ///< the last line of standard output was not ended
    bool err_goes_on_ = false;
};

}  // namespace potd::client
