#pragma once

#include "core/base/result.hpp"
#include "daemon/config/config.hpp"
#include "daemon/logging/logger.hpp"

#include <functional>
#include <memory>

namespace potd {

/// The whole daemon, built from its configuration. Everything below is made in dependency order and
/// destroyed in reverse. Loop thread.
class Composition {
  public:
    /// Makes directories, takes the lock of the state directory, opens the store, prepares the machine.
    /// An error says what is in the way; nothing is changed by a start that fails.
    [[nodiscard]] static core::Result<std::unique_ptr<Composition>> make(const config::Config& config,
                                                                         log::Logger& log);
    ~Composition();

    /// Recovers, listens, serves; returns after a stop was asked for and carried out, or with why it
    /// could not begin to serve. Pots run on.
    [[nodiscard]] core::Status run();

    /// Called on the loop thread at SIGHUP.
    void set_on_reload(std::function<void()> on_reload);

  private:
    struct Parts;
    explicit Composition(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace potd
