#include "daemon/platform/freebsd/pure/address_record.hpp"

#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <utility>

namespace potd::platform {
namespace {

constexpr std::string_view boot_word = "boot ";

core::Error unreadable(std::string_view line) {
    return core::error(core::ErrorKind::Internal, "a record of addresses has a line '" + std::string(line) +
                                                      "'; expected INTERFACE ADDRESS/PREFIX");
}

}  // namespace

std::vector<HostAlias> host_aliases(const core::NetworkSpec& network) {
    std::vector<HostAlias> aliases;
    for (const core::PotInterface& one : network.interfaces) {
        for (const core::InterfaceAddress& each : one.addresses)
            aliases.push_back({one.interface, each.address, each.prefix.value_or(each.address.bits())});
    }
    return aliases;
}

core::Status check_free(const core::NetworkSpec& network, const std::vector<HostAddress>& taken) {
    for (const core::PlacedAddress& wanted : core::addresses_of(network)) {
        const auto found = std::find_if(taken.begin(), taken.end(), [&](const HostAddress& one) {
            return one.address == wanted.address;
        });
        if (found == taken.end()) continue;
        core::Error error =
            core::error(core::ErrorKind::Conflict,
                        wanted.field + ": the host has " + core::to_string(wanted.address) + " already, on " +
                            found->interface + "; expected an address that is the pot's alone");
        error.field = wanted.field;
        return error;
    }
    return {};
}

std::string to_text(const AddressRecord& record) {
    std::string text = std::string(boot_word) + record.boot + "\n";
    for (const HostAlias& alias : record.aliases)
        text += alias.interface + " " + core::to_string(core::InterfaceAddress{alias.address, alias.prefix}) +
                "\n";
    return text;
}

core::Result<AddressRecord> parse_address_record(std::string_view text) {
    AddressRecord record;
    const std::size_t end = text.find('\n');
    if (!text.starts_with(boot_word) || end == std::string_view::npos) return unreadable(text.substr(0, end));
    record.boot = text.substr(boot_word.size(), end - boot_word.size());
    text.remove_prefix(end + 1);
    for (const std::string_view line : split(text, '\n')) {
        if (line.empty()) continue;
        const std::size_t blank = line.find(' ');
        if (blank == 0 || blank == std::string_view::npos) return unreadable(line);
        const auto address = core::parse_interface_address(line.substr(blank + 1), "address");
        if (!address || !address->prefix) return unreadable(line);
        record.aliases.push_back({std::string(line.substr(0, blank)), address->address, *address->prefix});
    }
    return record;
}

}  // namespace potd::platform
