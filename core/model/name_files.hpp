#pragma once

#include "core/model/leases.hpp"
#include "core/model/name_spec.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// What a pot sees as one of its two files of names.
struct NameFile {
    enum class Kind {
        Own,   ///< what its root has there
        Host,  ///< the host's, as it is
        Copy,  ///< made of the host's at the start: hosts with `text` behind it, resolv.conf as far as it is
               ///< of use from another network (usable_resolver)
        Text,  ///< `text`
    };
    Kind kind = Kind::Own;
    std::string text{};
    friend bool operator==(const NameFile&, const NameFile&) = default;
};

/// Its /etc/hosts and its /etc/resolv.conf.
struct NameFiles {
    NameFile hosts, resolver;
    friend bool operator==(const NameFiles&, const NameFiles&) = default;
};

/// A running pot as the others on a bridge know it. Its host name is not among what they know: nobody but
/// the pot vouches for that, and it could be another pot's.
struct NamedPot {
    std::string name;
    std::vector<IpAddress> addresses;
};

/// What of /etc/hosts is the same for all pots of a bridge; by name, whatever the order given.
[[nodiscard]] std::string peers_text(std::vector<NamedPot> pots);

/// What stands in a pot's /etc/hosts.
struct HostsContent {
    std::vector<std::string> names;           ///< its own: the host name first
    std::vector<IpAddress> addresses;         ///< its own; without any its names are loopback's
    std::vector<HostEntry> entries;           ///< of its spec
    std::vector<const std::string*> bridges;  ///< peers_text of its bridges
};

/// Loopback, the pot, its entries, its neighbours, in this order: whoever reads it takes the first that fits,
/// so no neighbour can take the place of an entry.
[[nodiscard]] std::string hosts_text(const HostsContent& content);

/// "address name" for each, without a head; empty without entries.
[[nodiscard]] std::string entries_text(const std::vector<HostEntry>& entries);

[[nodiscard]] std::string resolver_text(const std::vector<IpAddress>& servers,
                                        const std::vector<std::string>& search,
                                        const std::vector<std::string>& options);

/// A resolv.conf of the host without its servers on loopback, which nobody reaches from another network
/// namespace or jail. The other lines stay as they are.
[[nodiscard]] std::string usable_resolver(std::string_view host);
/// It names a server, and each is on loopback: the host runs a resolver of its own.
[[nodiscard]] bool asks_loopback_alone(std::string_view host);

/// The domain that pot derives from a host name: what follows its first dot; empty without one.
[[nodiscard]] std::string domain_of(std::string_view hostname);

}  // namespace potd::core
