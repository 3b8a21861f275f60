#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"
#include "core/model/pot_spec.hpp"
#include "core/port/journal.hpp"
#include "core/service/along.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace potd::core {

/// A pot on its way there together with its base: both with one transaction, or neither. Its name is kept for
/// it until `recorded` or `discard`. Loop thread.
class NewBasePot {
  public:
    virtual ~NewBasePot() = default;
    /// Its files, on a base that is whole though not recorded. Replies later.
    virtual void make(const Base& base, Reply<void> reply) = 0;
    /// `make` ends soon, with Cancelled.
    virtual void cancel() = 0;
    virtual void board(std::vector<Change>& changes) = 0;
    virtual void recorded() = 0;
    /// There will be none: what was made goes.
    virtual void discard() = 0;
};

/// What bases want of their pots; given by PotService.
struct BasePots {
    /// Checks the spec and keeps the name. Conflict (field "base_pot") if that is taken.
    std::function<Result<std::shared_ptr<NewBasePot>>(PotSpec spec)> reserve;
    /// As PotService::destroy; NotFound if it is gone already.
    std::function<void(const std::string& name, bool force, Reply<void> reply, Along along)> destroy;
};

}  // namespace potd::core
