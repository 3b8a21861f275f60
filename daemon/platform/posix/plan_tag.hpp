#pragma once

#include <cstddef>
#include <cstdint>

/// How a launch plan is laid out, little endian:
///
///     u32 magic  u16 version  u16 zero  u32 total size  records…
///     record: u16 tag  u16 zero  u32 payload size  payload
///
/// Unknown tags and the tail of a longer payload are skipped, so that either side may be newer.
namespace potd::platform {

inline constexpr std::uint32_t plan_magic = 0x4e4c5050;  // "PPLN"
inline constexpr std::uint16_t plan_version = 1;
inline constexpr std::size_t plan_header_size = 12;

enum class PlanTag : std::uint16_t {
    Monitor = 1,  ///< run, socket, record, log
    Sandbox = 2,  ///< Linux: namespaces, network, hostname, root
    Command = 3,
    Security = 4,       ///< Linux
    Cgroup = 5,         ///< Linux; repeated, in order
    Mount = 6,          ///< Linux; repeated, in order
    UidMap = 7,         ///< Linux; repeated
    GidMap = 8,         ///< Linux; repeated
    Rlimit = 9,         ///< repeated
    Seccomp = 10,       ///< Linux: the filter program
    ShiftedLayer = 11,  ///< Linux; repeated
    Interface = 12,     ///< Linux; repeated: a link on one of the host's
    Jail = 32,          ///< FreeBSD: name, root, umask
    Parameter = 33,     ///< FreeBSD; repeated: one of jail_set(2)
    JailMount = 34,     ///< FreeBSD; repeated, in order
    DeviceRule = 35,    ///< FreeBSD; repeated, in order: one of the pot's devfs ruleset
    LimitRule = 36,     ///< FreeBSD; repeated: one of rctl(4)
    Cable = 37,         ///< FreeBSD; repeated, in order: to a bridge of the host
    MovedLink = 38,     ///< FreeBSD; repeated, in order: an interface of the host
};

}  // namespace potd::platform
