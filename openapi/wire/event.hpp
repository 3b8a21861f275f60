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
    friend bool operator==(const EventList&, const EventList&) = default;
};

struct LogLine {
    std::string time, stream;
    bool partial = false;  ///< the line goes on in the next one of the same stream
    std::string text;
    friend bool operator==(const LogLine&, const LogLine&) = default;
};

}  // namespace potd::wire
