#include "core/model/event_epochs.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace potd::core {
namespace {

/// The store keeps numbers as signed integers.
constexpr auto greatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

std::optional<std::uint64_t> take_event_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size() || number > greatest) return std::nullopt;
    return number;
}

}  // namespace

std::string to_string(const EventMark& mark) {
    const std::string number = std::to_string(mark.number);
    return mark.epoch ? number + "." + std::to_string(*mark.epoch) : number;
}

Result<EventMark> parse_event_mark(std::string_view text, std::string_view field) {
    const std::size_t dot = text.find('.');
    const auto number = take_event_number(text.substr(0, dot));
    std::optional<std::uint64_t> epoch;
    if (dot != std::string_view::npos) epoch = take_event_number(text.substr(dot + 1));
    if (number && (epoch || dot == std::string_view::npos)) return EventMark{*number, epoch};
    return invalid_field(field, text,
                         "the number of an event, like 17, or the id of one, like 17.1767225600");
}

/// Up to this number an event that was seen in `epoch` is the same now.
std::uint64_t EventEpochs::same_up_to(std::uint64_t epoch) const {
    std::uint64_t same = std::numeric_limits<std::uint64_t>::max();
    for (auto later = all_.rbegin(); later != all_.rend(); ++later) {
        if (later->number == epoch) return same;
        same = std::min(same, later->start);
    }
    return 0;  // of another store, or older than anybody remembers
}

std::optional<EventGap> EventEpochs::gap_after(const EventMark& seen, const EventBounds& stored) const {
    const bool present = !seen.epoch || *seen.epoch == current();
    std::uint64_t resume = seen.number;
    if (!present) {
        resume = std::min(resume, same_up_to(*seen.epoch));
    } else if (seen.number > stored.last) {
        // Not of this epoch, whoever says so: from what was certain when it began.
        resume = all_.empty() ? 0 : std::min(all_.back().start, stored.last);
    }
    const bool lost = resume < seen.number;
    if (resume + 1 < stored.first)
        return EventGap{lost ? EventGap::Reason::Lost : EventGap::Reason::NotKept, stored.first - 1};
    if (lost) return EventGap{EventGap::Reason::Lost, resume};
    return std::nullopt;
}

}  // namespace potd::core
