#include "daemon/platform/freebsd/pure/freebsd_release.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace potd::platform {
namespace {

using Rank = std::pair<std::int64_t, std::int64_t>;

/// 14 and 1 of "14.1-RELEASE"; nothing if it cannot be read.
std::optional<Rank> rank(std::string_view release) {
    const std::size_t dot = release.find('.'), end = release.find('-');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto major = parse_count(release.substr(0, dot));
    const auto minor =
        parse_count(release.substr(dot + 1, end == std::string_view::npos ? end : end - dot - 1));
    return major && minor ? std::optional(Rank{*major, *minor}) : std::nullopt;
}

}  // namespace

std::optional<std::string> userland_release(std::string_view script) {
    constexpr std::string_view key = "USERLAND_VERSION=";
    for (const std::string_view line : split(script, '\n')) {
        const std::string_view text = trimmed(line);
        if (!text.starts_with(key)) continue;
        std::string_view value = text.substr(key.size());
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        if (rank(value)) return std::string(value);
    }
    return std::nullopt;
}

bool newer_than(std::string_view userland, std::string_view kernel) {
    const auto ours = rank(userland), theirs = rank(kernel);
    return ours && theirs && *ours > *theirs;
}

std::optional<std::string> elf_machine(std::string_view head) {
    constexpr std::size_t order_at = 5, machine_at = 18;
    if (head.size() < machine_at + 2 || !head.starts_with("\x7f"
                                                          "ELF"))
        return std::nullopt;
    const auto byte = [&](std::size_t at) {
        return static_cast<unsigned>(static_cast<unsigned char>(head[at]));
    };
    const bool little = byte(order_at) == 1;
    const unsigned machine = little ? byte(machine_at) | byte(machine_at + 1) << 8U
                                    : byte(machine_at) << 8U | byte(machine_at + 1);
    switch (machine) {
        case 3: return "i386";
        case 21: return little ? "powerpc64le" : "powerpc64";
        case 62: return "amd64";
        case 183: return "aarch64";
        case 243: return "riscv64";
        default: return "machine " + std::to_string(machine);
    }
}

}  // namespace potd::platform
