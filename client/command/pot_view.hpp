#pragma once

#include "client/json/value.hpp"
#include "client/output/table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace potd::client {

// What several listings show of a pot of the API.

/// From starting to stopping, and between two tries: what `ps` lists.
[[nodiscard]] bool is_up(const Value& pot);
[[nodiscard]] Cell state_cell(const Value& pot);
/// How long the live run has run; empty if there is none.
[[nodiscard]] std::string uptime(const Value& pot, std::int64_t now);
/// Since a time of the API until now; empty for null.
[[nodiscard]] std::string age(const Value& time, std::int64_t now);
[[nodiscard]] std::string command_line(const Value& pot);
/// An integer of the API; empty for null.
[[nodiscard]] std::string whole(const Value& number);
/// A size of the API for people; empty for null.
[[nodiscard]] std::string size(const Value& bytes);
/// "inherit" unless the spec says otherwise.
[[nodiscard]] std::string network(const Value& pot);

/// An address of the pot's own, and the interface it is on: the pot's, with the type alias the host's.
struct PotAddress {
    std::string interface, address;
};
/// IPv4 before IPv6, as pot orders them.
[[nodiscard]] std::vector<PotAddress> addresses(const Value& pot);
/// The first one; empty if it has none.
[[nodiscard]] std::string first_address(const Value& pot);

/// A port of the host that leads to a pot: "8080->80/tcp", "127.0.0.1:8000-8009->80-89/udp".
[[nodiscard]] std::string port_text(const Value& port);
/// All of a pot's, with blanks between.
[[nodiscard]] std::string ports_text(const Value& pot);

}  // namespace potd::client
