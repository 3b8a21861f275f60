#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

struct Event {
    std::uint64_t number = 0;
    std::string time, type;
    std::optional<std::string> pot_id, pot;
    std::optional<std::uint32_t> run;
    std::map<std::string, std::string> details;
    friend bool operator==(const Event&, const Event&) = default;
};

struct EventList {
    std::vector<Event> items;
    std::optional<std::string> next;
    std::uint64_t epoch = 0;  ///< the present one; with it a number is an id
    friend bool operator==(const EventList&, const EventList&) = default;
};

/// The data of events.reset: the client cannot simply go on where it was.
struct EventsReset {
    std::string type, reason;  ///< "not_kept": deleted, being old; "lost": by a power cut, or never there
    std::string since;         ///< where the client was
    std::string resume;        ///< what follows is behind this id
    std::uint64_t first = 0;   ///< the first event that is kept
    friend bool operator==(const EventsReset&, const EventsReset&) = default;
};

struct LogLine {
    std::string time, stream;
    bool partial = false;  ///< the line goes on in the next one of the same stream
    std::string text;
    friend bool operator==(const LogLine&, const LogLine&) = default;
};

}  // namespace potd::wire
