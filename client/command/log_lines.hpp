#pragma once

#include "client/json/value.hpp"
#include "client/output/sink.hpp"

#include <cerrno>
#include <string>

namespace potd::client {

/// Writes log lines of the API to standard output and standard error, as the pot's command did.
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
    bool timestamps_;
    bool out_goes_on_ = false;  ///< the last line of standard output was not ended
    bool err_goes_on_ = false;
};

}  // namespace potd::client
