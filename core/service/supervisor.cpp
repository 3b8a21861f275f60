#include "core/service/supervisor.hpp"

#include <algorithm>
#include <utility>

namespace potd::core {
namespace {

constexpr milliseconds retry_after{1000};

/// Effects that touch the machine; they may only follow the record.
bool touches_machine(const Outcome& outcome) {
    for (const Effect& effect : outcome.effects) {
        if (!std::holds_alternative<Answer>(effect) && !std::holds_alternative<CancelTimer>(effect))
            return true;
    }
    return false;
}

/// A hook's end must not be forgotten by a crash: it would run once more. Nor the end of a run by a full
/// disk: the next one would be recorded before it.
bool must_be_kept(const Outcome& outcome) {
    if (!outcome.run_changed || !outcome.next.pot.run) return false;
    return !outcome.next.pot.run->hooks.empty() || outcome.next.pot.run->stage == RunStage::Done;
}

bool is_refused(const Outcome& outcome, RequestId request) {
    return std::any_of(outcome.effects.begin(), outcome.effects.end(), [request](const Effect& effect) {
        const auto* const answer = std::get_if<Answer>(&effect);
        return answer != nullptr && answer->request == request && answer->error;
    });
}

bool take_discard(Outcome& outcome) {
    return std::erase_if(outcome.effects, [](const Effect& effect) {
               return std::holds_alternative<DiscardFiles>(effect);
           }) != 0;
}

void append(std::vector<Change>& changes, const std::vector<Event>& events) {
    for (const Event& event : events) changes.emplace_back(AppendEvent{event});
}

/// What the journal is given: first the events it is owed, and then the rows whole. As they are now: an older
/// row of a run must not follow one that has its end.
std::vector<Change> changes_of(const Outcome& outcome, const std::optional<std::vector<Event>>& owed) {
    const bool whole = owed.has_value();
    std::vector<Change> changes;
    changes.reserve((whole ? owed->size() : 0) + 3 + outcome.events.size());
    if (whole) append(changes, *owed);
    const Pot& pot = outcome.next.pot;
    if (outcome.removed) {
        changes.emplace_back(RemovePot{pot.id});
    } else {
        if (outcome.changed || whole) changes.emplace_back(PutPot{pot});
        if (outcome.leases_changed) changes.emplace_back(PutLeases{pot.id, pot.leases});
        // The one before, if the next has begun already.
        if (outcome.done && outcome.done->number != pot.run->number)
            changes.emplace_back(PutRun{pot.id, *outcome.done});
        if ((outcome.run_changed || whole) && pot.run) changes.emplace_back(PutRun{pot.id, *pot.run});
    }
    append(changes, outcome.events);
    return changes;
}

/// `later` behind what is owed already.
void owe(std::optional<std::vector<Event>>& owed, const std::vector<Event>& later) {
    if (!owed) owed.emplace();
    owed->insert(owed->end(), later.begin(), later.end());
}

}  // namespace

Supervisor::Supervisor(Ports ports, EventFeed& feed) : ports_(std::move(ports)), feed_(feed) {
    ports_.runtime.set_observer(this);
}

PotPtr Supervisor::add(Pot pot) {
    const PotId id = pot.id;
    auto entry = std::make_unique<Entry>();
    Life life;
    life.pot = std::move(pot);
    entry->life = std::make_shared<const Life>(std::move(life));
    entry->show();
    PotPtr added = entry->pot;
    entries_[id] = std::move(entry);
    return added;
}

PotPtr Supervisor::find(const PotId& id) const {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : found->second->pot;
}

bool Supervisor::busy(const PotId& id) const {
    const auto found = entries_.find(id);
    return found != entries_.end() && (found->second->committing || !found->second->queue.empty());
}

std::vector<RunKey> Supervisor::live_runs() const {
    std::vector<RunKey> runs;
    for (const auto& [id, entry] : entries_) {
        const Pot& pot = entry->life->pot;
        if (is_live(pot.state) && pot.run) runs.push_back({id, pot.run->number});
    }
    return runs;
}

void Supervisor::request(const PotId& id, const std::function<LifeEvent(RequestId)>& make,
                         Reply<PotPtr> reply, Along along) {
    const RequestId number = next_request_++;
    requests_[number] = Request{std::move(reply), 0, {}, std::move(along)};
    submit(id, make(number));
}

void Supervisor::observe(const PotId& id, LifeEvent event) {
    submit(id, std::move(event));
}

void Supervisor::submit(const PotId& id, LifeEvent event) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) {
        if (const RequestId request = request_of(event); request != 0) {
            answer(request, error(ErrorKind::NotFound, "the pot does not exist any more"));
        }
        return;
    }
    found->second->queue.push_back(std::move(event));
    drain(id);
}

bool Supervisor::settled(const Entry& entry) {
    const Pot& pot = entry.life->pot;
    const bool cleaning = is_live(pot.state) && pot.run && pot.run->stage == RunStage::Releasing;
    return !entry.committing && entry.queue.empty() && !cleaning;
}

void Supervisor::when_settled(const PotId& id, std::function<void()> then) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || settled(*found->second)) return ports_.executor.post(std::move(then));
    found->second->when_settled.push_back(std::move(then));
}

void Supervisor::hold(const PotId& id, std::function<void(PotPtr)> then) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) {
        ports_.executor.post([then = std::move(then)] { then(nullptr); });
        return;
    }
    found->second->holders.push_back(std::move(then));
    drain(id);
}

void Supervisor::let_go(const PotId& id) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    found->second->held = false;
    drain(id);
}

void Supervisor::give_turn(Entry& entry) {
    entry.held = true;
    ports_.executor.post([then = std::move(entry.holders.front()), pot = entry.pot] { then(pot); });
    entry.holders.pop_front();
}

/// Works off the queue until an event waits for its record, or somebody holds the pot.
void Supervisor::drain(const PotId& id) {
    for (;;) {
        const auto found = entries_.find(id);
        if (found == entries_.end() || found->second->committing || found->second->held) return;
        if (!found->second->holders.empty()) return give_turn(*found->second);
        if (found->second->queue.empty()) {
            if (!settled(*found->second)) return;
            for (auto& then : std::exchange(found->second->when_settled, {}))
                ports_.executor.post(std::move(then));
            return;
        }
        LifeEvent event = std::move(found->second->queue.front());
        found->second->queue.pop_front();
        step(id, *found->second, std::move(event));
    }
}

void Supervisor::step(const PotId& id, Entry& entry, LifeEvent event) {
    const Now now{ports_.clock.steady(), ports_.clock.wall(), ports_.boot_id, ports_.random()};
    Outcome outcome = on(*entry.life, event, now);
    const bool stored = outcome.changed || outcome.run_changed || outcome.removed || !outcome.events.empty();
    if (stored && (outcome.intent || outcome.removed || touches_machine(outcome) || must_be_kept(outcome))) {
        entry.committing = true;
        commit(id, std::move(outcome), std::move(event));
        return;
    }
    if (stored) commit_lazily(id, outcome);
    adopt(id, std::move(outcome));
}

void Supervisor::commit(const PotId& id, Outcome outcome, LifeEvent event) {
    auto record = std::make_shared<Record>();
    record->owed = std::exchange(entries_.at(id)->owed, {});
    std::vector<Change> changes = changes_of(outcome, record->owed);
    const bool intent = outcome.intent || outcome.removed;
    if (intent) {
        record->promised = promise(outcome, request_of(event));
        take_along(outcome, record->promised, changes);
    }
    // The files cannot come back, so they go once a power cut cannot bring back the pot.
    record->discards = take_discard(outcome);
    record->outcome = std::move(outcome);
    record->event = std::move(event);
    auto on_recorded = [this, id, record](Result<std::vector<Event>> result) {
        recorded(id, *record, std::move(result));
    };
    auto on_durable = [this, id, record](const Status& status) { durable(id, *record, status); };
    ports_.journal.commit(std::move(changes), intent ? Durability::Intent : Durability::Observation,
                          std::move(on_recorded), std::move(on_durable));
}

/// Everybody who is told of an intent waits until it is on the disk.
std::vector<RequestId> Supervisor::promise(const Outcome& outcome, RequestId request) {
    std::vector<RequestId> promised;
    if (request != 0) promised.push_back(request);
    for (const Effect& effect : outcome.effects) {
        const auto* const answer = std::get_if<Answer>(&effect);
        if (answer != nullptr && answer->request != request) promised.push_back(answer->request);
    }
    // One whose own intent did not reach the disk has been told so, and is gone.
    std::erase_if(promised, [this](RequestId one) { return !requests_.contains(one); });
    for (const RequestId one : promised) ++requests_.at(one).undurable;
    return promised;
}

/// The operations whose requests take effect with this record.
void Supervisor::take_along(const Outcome& outcome, const std::vector<RequestId>& promised,
                            std::vector<Change>& changes) const {
    const Pot* const next = outcome.removed ? nullptr : &outcome.next.pot;
    for (const RequestId one : promised) {
        const Along& along = requests_.at(one).along;
        if (along && !is_refused(outcome, one)) along.board(changes, next);
    }
}

/// For a change that nothing on the machine depends on: kill -9 before it is recorded only means that
/// recovery observes the same once more.
void Supervisor::commit_lazily(const PotId& id, const Outcome& outcome) {
    std::optional<std::vector<Event>> owed = std::exchange(entries_.at(id)->owed, {});
    std::vector<Change> changes = changes_of(outcome, owed);
    owe(owed, outcome.events);
    auto on_recorded = [this, id, events = *std::move(owed)](Result<std::vector<Event>> result) {
        if (result)
            publish(*result);
        else
            not_recorded_lazily(id, events, result.error());
    };
    ports_.journal.commit(std::move(changes), Durability::Observation, std::move(on_recorded), {});
}

void Supervisor::not_recorded_lazily(const PotId& id, const std::vector<Event>& events, const Error& error) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    Entry& entry = *found->second;
    ports_.complain("pot " + entry.life->pot.spec.name +
                    ": change not recorded, trying again: " + error.message);
    owe(entry.owed, events);
    catch_up_later(id);
}

void Supervisor::catch_up_later(const PotId& id) {
    ports_.timers.arm(ports_.clock.steady().plus(retry_after), [this, id] { catch_up(id); });
}

/// Unless another record has taken it along meanwhile.
void Supervisor::catch_up(const PotId& id) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || !found->second->owed) return;
    if (found->second->committing) {
        catch_up_later(id);
        return;
    }
    Outcome present;
    present.next = *found->second->life;
    commit_lazily(id, present);
}

void Supervisor::recorded(const PotId& id, Record& record, Result<std::vector<Event>> result) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    if (!result) {
        not_recorded(id, record, result.error());
        return;
    }
    record.done = true;
    found->second->committing = false;
    adopt(id, std::move(record.outcome));
    publish(*result);
    drain(id);
}

void Supervisor::not_recorded(const PotId& id, Record& record, const Error& error) {
    Entry& entry = *entries_.at(id);
    if (record.owed) {  // in front of what failed meanwhile
        if (entry.owed) owe(record.owed, *entry.owed);
        entry.owed = std::move(record.owed);
    }
    const RequestId request = request_of(record.event);
    if (request != 0) {
        entry.committing = false;
        Error cause = error;
        cause = std::move(cause).in("pot " + entry.life->pot.spec.name + ": could not record it");
        requests_[request].undurable = 0;
        if (const Along& along = requests_[request].along) along.lost();
        answer(request, std::move(cause));
        // The timer that was for it may have gone by while this record had it with it.
        if (entry.owed) catch_up_later(id);
        drain(id);
        return;
    }
    ports_.complain("pot " + entry.life->pot.spec.name + ": '" + std::string(verb_of(record.event)) +
                    "' not recorded, trying again: " + error.message);
    entry.queue.push_front(record.event);
    ports_.timers.arm(ports_.clock.steady().plus(retry_after), [this, id] {
        const auto found = entries_.find(id);
        if (found == entries_.end()) return;
        found->second->committing = false;
        drain(id);
    });
}

void Supervisor::adopt(const PotId& id, Outcome outcome) {
    Entry& entry = *entries_.at(id);
    const PotPtr before = entry.pot;
    entry.life = std::make_shared<const Life>(std::move(outcome.next));
    if (outcome.changed || outcome.run_changed) entry.show();
    const PotPtr after = outcome.removed ? nullptr : entry.pot;
    // The index of names must know of the change before an answer lets the next request in.
    if (on_change_ && (outcome.changed || outcome.run_changed || outcome.removed))
        on_change_(before, after, outcome.done ? &*outcome.done : nullptr);
    for (const Effect& effect : outcome.effects) act(id, effect, after);
    if (outcome.removed) drop(id);
}

void Supervisor::drop(const PotId& id) {
    auto node = entries_.extract(id);
    for (auto& then : node.mapped()->when_settled) ports_.executor.post(std::move(then));
    for (auto& then : node.mapped()->holders)
        ports_.executor.post([then = std::move(then)] { then(nullptr); });
    for (const LifeEvent& event : node.mapped()->queue) {
        if (const RequestId request = request_of(event); request != 0) {
            answer(request, error(ErrorKind::NotFound, "the pot was destroyed by another request"));
        }
    }
}

void Supervisor::durable(const PotId& id, const Record& record, const Status& status) {
    if (record.discards && record.done) {
        if (status)
            discard(id);
        else
            ports_.complain("pot " + id.text +
                            ": files stay until the next start: " + status.error().message);
    }
    for (const RequestId request : record.promised) durable(request, record.done, status);
}

/// What was not even recorded is tried again, or has been answered.
void Supervisor::durable(RequestId request, bool done, const Status& status) {
    const auto found = requests_.find(request);
    if (found == requests_.end()) return;
    if (found->second.undurable > 0) --found->second.undurable;
    if (done && !status) {
        found->second.undurable = 0;
        answer(request, status.error());
    } else if (found->second.undurable == 0 && found->second.answer) {
        const auto give = std::move(found->second.answer);
        give();
    }
}

void Supervisor::answer(RequestId request, Result<PotPtr> result) {
    const auto found = requests_.find(request);
    if (found == requests_.end()) return;
    if (found->second.undurable > 0) {
        found->second.answer = [this, request, result = std::move(result)] { answer(request, result); };
        return;
    }
    ports_.executor.post(
        [reply = std::move(found->second.reply), result = std::move(result)] { reply(result); });
    requests_.erase(found);
}

void Supervisor::publish(const std::vector<Event>& events) {
    for (const Event& event : events) feed_.publish(event);
}

void Supervisor::on_spawned(const RunKey& key, const ProcessIdentity& monitor) {
    // Known by its socket until it has started: nothing to record (Started carries the identity).
    static_cast<void>(key);
    static_cast<void>(monitor);
}

void Supervisor::on_started(const RunKey& key, const RunProcesses& processes, WallTime at) {
    submit(key.pot, Started{key.run, processes, at});
}

void Supervisor::on_launch_failed(const RunKey& key, const Error& error) {
    submit(key.pot, LaunchFailed{key.run, error});
}

void Supervisor::on_oom(const RunKey& key, const OomFacts& facts) {
    submit(key.pot, OomSeen{key.run, facts});
}

void Supervisor::on_exited(const RunKey& key, const ExitRecord& record) {
    submit(key.pot, Exited{key.run, record});
}

}  // namespace potd::core
