#include "core/service/operation_service.hpp"

#include "core/service/operation_truth.hpp"
#include "core/service/reply.hpp"

#include <algorithm>
#include <utility>

namespace potd::core {
namespace {

/// The run a request begins or ends, once it is about to be recorded.
std::uint32_t run_of(OperationKind kind, const Pot& next) {
    const std::uint32_t number = next.run ? next.run->number : 0;
    // A restart of a pot that runs first stops it.
    return kind == OperationKind::Restart && next.state == PotState::Stopping ? number + 1 : number;
}

/// Nothing was done, and the next try may well succeed.
bool is_for_want_of_means(const Status& status) {
    if (status) return false;
    switch (status.error().kind) {
        case ErrorKind::ResourceExhausted:
        case ErrorKind::Unavailable:
        case ErrorKind::Timeout:
        case ErrorKind::Internal: return true;
        default: return false;
    }
}

Error unknown_operation(std::string_view id) {
    return error(ErrorKind::NotFound, "there is no operation '" + std::string(id) + "'");
}

}  // namespace

OperationService::OperationService(Ports ports) : ports_(std::move(ports)), ids_(ports_.random) {
    ports_.pots.set_watch([this](const PotPtr& before, const PotPtr& next, const Run* done) {
        if (!undecided_.empty()) look_at(before->id, next.get(), done);
    });
}

// Reading

Operation OperationService::seen(const Entry& entry) const {
    Operation operation = entry.operation;
    if (operation.state != OperationState::Running) return operation;
    if (const auto bytes =
            ports_.copied && !operation.progress.current ? ports_.copied(operation) : std::nullopt) {
        operation.progress.current = *bytes;
        operation.progress.unit = "bytes";
    }
    if (!operation.progress.message.empty()) return operation;
    if (const PotPtr pot = operation.pot_id.empty() ? nullptr : ports_.pots.find(operation.pot_id))
        operation.progress.message = stage_text(operation, *pot);
    return operation;
}

std::optional<Operation> OperationService::find(std::string_view id) const {
    const auto found = entries_.find(id);
    return found == entries_.end() ? std::nullopt : std::optional(seen(found->second));
}

bool OperationService::matches(const OperationQuery& query, const Operation& operation) {
    if (query.state && operation.state != *query.state) return false;
    return query.pot.empty() || operation.pot == query.pot || operation.pot_id == query.pot;
}

std::vector<Operation> OperationService::list(const OperationQuery& query) const {
    std::vector<Operation> found;
    const auto take = [&](auto next, auto end) {
        for (; next != end && found.size() < query.limit; ++next) {
            const Operation& operation = next->second.operation;
            if (matches(query, operation) && (!query.sees || query.sees(operation)))
                found.push_back(seen(next->second));
        }
    };
    if (!query.descending)
        take(query.after.empty() ? entries_.begin() : entries_.upper_bound(query.after), entries_.end());
    else
        take(std::make_reverse_iterator(query.after.empty() ? entries_.end()
                                                            : entries_.lower_bound(query.after)),
             entries_.rend());
    return found;
}

OperationService::KeyPlace OperationService::place_of(const Entry& entry) {
    return {entry.operation.asked_by, entry.key.text};
}

Result<std::string> OperationService::used_by(const std::string& asked_by, const IdempotencyKey& key) {
    const auto found = by_key_.find({asked_by, key.text});
    if (found == by_key_.end()) return std::string();
    const Entry& entry = entries_.find(found->second)->second;
    const bool ended = entry.operation.state != OperationState::Running;
    if (ended && is_older(entry.created, ports_.limits.key_age)) return std::string();
    if (entry.key.fingerprint == key.fingerprint) return found->second;
    Error other = error(ErrorKind::InvalidArgument,
                        "Idempotency-Key: '" + key.text + "' was used for another request (operation " +
                            found->second + "), expected a key of its own for each request");
    other.field = "Idempotency-Key";
    return other;
}

void OperationService::answer_of(const std::string& id, History& history, Reply<KeptAnswer> reply) const {
    const auto found = entries_.find(id);
    if (found == entries_.end() || !found->second.answered)
        return reply_later<KeptAnswer>(ports_.executor, std::move(reply), unknown_operation(id));
    if (found->second.answer)
        return reply_later<KeptAnswer>(ports_.executor, std::move(reply), *found->second.answer);
    history.answer(id, std::move(reply));
}

// From acceptance to end

std::string OperationService::begin(Asked asked) {
    Entry entry;
    entry.operation.id = ids_.next(ports_.clock.wall());
    entry.operation.kind = asked.kind;
    entry.operation.pot = std::move(asked.pot);
    entry.operation.base = std::move(asked.base);
    entry.operation.volume = std::move(asked.volume);
    entry.operation.network = std::move(asked.network);
    entry.operation.asked_by = std::move(asked.by);
    entry.operation.created_at = ports_.clock.wall();
    entry.created = ports_.clock.steady();
    entry.key = std::move(asked.key);
    const std::string id = entry.operation.id;
    if (!entry.key.text.empty()) {
        // One that has expired and was not removed yet.
        if (const auto old = by_key_.find(place_of(entry)); old != by_key_.end())
            drop_key(entries_.find(old->second)->second);
        entry.stored = true;
        by_key_[place_of(entry)] = id;
        keyed_.insert(id);
    }
    entries_.emplace(id, std::move(entry));
    return id;
}

void OperationService::set_base(const std::string& id, std::string base) {
    if (const auto found = entries_.find(id); found != entries_.end())
        found->second.operation.base = std::move(base);
}

void OperationService::set_volume(const std::string& id, std::string volume) {
    if (const auto found = entries_.find(id); found != entries_.end())
        found->second.operation.volume = std::move(volume);
}

void OperationService::set_network(const std::string& id, std::string network) {
    if (const auto found = entries_.find(id); found != entries_.end())
        found->second.operation.network = std::move(network);
}

void OperationService::set_progress(const std::string& id, OperationProgress progress) {
    const auto found = entries_.find(id);
    if (found != entries_.end() && found->second.operation.state == OperationState::Running)
        found->second.operation.progress = std::move(progress);
}

Along OperationService::along(const std::string& id) {
    return {[this, id](std::vector<Change>& changes, const Pot* next) { board(id, changes, next); },
            [this, id] {
                if (const auto found = entries_.find(id); found != entries_.end())
                    found->second.operation.begun = false;
            }};
}

void OperationService::board(const std::string& id, std::vector<Change>& changes, const Pot* next) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    Operation& operation = found->second.operation;
    if (next != nullptr) {
        operation.pot = next->spec.name;
        operation.pot_id = next->id.text;
        if (!operation.begun) operation.run = run_of(operation.kind, *next);
    }
    operation.begun = true;
    // Its maker may die in the middle, and who asked is to find out.
    const bool unfinished = next != nullptr && next->unfinished;
    if (unfinished) found->second.stored = true;
    if (!found->second.stored) return;
    Operation row = operation;
    if (next == nullptr || (is_one_step(row.kind) && !unfinished)) {
        row.state = OperationState::Done;
        row.ended_at = ports_.clock.wall();
    }
    changes.emplace_back(PutOperation{std::move(row), found->second.key, std::nullopt});
}

Along OperationService::along_failing(const std::string& id, const Error& why) {
    return {[this, id, why](std::vector<Change>& changes, const Pot* /*next*/) {
                const auto found = entries_.find(id);
                if (found == entries_.end() || !found->second.stored) return;
                Operation row = found->second.operation;
                row.state =
                    why.kind == ErrorKind::Cancelled ? OperationState::Cancelled : OperationState::Failed;
                row.error = why;
                row.ended_at = ports_.clock.wall();
                changes.emplace_back(PutOperation{std::move(row), found->second.key, std::nullopt});
            },
            [] {}};
}

void OperationService::record(const std::string& id, Durability durability,
                              std::optional<KeptAnswer> promised, Reply<void> reply) {
    const auto found = entries_.find(id);
    if (found == entries_.end())
        return reply_later<void>(ports_.executor, std::move(reply), unknown_operation(id));
    Entry& entry = found->second;
    entry.stored = true;
    const bool first = is_recorded_first(entry.operation.kind) && !entry.operation.begun;
    if (first) entry.operation.begun = true;
    if (entry.key.text.empty()) promised.reset();
    if (promised) {
        entry.answer = promised;
        entry.answered = true;
    }
    const bool intent = durability == Durability::Intent;
    auto recorded = [this, id, reply, intent, first](const Result<std::vector<Event>>& result) {
        saved(id, result);
        if (const auto failed = entries_.find(id); !result && first && failed != entries_.end())
            failed->second.operation.begun = false;
        if (!intent) reply(result ? Status() : Status(result.error()));
    };
    Journal::Durable durable;
    if (intent) durable = [reply = std::move(reply)](const Status& status) { reply(status); };
    ports_.journal.commit({PutOperation{entry.operation, entry.key, std::move(promised)}}, durability,
                          std::move(recorded), std::move(durable));
}

void OperationService::end(const std::string& id, const Status& status, std::optional<KeptAnswer> answer) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.operation.state != OperationState::Running) return;
    Entry& entry = found->second;
    const bool traceless = !status && !entry.operation.begun;
    if (traceless && is_for_want_of_means(status)) drop_key(entry);
    if (!entry.answered && answer && !entry.key.text.empty()) {
        entry.answer = std::move(answer);
        entry.answered = true;
    }
    finish(entry, status);
    tell(entry);
    if (traceless && entry.key.text.empty() && !entry.stored) {
        forget(id);
        return;
    }
    store_end(entry);
}

void OperationService::finish(Entry& entry, const Status& status) {
    Operation& operation = entry.operation;
    operation.ended_at = ports_.clock.wall();
    entry.ended = ports_.clock.steady();
    operation.progress = {};
    operation.cancellable = false;
    entry.cancel = nullptr;
    operation.state = OperationState::Done;
    if (!status) {
        const bool cancelled = status.error().kind == ErrorKind::Cancelled;
        operation.state = cancelled ? OperationState::Cancelled : OperationState::Failed;
        operation.error = status.error();
    }
    if (entry.key.text.empty()) plain_.insert(operation.id);
    if (on_end_) on_end_(operation);
}

/// Nobody waits for it.
void OperationService::store_end(Entry& entry) {
    const std::string id = entry.operation.id;
    std::vector<Change> changes;
    if (entry.stored) changes.emplace_back(PutOperation{entry.operation, entry.key, entry.answer});
    trim(changes);
    if (changes.empty()) return;
    ports_.journal.commit(
        std::move(changes), Durability::Observation,
        [this, id](const Result<std::vector<Event>>& result) {
            saved(id, result);
            if (!result) {
                ports_.complain("operation " + id + ": its end is not recorded: " + result.error().message);
            }
        },
        {});
}

/// What is in the store need not be in memory.
void OperationService::saved(const std::string& id, const Result<std::vector<Event>>& result) {
    const auto found = entries_.find(id);
    if (result && found != entries_.end()) found->second.answer.reset();
}

void OperationService::forget(const std::string& id) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    drop_key(found->second);
    plain_.erase(id);
    entries_.erase(found);
}

// Waiting for the end

OperationService::WaitId OperationService::wait(const std::string& id, Reply<Operation> reply) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.operation.state != OperationState::Running) {
        Result<Operation> now = unknown_operation(id);
        if (found != entries_.end()) now = found->second.operation;
        reply_later<Operation>(ports_.executor, std::move(reply), std::move(now));
        return 0;
    }
    const WaitId number = next_wait_++;
    found->second.waits.push_back(number);
    waiters_[number] = {id, std::move(reply)};
    return number;
}

void OperationService::cancel_wait(WaitId id) {
    const auto waiter = waiters_.extract(id);
    if (waiter.empty()) return;
    const auto found = entries_.find(waiter.mapped().operation);
    if (found != entries_.end()) std::erase(found->second.waits, id);
}

void OperationService::tell(Entry& entry) {
    for (const WaitId id : std::exchange(entry.waits, {})) {
        if (auto waiter = waiters_.extract(id))
            reply_later<Operation>(ports_.executor, std::move(waiter.mapped().reply), entry.operation);
    }
}

}  // namespace potd::core
