#include "core/service/pot_service.hpp"
#include "core/service/reply.hpp"

#include <utility>

// What only the maker of an unfinished pot asks for.

namespace potd::core {

void PotService::go_on(const PotId& id, PotSpec next, UnfinishedPtr unfinished, Reply<PotPtr> reply,
                       Along along) {
    const PotPtr pot = supervisor_.find(id);
    Status able;
    if (!pot || !pot->unfinished)
        able = error(ErrorKind::Conflict, "the pot was destroyed or finished by another request");
    if (able) able = check_spec(next, id, &pot->spec);
    if (!able) return reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(able).error());
    supervisor_.request(
        id,
        [&](RequestId request) {
            return ChangeAsked{request, pot->spec, next, false, {}, std::move(unfinished)};
        },
        [this, hold = dependencies_.hold(next), addresses = addresses_.hold(*pot, next.network),
         volumes = volumes_.hold(next.mounts), reply = std::move(reply)](Result<PotPtr> result) {
            dependencies_.let_go(hold);
            addresses_.let_go(addresses);
            volumes_.let_go(volumes);
            reply(std::move(result));
        },
        std::move(along));
}

void PotService::start_unfinished(const PotId& id, Reply<PotPtr> reply) {
    supervisor_.request(
        id,
        [](RequestId request) {
            return StartAsked{request, StartCause::Request, true};
        },
        std::move(reply));
}

}  // namespace potd::core
