#pragma once

#include <memory>
#include <string>
#include <vector>

namespace potd::test {

/// A host of the test's own for as long as it is kept: a potd that is started from this thread makes its
/// bridges there. Null if this system has none.
[[nodiscard]] std::shared_ptr<void> own_network();
/// What a stranger may do there: away with all rules of the firewall, and the spare uplink off its bridge.
void flush_own_network();
/// Its interfaces ("interface pb-public", "up pb-public", and "member eth1" of one on a bridge), tables
/// ("table inet potd_x"), published ports ("port tcp 80") and those that are open by a pot's own address
/// ("open 2001:db8:7::2 tcp 80"), each once, sorted.
[[nodiscard]] std::vector<std::string> own_network_objects();

/// An interface there that nobody needs; empty if there is none.
[[nodiscard]] std::string spare_interface();
/// One without addresses, which is down.
[[nodiscard]] std::string spare_uplink();

}  // namespace potd::test
