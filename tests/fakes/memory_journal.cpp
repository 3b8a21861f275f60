#include "tests/fakes/memory_journal.hpp"

#include <algorithm>
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
    durable_ = recorded_;
    const auto batch = std::exchange(waiting_, {});
    for (const Durable& durable : batch) {
        if (durable) durable({});
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
    if (query.descending) std::ranges::reverse(found);
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

void MemoryHistory::events(const core::EventQuery& query, core::Reply<std::vector<core::Event>> reply) {
    std::vector<core::Event> found;
    for (const core::Event& event : journal_.recorded().events) {
        if (found.size() == query.limit) break;
        if (matches(query, event)) found.push_back(event);
    }
    loop_.post([found = std::move(found), reply = std::move(reply)] { reply(found); });
}

}  // namespace potd::fakes
