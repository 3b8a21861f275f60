#include "client/command/snapshot_owner.hpp"

#include "client/http/api.hpp"

namespace potd::client {

Result<std::string> snapshot_owner_url(const Invocation& invocation, std::string_view rest) {
    const auto volume = invocation.value("fscomp");
    if (!volume) {
        const auto pot = invocation.pot();
        return pot ? Result<std::string>(pot_url(*pot, rest)) : Result<std::string>(pot.failure());
    }
    const auto pot = invocation.optional_pot();
    if (!pot) return pot.failure();
    if (!pot->empty()) return usage("a pot and an fscomp are named: '" + *pot + "' and '" + *volume + "'");
    return fscomp_url(*volume) + std::string(rest);
}

}  // namespace potd::client
