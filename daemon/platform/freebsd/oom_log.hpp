#pragma once

#include "daemon/platform/freebsd/pure/rctl_log.hpp"
#include "daemon/platform/posix/loop.hpp"

#include <functional>
#include <string>

namespace potd::platform {

/// What the kernel's log says now; nothing where it cannot be read.
[[nodiscard]] LoggedVictims read_memory_matches();

/// Looks into the kernel's log once a second, which is as often as the kernel looks at the memory of jails,
/// and tells what it has found so far, news or not. Loop thread only; one for all pots, as that log is one.
class OomLog {
  public:
    /// Whether there is such a jail.
    using Told = std::function<bool(const std::string& jail, const MemoryMatches& matches)>;
    /// `wanted` says whether there is a jail to look for.
    OomLog(Loop loop, std::function<bool()> wanted, Told told);
    ~OomLog();
    OomLog(const OomLog&) = delete;
    OomLog& operator=(const OomLog&) = delete;

    void begin();

  private:
    void look();

    Loop loop_;
    std::function<bool()> wanted_;
    Told told_;
    MatchTally tally_;
    core::Timers::Id timer_ = 0;
};

}  // namespace potd::platform
