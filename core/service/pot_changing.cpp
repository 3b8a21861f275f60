#include "core/service/pot_service.hpp"
#include "core/service/reply.hpp"

#include <utility>

// The record of a changed spec, and what of it holds in a run at once.

namespace potd::core {

void PotService::store_change(const PotPtr& pot, PotSpec next, Reply<PotPtr> reply, Along along) {
    auto leased = bridges_.lease(next, pot->id);
    Status able = leased ? Status() : Status(leased.error());
    if (able && is_live(pot->state)) able = bridges_.check_ports(*pot, next, leased->leases);
    if (!able) {
        if (leased) bridges_.let_go(leased->hold);
        return reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(able).error());
    }
    along = bridges_.boarding(next, std::move(along));
    const bool ports_change =
        next.ports != pot->spec.ports || leased->leases.host_ports != pot->leases.host_ports;
    const bool rates_change = next.limits.network_rx != pot->spec.limits.network_rx ||
                              next.limits.network_tx != pot->spec.limits.network_tx;
    supervisor_.request(
        pot->id,
        [&](RequestId request) {
            return ChangeAsked{request, pot->spec, std::move(next), false, {}, {}, leased->leases};
        },
        [this, hold = leased->hold, ports_change, rates_change,
         reply = std::move(reply)](Result<PotPtr> result) {
            bridges_.let_go(hold);
            if (!result || !*result || !is_live((*result)->state)) return reply(std::move(result));
            if (rates_change) result = put_rates(*result);
            if (result && ports_change) return put_ports(*result, reply);
            reply(std::move(result));
        },
        std::move(along));
}

/// What was recorded of its ports holds in the run, too.
void PotService::put_ports(const PotPtr& pot, const Reply<PotPtr>& reply) {
    const Status led = bridges_.change_ports({pot->id, pot->run->number}, *pot);
    if (led) return reply(pot);
    reply(Error(led.error())
              .in("pot " + pot->spec.name + ": the ports are recorded, and hold from the next start on"));
}

/// The same of its rates.
Result<PotPtr> PotService::put_rates(const PotPtr& pot) {
    const Status put = bridges_.change_rates({pot->id, pot->run->number}, *pot);
    if (put) return pot;
    return Error(put.error())
        .in("pot " + pot->spec.name + ": the rates are recorded, and hold from the next start on");
}

}  // namespace potd::core
