#include "daemon/platform/posix/uplink_note.hpp"

#include "daemon/platform/posix/text.hpp"

namespace potd::platform {

core::Error uplink_conflict(const std::string& what) {
    core::Error refused = core::error(core::ErrorKind::Conflict, "uplink: " + what);
    refused.field = "uplink";
    return refused;
}

std::string note_of(std::string_view bridge, const std::optional<UplinkNote>& uplink) {
    std::string note(bridge);
    if (uplink) note += " uplink " + uplink->interface + (uplink->was_up ? " up" : " down");
    return note;
}

BridgeNote read_note(std::string_view text) {
    const auto words = split_blanks(text);
    if (words.empty()) return {};
    BridgeNote note{std::string(words[0])};
    if (words.size() == 4 && words[1] == "uplink")
        note.uplink = UplinkNote{std::string(words[2]), words[3] == "up"};
    return note;
}

}  // namespace potd::platform
