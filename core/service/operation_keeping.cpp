#include "core/service/operation_service.hpp"
#include "core/service/operation_truth.hpp"
#include "core/service/reply.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

// Operations cut short: by a user, by a crash; and those that are too old to be remembered.

namespace potd::core {

// By a user

bool OperationService::can_cancel(const Operation& operation) noexcept {
    return operation.state == OperationState::Running &&
           (operation.cancellable || operation.kind == OperationKind::Start ||
            operation.kind == OperationKind::Restart || operation.kind == OperationKind::InstallBase);
}

Status OperationService::check_cancel(const Operation& operation) const {
    const std::string what = "operation " + operation.id;
    if (operation.state != OperationState::Running) {
        return error(ErrorKind::Conflict, what + " has ended: " + std::string(to_string(operation.state)) +
                                              "; only one that is running can be cancelled");
    }
    if (!can_cancel(operation)) {
        return error(ErrorKind::Conflict, what + " is a " + std::string(to_string(operation.kind)) +
                                              ", which cannot be cancelled; start, restart, install-base and "
                                              "copy-in can, and what applies flavours");
    }
    if (operation.cancellable || operation.kind == OperationKind::InstallBase || operation.begun) return {};
    return error(ErrorKind::Conflict, what + " has not begun yet; try again");
}

void OperationService::set_cancel(const std::string& id, std::function<void()> cancel) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.operation.state != OperationState::Running) return;
    found->second.operation.cancellable = static_cast<bool>(cancel);
    found->second.cancel = std::move(cancel);
}

void OperationService::cancel(const std::string& id, Reply<Operation> reply) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) {
        wait(id, std::move(reply));
        return;
    }
    const Operation operation = found->second.operation;
    if (Status can = check_cancel(operation); !can) {
        reply_later<Operation>(ports_.executor, std::move(reply), std::move(can).error());
        return;
    }
    const WaitId waiting = wait(id, reply);
    if (const auto act = found->second.cancel) return act();
    if (operation.kind == OperationKind::InstallBase) {
        ports_.bases.cancel_install(operation.base);
        return;
    }
    ports_.pots.stop(operation.pot_id, {},
                     [this, waiting, reply = std::move(reply)](const Result<PotPtr>& stopped) {
                         if (stopped || !waiters_.contains(waiting)) return;
                         cancel_wait(waiting);
                         reply(stopped.error());
                     });
}

// By a crash

void OperationService::recover(std::vector<StoredOperation> stored) {
    for (StoredOperation& one : stored) {
        const std::string id = one.operation.id;
        ids_.after(id);
        const bool running = one.operation.state == OperationState::Running;
        if (running) undecided_[one.operation.pot_id].insert(id);
        Entry entry{std::move(one.operation), std::move(one.key), true, one.answered, {}, {}};
        if (!entry.key.text.empty()) {
            // One of earlier that had expired when its key was used again.
            if (const auto old = by_key_.find(place_of(entry)); old != by_key_.end())
                drop_key(entries_.find(old->second)->second);
            by_key_[place_of(entry)] = id;
            keyed_.insert(id);
        } else if (!running) {
            plain_.insert(id);
        }
        entry.created = steady_of(entry.operation.created_at);
        if (entry.operation.ended_at) entry.ended = steady_of(*entry.operation.ended_at);
        entries_[id] = std::move(entry);
    }
}

void OperationService::fail_left(const PotId& pot, const Error& why) {
    const auto left = undecided_.extract(pot.text);
    if (left.empty()) return;
    for (const std::string& id : left.mapped()) end(id, why, std::nullopt);
}

void OperationService::settle() {
    std::vector<std::string> pots;
    for (const auto& [pot, ids] : undecided_) pots.push_back(pot);
    for (const std::string& pot : pots) {
        const PotPtr now = pot.empty() ? nullptr : ports_.pots.find(pot);
        look_at(PotId{pot}, now.get(), nullptr);
    }
}

void OperationService::look_at(const PotId& pot, const Pot* now, const Run* done) {
    const auto found = undecided_.find(pot.text);
    if (found == undecided_.end()) return;
    const std::set<std::string> ids = found->second;
    for (const std::string& id : ids) settle_by(id, now, done);
}

void OperationService::settle_by(const std::string& id, const Pot* pot, const Run* done) {
    const auto found = entries_.find(id);
    const Operation& operation = found->second.operation;
    const std::optional<Status> truth = truth_of(operation, pot, done);
    if (!truth) return;
    const auto of_pot = undecided_.find(operation.pot_id);
    of_pot->second.erase(id);
    if (of_pot->second.empty()) undecided_.erase(of_pot);
    end(id, *truth, std::nullopt);
}

// Too old

SteadyTime OperationService::steady_of(WallTime then) const {
    const std::int64_t age = std::max<std::int64_t>(0, ports_.clock.wall().ms - then.ms);
    return {ports_.clock.steady().ms - age};
}

/// A clock that is set ahead must not break what a key promises.
bool OperationService::is_older(SteadyTime then, milliseconds age) const {
    return then.plus(age) <= ports_.clock.steady();
}

void OperationService::drop_key(Entry& entry) {
    if (entry.key.text.empty()) return;
    const auto found = by_key_.find(place_of(entry));
    if (found != by_key_.end() && found->second == entry.operation.id) by_key_.erase(found);
    keyed_.erase(entry.operation.id);
    entry.key = {};
    if (entry.operation.state != OperationState::Running) plain_.insert(entry.operation.id);
}

void OperationService::trim(std::vector<Change>& changes) {
    const OperationLimits& limits = ports_.limits;
    while (!keyed_.empty()) {
        Entry& oldest = entries_.find(*keyed_.begin())->second;
        const bool expired = is_older(oldest.created, limits.key_age);
        if (oldest.operation.state == OperationState::Running) break;
        if (!expired && keyed_.size() <= limits.keys) break;
        drop_key(oldest);
        changes.emplace_back(PutOperation{oldest.operation, {}, std::nullopt});
    }
    while (!plain_.empty()) {
        const std::string id = *plain_.begin();
        const bool expired = is_older(entries_.find(id)->second.ended, limits.max_age);
        if (!expired && plain_.size() <= limits.kept) break;
        remove(id, changes);
    }
}

void OperationService::remove(const std::string& id, std::vector<Change>& changes) {
    const auto found = entries_.find(id);
    if (found->second.stored) changes.emplace_back(RemoveOperation{id});
    plain_.erase(id);
    entries_.erase(found);
}

}  // namespace potd::core
