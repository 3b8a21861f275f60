#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

/// What the kernel's log says of one jail's limit of memory.
struct MemoryMatches {
    std::int64_t count = 0;  ///< how often it was exceeded
    std::string victim;      ///< the last time, "NAME (pid N)"
    friend bool operator==(const MemoryMatches&, const MemoryMatches&) = default;
};

/// Victims as above by jail, the oldest first.
using LoggedVictims = std::map<std::string, std::vector<std::string>, std::less<>>;

/// By jail. A rule "jail:NAME:memoryuse:log=AMOUNT" makes the kernel say whose use exceeded it, once until
/// the use is below it again; the rule beside it that kills meets the same process in the same pass
/// (rctl_enforce of kern_rctl.c).
[[nodiscard]] LoggedVictims memory_matches(std::string_view log);

/// Adds up what one look after the other finds in the log, which loses its oldest lines.
class MatchTally {
  public:
    void take(const LoggedVictims& now);
    /// By jail, since the first look. Those that `is_known` denies are forgotten once the log has none of
    /// their lines.
    template <class Known>
    void each(const Known& is_known) {
        for (auto at = jails_.begin(); at != jails_.end();) {
            const bool stays = is_known(at->first, at->second.sum) || !at->second.logged.empty();
            at = stays ? std::next(at) : jails_.erase(at);
        }
    }

  private:
    struct Jail {
        std::vector<std::string> logged;
        MemoryMatches sum;
    };
    std::map<std::string, Jail, std::less<>> jails_;
};

}  // namespace potd::platform
