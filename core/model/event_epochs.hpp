#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::core {

// Events are told as soon as they survive kill -9 of potd, before they survive power loss. What a power cut
// takes away is numbered anew, so a number alone does not say which event it was. With the epoch it does: a
// new one begins whenever the store may have lost events that were told.

/// One epoch, as stored.
struct EventEpoch {
    std::uint64_t number = 0;  ///< greater than any before; the second in which it began, since 1970
    std::uint64_t start = 0;   ///< the last event that was there: it and those before are the same as ever
    friend bool operator==(const EventEpoch&, const EventEpoch&) = default;
};

/// Where a client is: the last event it saw. As text "17.1767225600", or "17" without the epoch.
struct EventMark {
    std::uint64_t number = 0;
    std::optional<std::uint64_t> epoch;  ///< unset: taken for the present one
    friend bool operator==(const EventMark&, const EventMark&) = default;
};

[[nodiscard]] std::string to_string(const EventMark& mark);
/// The error names `field` and what was expected.
[[nodiscard]] Result<EventMark> parse_event_mark(std::string_view text, std::string_view field);

/// Which numbers the store has; `first` is `last` + 1 if it has none.
struct EventBounds {
    std::uint64_t first = 1;
    std::uint64_t last = 0;
};

/// Why a client cannot simply go on.
struct EventGap {
    enum class Reason {
        NotKept,  ///< what follows its number was deleted, being old
        Lost,     ///< its event is not in the store, or is another one now
    };
    Reason reason = Reason::NotKept;
    std::uint64_t resume = 0;  ///< it goes on behind this number
};

/// The epochs of one store.
class EventEpochs {
  public:
    /// Oldest first; without any there is epoch 0, which has always been.
    explicit EventEpochs(std::vector<EventEpoch> oldest_first = {}) : all_(std::move(oldest_first)) {}

    [[nodiscard]] std::uint64_t current() const { return all_.empty() ? 0 : all_.back().number; }
    [[nodiscard]] EventMark mark(std::uint64_t number) const { return {number, current()}; }

    /// Whether a client that saw `seen` last would miss something, or see something twice, if it went on
    /// behind that number.
    [[nodiscard]] std::optional<EventGap> gap_after(const EventMark& seen, const EventBounds& stored) const;

  private:
    [[nodiscard]] std::uint64_t same_up_to(std::uint64_t epoch) const;

    std::vector<EventEpoch> all_;
};

}  // namespace potd::core
