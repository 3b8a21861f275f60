#include "daemon/platform/freebsd/pure/network_names.hpp"

#include "daemon/platform/posix/link_names.hpp"
#include "daemon/platform/posix/uplink_note.hpp"

#include <cstddef>

namespace potd::platform {
namespace {

constexpr std::size_t longest_interface = 15;

/// A group's name ends with no digit (if_addgroup in the kernel).
std::string group_name(std::string_view instance, std::string_view what) {
    return "pg" + ten_digits(instance) + std::string(what);
}

std::optional<std::string> rest_of(std::string_view note, const std::string& beginning) {
    if (!note.starts_with(beginning) || note.size() == beginning.size()) return std::nullopt;
    return std::string(note.substr(beginning.size()));
}

std::string run_beginning(std::string_view instance) {
    return "potd " + std::string(instance) + " run ";
}

}  // namespace

std::string bridge_group(std::string_view instance) {
    return group_name(instance, "_b");
}

std::string cable_group(std::string_view instance) {
    return group_name(instance, "_c");
}

std::optional<std::string> bridge_of_note(std::string_view instance, std::string_view note) {
    const auto rest = rest_of(note, bridge_note(instance, ""));
    return rest ? std::optional(read_note(*rest).bridge) : std::nullopt;
}

std::string uplinked_bridge_note(std::string_view instance, std::string_view bridge,
                                 const UplinkNote& uplink) {
    return bridge_note(instance, note_of(bridge, uplink));
}

std::optional<UplinkNote> uplink_of_note(std::string_view instance, std::string_view note) {
    const auto rest = rest_of(note, bridge_note(instance, ""));
    return rest ? read_note(*rest).uplink : std::nullopt;
}

std::string cable_note(std::string_view instance, const core::RunKey& run) {
    return run_beginning(instance) + core::kernel_name(run);
}

std::optional<std::string> run_of_note(std::string_view instance, std::string_view note) {
    return rest_of(note, run_beginning(instance));
}

std::string pot_link(const core::PotId& pot, std::size_t number) {
    std::string name = "eth" + std::to_string(number) + "_";
    return name + pot.text.substr(0, longest_interface - name.size());
}

std::string anchor_name(std::string_view instance) {
    return "potd/" + std::string(instance);
}

}  // namespace potd::platform
