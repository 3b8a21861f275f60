#pragma once

#include "core/base/result.hpp"
#include "core/model/network_spec.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

/// An address that potd puts on an interface of the host for a pot, beside those that are there.
struct HostAlias {
    std::string interface;
    core::IpAddress address;
    int prefix = 0;  ///< length
    friend bool operator==(const HostAlias&, const HostAlias&) = default;
};

/// What a spec comes to: without a prefix of its own an address is a network of one (/32, /128), as aliases
/// in a network that the interface is in already have to be.
[[nodiscard]] std::vector<HostAlias> host_aliases(const core::NetworkSpec& network);

/// An address that is on the host.
struct HostAddress {
    std::string interface;
    core::IpAddress address;
};

/// Conflict with the field if the host has one of the addresses already: it is the host's, or another's, and
/// would be taken away with the pot's end.
[[nodiscard]] core::Status check_free(const core::NetworkSpec& network,
                                      const std::vector<HostAddress>& taken);

/// What was put on interfaces for one run; kept in a file from before it was done until it is undone.
struct AddressRecord {
    std::string boot;  ///< which boot of the machine; empty where the kernel does not tell
    std::vector<HostAlias> aliases;
    friend bool operator==(const AddressRecord&, const AddressRecord&) = default;
};

/// Lines: "boot ID", then "INTERFACE ADDRESS/PREFIX" for each address.
[[nodiscard]] std::string to_text(const AddressRecord& record);
[[nodiscard]] core::Result<AddressRecord> parse_address_record(std::string_view text);

}  // namespace potd::platform
