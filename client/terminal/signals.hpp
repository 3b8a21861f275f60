#pragma once

#include "client/base/descriptor.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <signal.h>

namespace potd::client {

/// Turns signals into bytes on a descriptor while it lives; one instance at a time. The former
/// handlers come back at its end.
class SignalPipe {
  public:
    explicit SignalPipe(std::initializer_list<int> signals);
    ~SignalPipe();
    SignalPipe(const SignalPipe&) = delete;
    SignalPipe& operator=(const SignalPipe&) = delete;

    [[nodiscard]] int fd() const { return reader_.get(); }
    /// The next signal that came, if any.
    [[nodiscard]] std::optional<int> next();

  private:
    Descriptor reader_;
    Descriptor writer_;
    std::map<int, struct sigaction> former_;
};

/// Signals this machine and the pot's may share, as "INT"; empty for one without a name.
[[nodiscard]] std::string_view signal_name(int number);
[[nodiscard]] std::vector<std::string_view> signal_names();

}  // namespace potd::client
