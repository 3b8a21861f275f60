#pragma once

#include "core/base/result.hpp"

#include <functional>
#include <optional>
#include <string>

namespace potd::api {

/// A body that comes piece by piece, pulled as fast as the client takes it. Loop thread.
class BodySource {
  public:
    /// The next piece, never empty; nullopt is the end; an error breaks the answer off, so that the
    /// client sees that it is not whole.
    using Ready = std::function<void(core::Result<std::optional<std::string>>)>;

    virtual ~BodySource() = default;
    /// One call at a time; `ready` may be called before it returns. If it is called later, that is the
    /// last thing its caller does: the source may then be gone. Destroying the source drops `ready`.
    virtual void next(Ready ready) = 0;
    /// True if it would go on for ever: at shutdown it is cut off instead of waited for.
    [[nodiscard]] virtual bool endless() const { return false; }
    /// True if others wait until it is read: a client that takes nothing of it for long is cut off.
    [[nodiscard]] virtual bool is_waited_for() const { return false; }
};

}  // namespace potd::api
