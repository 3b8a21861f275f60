#include "core/service/pot_service.hpp"
#include "core/service/reply.hpp"

#include <utility>

// Who waits for something a pot will do: its end, or the console of its next run; and when nobody does.

namespace potd::core {

PotService::WaitId PotService::wait(std::string_view name, Reply<Run> reply) {
    const PotPtr pot = find(name);
    if (!pot) {
        reply_later<Run>(ports_.executor, std::move(reply),
                         error(ErrorKind::NotFound, "no pot is called '" + std::string(name) + "'"));
        return 0;
    }
    if (!is_live(pot->state) && pot->run && pot->run->end) {
        reply_later<Run>(ports_.executor, std::move(reply), *pot->run);
        return 0;
    }
    const WaitId id = next_wait_++;
    waiters_[id] = Waiter{pot->id, std::move(reply)};
    waits_of_[pot->id].push_back(id);
    return id;
}

void PotService::cancel_wait(WaitId id) {
    const auto found = waiters_.find(id);
    if (found == waiters_.end()) return;
    const auto of_pot = waits_of_.find(found->second.pot);
    std::erase(of_pot->second, id);
    if (of_pot->second.empty()) waits_of_.erase(of_pot);
    waiters_.erase(found);
}

void PotService::on_change(const PotPtr& before, const PotPtr& next, const Run* done) {
    if (!next) {
        by_name_.erase(before->spec.name);
        ports_.ids.give_back(before->first_host_id);
        bridges_.forget(before->id);
    } else if (next->spec.name != before->spec.name) {
        by_name_.erase(before->spec.name);
        by_name_[next->spec.name] = next->id;
    }
    const bool leases_stand =
        next && next->leases == before->leases && next->spec.ports == before->spec.ports &&
        next->spec.network.bridges == before->spec.network.bridges && next->spec.name == before->spec.name;
    if (next && !leases_stand) bridges_.record(*next);
    if (done != nullptr)
        answer_waiters(before->id, *done);
    else if (!next)  // before it ever ran: there is nothing to wait for any more
        answer_waiters(before->id, error(ErrorKind::NotFound, "pot " + before->spec.name + " was destroyed"));
    names_.on_change(before, next);
    run_limits_.on_change(before, next);
    dependencies_.on_change();
    health_.on_change(before->id, next);
    unstarted_.on_change(before->id, next);
    if (schedule_watch_) schedule_watch_(before->id, next);
    if (watch_) watch_(before, next, done);
    if (next) return;
    for (const auto& gone : gone_) gone(before->id);
    bases_.collect(before->spec.base);
    if (auto waiting = consoles_.extract(before->id)) {
        reply_later<std::unique_ptr<ExecSession>>(
            ports_.executor, std::move(waiting.mapped().reply),
            error(ErrorKind::NotFound, "pot " + before->spec.name + " was destroyed"));
    }
}

void PotService::answer_waiters(const PotId& pot, const Result<Run>& answer) {
    auto ids = waits_of_.extract(pot);
    if (ids.empty()) return;
    for (const WaitId id : ids.mapped()) {
        reply_later<Run>(ports_.executor, std::move(waiters_.at(id).reply), answer);
        waiters_.erase(id);
    }
}

PotService::AttachId PotService::attach(std::string_view name, const AttachOptions& options,
                                        AttachReply reply) {
    const PotPtr pot = find(name);
    if (!pot) {
        reply_later<std::unique_ptr<ExecSession>>(
            ports_.executor, std::move(reply),
            error(ErrorKind::NotFound, "no pot is called '" + std::string(name) + "'"));
        return 0;
    }
    if (is_live(pot->state)) {
        ports_.exec.attach({pot->id, pot->run->number}, options, std::move(reply));
        return 0;
    }
    const AttachId id = next_attach_++;
    if (!consoles_.try_emplace(pot->id, WaitingConsole{id, options, reply}).second) {
        reply_later<std::unique_ptr<ExecSession>>(
            ports_.executor, std::move(reply),
            error(ErrorKind::Conflict, "pot " + pot->spec.name + ": another client waits for its console"));
        return 0;
    }
    return id;
}

void PotService::cancel_attach(AttachId id) {
    std::erase_if(consoles_, [id](const auto& item) { return item.second.id == id; });
}

void PotService::connect_console(const RunKey& key) {
    auto waiting = consoles_.extract(key.pot);
    ports_.exec.attach(key, waiting.mapped().options, std::move(waiting.mapped().reply));
}

UnstartedPots::Ports PotService::unstarted_ports() {
    return {ports_.clock,
            ports_.timers,
            [this](const PotId& id) { return supervisor_.find(id); },
            [this](const Pot& pot) {
                return waits_of_.contains(pot.id) || consoles_.contains(pot.id) ||
                       !dependencies_.dependent(pot.spec.name).empty();
            },
            [this](const Pot& pot, milliseconds age, Reply<void> reply) {
                drop_unstarted(pot, age, std::move(reply));
            },
            ports_.unstarted_age};
}

void PotService::drop_unstarted(const Pot& pot, milliseconds age, Reply<void> reply) {
    supervisor_.request(
        pot.id,
        [version = pot.version, age](RequestId request) {
            return DropUnstartedAsked{request, version, age};
        },
        [this, left = dependencies_.hold_leaving(pot.spec.name),
         reply = std::move(reply)](const Result<PotPtr>& result) {
            dependencies_.let_go(left);
            reply(result ? Status() : Status(result.error()));
        });
}

}  // namespace potd::core
