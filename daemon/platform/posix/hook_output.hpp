#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace potd::platform {

/// What a hook writes: the first 16 KiB are kept, of the rest only that it came.
class HookOutput {
  public:
    static constexpr std::size_t limit = std::size_t{16} * 1024;

    void add(std::string_view bytes);
    /// At most `limit` bytes of well-formed UTF-8 without NUL: what is not stands as U+FFFD, a character
    /// cut by the limit is left out.
    [[nodiscard]] std::string text() const;
    /// More was written than `text` shows.
    [[nodiscard]] bool truncated() const;

  private:
    std::string kept_;
    bool more_ = false;
};

}  // namespace potd::platform
