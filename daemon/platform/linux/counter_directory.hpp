#pragma once

#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace potd::platform {

/// Where the content of one counter file after the other lies. Large, and without memory of its own beyond
/// that: for the stack.
using CounterBuffer = std::array<char, 16384>;

/// Small files of the kernel in one directory, read one after the other at the least cost: the way to the
/// directory is gone once, nothing is allocated. Of a process' directory: it stays that process', also when
/// the number is given to another.
class CounterDirectory {
  public:
    /// `buffer` outlives it. A directory that is not there has no files.
    CounterDirectory(const char* path, CounterBuffer& buffer);
    /// As that, from the directory that `above` is open at.
    CounterDirectory(int above, const char* path, CounterBuffer& buffer);

    [[nodiscard]] bool exists() const { return static_cast<bool>(fd_); }
    [[nodiscard]] int get() const { return fd_.get(); }
    /// Valid until the next is read; empty if the file cannot be read, cut at the size of the buffer.
    [[nodiscard]] std::string_view read(const char* file) const;
    /// As that, of a file that the kernel makes up whole for the first read, as it does those of control
    /// groups: there is no second one that finds the end.
    [[nodiscard]] std::string_view read_once(const char* file) const;
    /// Of a file with one number; unset for any other ("max").
    [[nodiscard]] std::optional<std::int64_t> number(const char* file) const;

  private:
    UniqueFd fd_;
    CounterBuffer& buffer_;
};

/// Takes the first word off `text`; empty at the end of it.
[[nodiscard]] std::string_view take_word(std::string_view& text);

/// Takes the first line off `text`, without its end.
[[nodiscard]] std::string_view take_line(std::string_view& text);

}  // namespace potd::platform
