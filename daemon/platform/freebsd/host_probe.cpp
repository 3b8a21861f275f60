#include "daemon/platform/freebsd/host_probe.hpp"

#include <array>
#include <cstdint>
#include <string>

#include <sys/types.h>
// after sys/types.h
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace potd::platform {
namespace {

template <class Number>
Number number_of(const char* name, Number otherwise) {
    Number value{};
    std::size_t size = sizeof value;
    return ::sysctlbyname(name, &value, &size, nullptr, 0) == 0 && size == sizeof value ? value : otherwise;
}

/// On kernels without a number for it the second at which the machine was booted, which a step of the clock
/// changes.
std::string boot_id() {
    if (std::string id = kernel_boot_id(); !id.empty()) return id;
    const auto booted = number_of<timeval>("kern.boottime", {});
    return "boottime-" + std::to_string(booted.tv_sec);
}

void add_names(core::HostFacts& facts) {
    utsname names{};
    if (::uname(&names) != 0) return;
    facts.system = &names.sysname[0];
    facts.release = &names.release[0];
    facts.machine = &names.machine[0];
    facts.hostname = &names.nodename[0];
}

void add_lacks(core::HostFacts& facts) {
    const auto lack = [&](const char* sentence) { facts.degraded.emplace_back(sentence); };
    // PRIV_DEVFS_RULE is never given to a jail.
    if (number_of<int>("security.jail.jailed", 0) != 0)
        lack(
            "potd runs in a jail, where the kernel allows no devfs rulesets: no pot can be started; run it "
            "on the "
            "host.");
    // The tunable is a bool since 12.0, an int before.
    const bool counted =
        number_of<bool>("kern.racct.enable", false) || number_of<int>("kern.racct.enable", 0) != 0;
    if (!counted) {
        lack(
            "kern.racct.enable is 0: memory, processes and cpu of a pot are not limited (limits.memory, "
            "limits.pids and limits.cpus are refused); set kern.racct.enable=1 in /boot/loader.conf and "
            "reboot.");
    }
    if (!has_network_stacks()) lack("The kernel has no VIMAGE: a pot cannot have a network of its own.");
    if (number_of<int>("kern.securelevel", -1) > 1)
        lack(
            "kern.securelevel is above 1: file flags cannot be cleared and firewall rules cannot be "
            "changed.");
}

}  // namespace

bool has_network_stacks() {
    return number_of<int>("kern.features.vimage", 0) != 0;
}

std::string kernel_boot_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, 16> bytes{};
    std::size_t size = bytes.size();
    std::string text;
    if (::sysctlbyname("kern.boot_id", bytes.data(), &size, nullptr, 0) != 0 || size != bytes.size())
        return text;
    for (const unsigned char byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

core::HostFacts read_host_facts() {
    core::HostFacts facts;
    add_names(facts);
    facts.boot_id = boot_id();
    facts.cpus = number_of<int>("hw.ncpu", 1);
    facts.memory = static_cast<std::int64_t>(number_of<unsigned long>("hw.physmem", 0));
    add_lacks(facts);
    return facts;
}

}  // namespace potd::platform
