#include "tests/fakes/memory_journal.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace potd::fakes {
namespace {

bool matches(const core::EventQuery& query, const core::Event& event) {
    if (event.number <= query.since) return false;
    if (!query.pot.empty() && event.pot != query.pot && event.pot_id != query.pot) return false;
    if (query.type.empty() || event.type == query.type) return true;
    return query.type.ends_with('.') && event.type.starts_with(query.type);
}

bool matches(const core::RunQuery& query, const core::RunKey& key) {
    if (key.pot != query.pot) return false;
    if (query.after == 0) return true;
    return query.descending ? key.run < query.after : key.run > query.after;
}

bool matches(const core::AuditQuery& query, const core::AuditRecord& record) {
    const core::AuditEntry& entry = record.entry;
    const bool passed =
        query.descending ? query.after == 0 || entry.number < query.after : entry.number > query.after;
    const bool in_time =
        (!query.since || entry.time >= *query.since) && (!query.until || entry.time < *query.until);
    const bool on_pot = query.pot.empty() || entry.pot == query.pot || entry.pot_id == query.pot ||
                        record.end.created == "/v1/pots/" + query.pot;
    return passed && in_time && on_pot && (query.actor.empty() || entry.actor == query.actor) &&
           (!query.outcome || record.end.outcome == *query.outcome);
}

}  // namespace

MemoryJournal::MemoryJournal(core::Executor& loop, MemoryStore initial)
    : loop_(loop), recorded_(initial), durable_(std::move(initial)) {}

void MemoryJournal::commit(std::vector<core::Change> changes, core::Durability durability, Recorded recorded,
                           Durable durable) {
    ++commits_;
    loop_.post([this, changes = std::move(changes), durability, recorded = std::move(recorded),
                durable = std::move(durable)]() mutable {
        record(std::move(changes), durability, recorded, std::move(durable));
    });
}

void MemoryJournal::record(std::vector<core::Change> changes, core::Durability durability,
                           const Recorded& recorded, Durable durable) {
    const bool intent = durability == core::Durability::Intent;
    core::Result<std::vector<core::Event>> result = std::vector<core::Event>{};
    if (failures_left_ > 0) {
        --failures_left_;
        result = *failure_;
    } else {
        result = recorded_.apply(std::move(changes));
    }
    const core::Status status = result ? core::Status{} : core::Status{result.error()};
    if (recorded) recorded(std::move(result));
    if (!intent) return;
    if (!status) {
        if (durable) loop_.post([durable = std::move(durable), status] { durable(status); });
        return;
    }
    waiting_.push_back(std::move(durable));
    if (!held_) loop_.post([this] { reach_disk(); });
}

void MemoryJournal::reach_disk() {
    if (held_ || waiting_.empty()) return;
    core::Status status;
    if (sync_failure_)
        status = *std::exchange(sync_failure_, std::nullopt);
    else
        durable_ = recorded_;
    const auto batch = std::exchange(waiting_, {});
    for (const Durable& durable : batch) {
        if (durable) durable(status);
    }
}

void MemoryJournal::fail_next(core::Error error, std::size_t count) {
    failure_ = std::move(error);
    failures_left_ = count;
}

void MemoryJournal::release_durable() {
    held_ = false;
    loop_.post([this] { reach_disk(); });
}

void MemoryHistory::runs(const core::RunQuery& query, core::Reply<std::vector<core::Run>> reply) {
    std::vector<core::Run> found;
    for (const auto& [key, run] : journal_.recorded().runs) {
        if (matches(query, key)) found.push_back(run);
    }
    if (query.descending) std::reverse(found.begin(), found.end());
    if (found.size() > query.limit) found.resize(query.limit);
    loop_.post([found = std::move(found), reply = std::move(reply)] { reply(found); });
}

void MemoryHistory::run(const core::RunKey& key, core::Reply<core::Run> reply) {
    const auto& runs = journal_.recorded().runs;
    const auto found = runs.find(key);
    core::Result<core::Run> answer =
        core::error(core::ErrorKind::NotFound, "pot " + key.pot.text + ": no run " + std::to_string(key.run));
    if (found != runs.end()) answer = found->second;
    loop_.post([answer = std::move(answer), reply = std::move(reply)] { reply(answer); });
}

void MemoryHistory::prunable(const core::PrunableQuery& query,
                             core::Reply<std::vector<core::PrunableRuns>> reply) {
    std::map<core::PotId, std::uint32_t> newest;
    const auto& runs = journal_.recorded().runs;
    for (const auto& [key, run] : runs) newest[key.pot] = key.run;
    std::vector<core::PrunableRuns> found;
    for (const auto& [key, run] : runs) {
        const bool over = run.end && run.end->ended_at <= query.ended_before;
        if (!over || key.run + std::max(query.keep, 1U) > newest[key.pot]) continue;
        if (found.empty() || found.back().pot != key.pot) found.push_back({key.pot, key.run, 0, 0, 0});
        found.back().last = key.run;
        ++found.back().count;
        for (const core::HookRecord& hook : run.hooks) {
            if (hook.end) found.back().bytes += static_cast<std::int64_t>(hook.end->output.size());
        }
    }
    loop_.post([found = std::move(found), reply = std::move(reply)] { reply(found); });
}

void MemoryHistory::events(const core::EventQuery& query, core::Reply<core::EventPage> reply) {
    core::EventPage found;
    const std::vector<core::Event>& stored = journal_.recorded().events;
    if (!stored.empty()) found.bounds = {stored.front().number, stored.back().number};
    for (const core::Event& event : stored) {
        if (found.events.size() == query.limit) break;
        if (matches(query, event)) found.events.push_back(event);
    }
    loop_.post([found = std::move(found), reply = std::move(reply)] { reply(found); });
}

void MemoryHistory::answer(const std::string& operation, core::Reply<core::KeptAnswer> reply) {
    const auto& answers = journal_.recorded().answers;
    const auto found = answers.find(operation);
    core::Result<core::KeptAnswer> result =
        core::error(core::ErrorKind::NotFound, "operation " + operation + ": no answer is stored");
    if (found != answers.end()) result = found->second;
    loop_.post([result = std::move(result), reply = std::move(reply)] { reply(result); });
}

void MemoryHistory::audit(const core::AuditQuery& query, core::Reply<std::vector<core::AuditRecord>> reply) {
    std::vector<core::AuditRecord> found;
    for (const auto& [number, record] : journal_.recorded().audit) {
        if (matches(query, record)) found.push_back(record);
    }
    if (query.descending) std::reverse(found.begin(), found.end());
    if (found.size() > query.limit) found.resize(query.limit);
    loop_.post([found = std::move(found), reply = std::move(reply)] { reply(found); });
}

}  // namespace potd::fakes
