#include "daemon/platform/posix/link_names.hpp"

#include <cstddef>
#include <cstdint>

namespace potd::platform {
namespace {

constexpr std::string_view default_instance = "potd";
constexpr std::size_t longest_link = 15;

/// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return hash;
}

}  // namespace

std::string ten_digits(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuv";
    std::uint64_t number = hash_of(text);
    std::string out;
    for (int i = 0; i < 10; ++i, number >>= 5U) out += digits[number & 31U];
    return out;
}

std::string bridge_note(std::string_view instance, std::string_view bridge) {
    return "potd " + std::string(instance) + " bridge " + std::string(bridge);
}

std::string bridge_link(std::string_view instance, std::string_view bridge) {
    std::string readable = "pb-" + std::string(bridge);
    if (instance == default_instance && readable.size() <= longest_link) return readable;
    return "pb" + ten_digits(bridge_note(instance, bridge));
}

std::string cable_link(std::string_view instance, const core::RunKey& run, std::string_view bridge) {
    return "pv" + ten_digits(bridge_note(instance, bridge) + " run " + core::kernel_name(run));
}

}  // namespace potd::platform
