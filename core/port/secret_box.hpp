#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace potd::core {

/// Keeps texts from whoever has the database alone. What was sealed opens with the same key and the same
/// context only. Errors name the file of the key, never a text. Loop thread.
class SecretBox {
  public:
    virtual ~SecretBox() = default;
    /// Looks at the key: Unavailable if it is not there, or no good one. With `may_make` a missing one is
    /// made.
    [[nodiscard]] virtual Status ready(bool may_make) = 0;
    /// Printable; another one each time.
    [[nodiscard]] virtual Result<std::string> seal(std::string_view context, std::string_view text) = 0;
    [[nodiscard]] virtual Result<std::string> open(std::string_view context, std::string_view sealed) = 0;
    /// Bytes of the text that is sealed in it.
    [[nodiscard]] virtual std::size_t length_of(std::string_view sealed) const = 0;
};

}  // namespace potd::core
