#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/pressure/rule.hpp"

#include <cstdint>
#include <string>

namespace potd::core {

/// How short the machine is, and how a pot is made to give memory back. Loop thread.
class PressureGauge {
  public:
    virtual ~PressureGauge() = default;

    struct Reading {
        HostFigures figures{};
        std::int64_t memory_total = 0;  ///< bytes
    };
    /// Now. A handful of small reads; rates are of the time since the call before.
    [[nodiscard]] virtual Result<Reading> read() = 0;

    /// Why this machine never says that figure; empty: it does.
    [[nodiscard]] virtual std::string missing(HostFigure figure) const = 0;

    /// Why no pot can be made to give memory back; empty: reclaim() works.
    [[nodiscard]] virtual std::string no_reclaim() const = 0;
    /// Takes up to so many bytes from a run that it can do without for now, which may take seconds; less is
    /// no failure. NotFound if it has ended.
    virtual void reclaim(const RunKey& key, std::int64_t bytes, Reply<void> reply) = 0;
};

}  // namespace potd::core
