#pragma once

#include "daemon/platform/linux/plan_view.hpp"

#include <cstddef>

namespace potd::monitor {

/// The launch plan in memory, read-only, for as long as this lives. A running potmon has none: it maps
/// the plan anew from the descriptor it keeps when an exec or the end of the pot needs it.
class PlanMap {
  public:
    explicit PlanMap(int fd);
    ~PlanMap();
    PlanMap(const PlanMap&) = delete;
    PlanMap& operator=(const PlanMap&) = delete;

    /// False: cannot be read; the plan is empty then.
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] const platform::PlanView& plan() const { return plan_; }
    void unmap();

  private:
    void* start_ = nullptr;
    std::size_t size_ = 0;
    bool ok_ = false;
    platform::PlanView plan_;
};

}  // namespace potd::monitor
