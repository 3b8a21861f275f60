#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/monitor/text.hpp"
#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"

#include <cstddef>
#include <cstdint>

namespace potd::monitor {

/// What potmon has mounted below the pot's root, and how it comes off again.
class Mounts {
  public:
    static constexpr std::size_t max_count = 128;

    /// The plan's mounts, in order. On failure what was mounted stays for `unmount`. Changes the working
    /// directory.
    [[nodiscard]] bool mount_all(const platform::JailView& plan, std::uint16_t ruleset, Fault& fault);

    /// In the opposite order, by force where something is still busy. False if one stays.
    bool unmount();

  private:
    struct Id {
        std::int32_t words[2] = {0, 0};
    };
    bool mount_one(int root, const platform::JailMountView& mount, std::uint16_t ruleset, Fault& fault);
    bool keep(int root, const platform::JailMountView& mount, Fault& fault);

    FixedText<1024> base_;  ///< the root as the kernel names it
    Id mounted_[max_count];
    std::size_t count_ = 0;
};

}  // namespace potd::monitor
