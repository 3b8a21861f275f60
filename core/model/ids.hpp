#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace potd::core {

/// Identity of a pot for its whole life, through renames: 12 lower-case hexadecimal digits.
/// Names directories, cgroups and jails; never reused.
struct PotId {
    std::string text;
    friend std::strong_ordering operator<=>(const PotId&, const PotId&) = default;
};

/// One run of one pot. Runs are numbered from 1 per pot; the key is never reused.
struct RunKey {
    PotId pot;
    std::uint32_t run = 0;
    friend std::strong_ordering operator<=>(const RunKey&, const RunKey&) = default;
};

/// A process that cannot be confused with a later one of the same pid.
/// start_time: Linux field 22 of /proc/PID/stat (clock ticks since boot), FreeBSD ki_start in
/// microseconds. pid 0 means "none".
struct ProcessIdentity {
    std::int32_t pid = 0;
    std::uint64_t start_time = 0;
    friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// "0123456789ab.7": the name of everything in the kernel that belongs to one run.
[[nodiscard]] inline std::string kernel_name(const RunKey& key) {
    return key.pot.text + "." + std::to_string(key.run);
}

}  // namespace potd::core

template <>
struct std::hash<potd::core::PotId> {
    std::size_t operator()(const potd::core::PotId& id) const noexcept {
        return std::hash<std::string>{}(id.text);
    }
};
