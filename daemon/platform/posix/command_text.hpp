#pragma once

#include "core/port/process_lister.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace potd::platform {

// The commands of processes, which a pot can make as many as it may have and as long as the kernel takes.

inline constexpr std::size_t longest_command = 4096;

/// Arguments as the kernel gives them, a NUL behind each: joined by blanks; what is longer than
/// `longest_command` ends with "…". Without any, as of a kernel thread or a zombie, `name` in brackets.
[[nodiscard]] std::string command_text(std::string_view arguments, std::string_view name);

/// What all commands of a pot take together.
class CommandRoom {
  public:
    /// Puts the name in brackets for a command that does not fit any more.
    void take(core::ProcessRow& row);

  private:
    std::size_t left_ = std::size_t{4} << 20U;
};

}  // namespace potd::platform
