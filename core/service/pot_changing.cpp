#include "core/service/pot_service.hpp"
#include "core/service/reply.hpp"

#include <utility>

// The record of a changed spec, and what of it holds in a run at once.

namespace potd::core {
namespace {

Status check_unchangeable(const PotSpec& before, const PotSpec& after) {
    if (before.name != after.name)
        return invalid_field("name", after.name, "the present name; rename changes it");
    if (before.base != after.base)
        return invalid_field("base", after.base, "'" + before.base + "', it cannot change");
    if (before.type != after.type) {
        return invalid_field("type", after.type == PotType::Single ? "single" : "multi", "the present type");
    }
    if (before.level != after.level) {
        return invalid_field("level", std::to_string(after.level), "the present level");
    }
    if (before.security.user_namespace != after.security.user_namespace) {
        return invalid_field("security.user_namespace", after.security.user_namespace ? "on" : "off",
                             "the present value: the pot's files have their owners");
    }
    return {};
}

/// What others have by now, who may be about to give it up.
bool is_of_others(const Error& error) {
    return error.kind == ErrorKind::Conflict || error.kind == ErrorKind::ResourceExhausted;
}

}  // namespace

Result<PotSpec> PotService::changed(const Pot& pot, const PotPatch& patch) const {
    if (patch.if_version && *patch.if_version != pot.version) {
        Error stale = error(ErrorKind::Conflict, "pot " + pot.spec.name + " has version " +
                                                     std::to_string(pot.version) + ", not " +
                                                     std::to_string(*patch.if_version));
        stale.field = "If-Match";
        return stale;
    }
    PotSpec next = pot.spec;
    Status applied = patch.apply(next);
    if (applied) applied = check_unchangeable(pot.spec, next);
    if (applied && next.remove_on_exit && bases_.is_base_pot(next))
        applied = invalid_field("remove_on_exit", "true", "false: a base pot goes with its base");
    if (applied) applied = check_spec(next, pot.id, &pot.spec);
    if (!applied) return std::move(applied).error();
    return next;
}

Result<PotPtr> PotService::preview(std::string_view name, const PotPatch& patch) const {
    const PotPtr pot = find(name);
    if (!pot) return error(ErrorKind::NotFound, "no pot is called '" + std::string(name) + "'");
    Result<PotSpec> next = changed(*pot, patch);
    if (!next) return std::move(next).error();
    // A lease would make the public network, which comes with the first pot on it.
    const bool is_to_come =
        next->network.type == NetworkType::PublicBridge && bridges_.find(public_bridge) == nullptr;
    auto leased =
        is_to_come ? Result<BridgeService::Held>(BridgeService::Held{}) : bridges_.lease(*next, pot->id);
    if (!leased && !is_of_others(leased.error())) return std::move(leased).error();
    auto shown = std::make_shared<Pot>(*pot);
    shown->spec = std::move(next).value();
    if (leased) {
        bridges_.let_go(leased->hold);
        shown->leases = std::move(leased->leases);
    }
    return PotPtr(std::move(shown));
}

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
