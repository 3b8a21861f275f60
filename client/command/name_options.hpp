#pragma once

#include "client/base/result.hpp"
#include "client/json/value.hpp"

#include <string>
#include <string_view>

namespace potd::client {

/// `dns` of a spec from what -d says: "inherit", "pot", "off", or "custom:FILE" with a file as of
/// resolv.conf(5), of which the servers, the domains and the options are taken. All members are set, so that
/// nothing of an earlier one is left by a merge patch.
[[nodiscard]] Result<Value> dns_from_option(const std::string& text);

/// The same from the text of such a file; `name` goes into errors. A line that says something which a spec
/// cannot hold (sortlist, a server's port) is an error, not passed over.
[[nodiscard]] Result<Value> dns_from_resolver(std::string_view text, const std::string& name);

/// "NAME:ADDRESS", pot's form of an entry of hosts; what follows the first colon is the address.
[[nodiscard]] Result<Value> host_entry(const std::string& text);

}  // namespace potd::client
