#pragma once

#include "daemon/platform/linux/plan_view.hpp"

#include <cstdint>

struct pollfd;

namespace potd::monitor {

/// Notices when the kernel kills processes of the pot because its memory has run out. Without a group of
/// memory, or where the kernel does not tell, it never does; the count at the end is exact all the same.
class OomWatch {
  public:
    OomWatch() = default;
    OomWatch(const OomWatch&) = delete;
    OomWatch& operator=(const OomWatch&) = delete;

    /// After the groups are made.
    void begin(const platform::PlanView& plan);
    void end();

    /// What to poll for; false if there is nothing.
    [[nodiscard]] bool fill(pollfd& entry) const;
    /// Milliseconds until look() is due even if nothing is ready; -1 = never.
    [[nodiscard]] int patience() const { return looks_left_ > 0 ? look_after : -1; }
    /// After a poll in which it was ready, or when it was due: whether more were killed than before.
    [[nodiscard]] bool look(bool was_ready);

    /// So far.
    [[nodiscard]] std::int64_t kills() const { return kills_; }
    /// The rest of the pot is to go, too (OomSpec::policy).
    [[nodiscard]] bool kills_all() const { return kills_all_; }

  private:
    // v1 tells before it kills, and does not tell again.
    static constexpr int look_after = 2, most_looks = 250;

    bool begin_v1(const platform::CgroupView& group);
    [[nodiscard]] std::int64_t read_kills() const;

    int counts_ = -1;  ///< memory.events or memory.oom_control
    int event_ = -1;   ///< v1: the eventfd; v2 polls counts_ itself
    int looks_left_ = 0;
    std::int64_t kills_ = 0;
    bool kills_all_ = false;
};

}  // namespace potd::monitor
