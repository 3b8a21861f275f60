#pragma once

#include "daemon/monitor/sys.hpp"
#include "daemon/platform/posix/run_view.hpp"

#include <cstddef>

namespace potd::monitor {

/// The launch plan in memory, read-only, for as long as this lives; `View` is how much of it is looked at.
/// A running potmon has none: it maps the plan anew from the descriptor it keeps when an exec or the end of
/// the pot needs it.
template <class View>
class PlanMap {
  public:
    explicit PlanMap(int fd) {
        const std::int64_t size = sys::file_size(fd);
        if (size <= 0 || size > static_cast<std::int64_t>(platform::max_plan_size)) return;
        if (sys::map_file(fd, static_cast<std::size_t>(size), start_) < 0) return;
        size_ = static_cast<std::size_t>(size);
        ok_ = platform::read_plan({static_cast<const std::byte*>(start_), size_}, plan_);
    }
    ~PlanMap() { unmap(); }
    PlanMap(const PlanMap&) = delete;
    PlanMap& operator=(const PlanMap&) = delete;

    /// False: cannot be read; the plan is empty then.
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] const View& plan() const { return plan_; }
    void unmap() {
        if (start_ != nullptr) sys::unmap(start_, size_);
        start_ = nullptr;
        ok_ = false;
        plan_ = {};
    }

  private:
    void* start_ = nullptr;
    std::size_t size_ = 0;
    bool ok_ = false;
    View plan_;
};

/// The part that every system's plan has.
using RunMap = PlanMap<platform::RunView>;

}  // namespace potd::monitor
