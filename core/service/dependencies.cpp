#include "core/service/dependencies.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace potd::core {
namespace {

constexpr int most_tries = 2;

Error failed(std::string_view name, const std::string& why) {
    Error problem = error(ErrorKind::Conflict, "depends on " + std::string(name) + ", which " + why);
    problem.field = "depends_on";
    return problem;
}

/// A machine that is short of something is that for whoever depends on the pot, too.
Error did_not_come_up(std::string_view name, const std::optional<Error>& cause) {
    Error problem = failed(name, "did not come up" + (cause ? ": " + cause->message : ""));
    if (cause && cause->kind == ErrorKind::ResourceExhausted) problem.kind = cause->kind;
    return problem;
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

Dependencies::Dependencies(Supervisor& supervisor, Executor& executor, Find find, Pots pots)
    : supervisor_(supervisor), executor_(executor), find_(std::move(find)), pots_(std::move(pots)) {
    supervisor_.set_await_pots([this](const RunKey& key) { await(key); });
}

// What may be in the graph

std::vector<std::string> Dependencies::needs_of(std::string_view name) const {
    std::vector<std::string> needs;
    if (const PotPtr pot = find_(name)) needs = pot->spec.depends_on;
    for (const auto& [id, held] : held_) {
        if (held.name == name) needs.insert(needs.end(), held.on.begin(), held.on.end());
    }
    return needs;
}

Dependencies::Hold Dependencies::hold(const PotSpec& spec) {
    held_[next_hold_] = {spec.name, spec.depends_on, false};
    return next_hold_++;
}

Dependencies::Hold Dependencies::hold_leaving(const std::string& name) {
    held_[next_hold_] = {name, {}, true};
    return next_hold_++;
}

void Dependencies::let_go(Hold hold) {
    held_.erase(hold);
}

bool Dependencies::is_leaving(std::string_view name) const {
    return std::any_of(held_.begin(), held_.end(),
                       [&](const auto& item) { return item.second.leaving && item.second.name == name; });
}

bool Dependencies::is_about_to_need(std::string_view name, std::string_view needed) const {
    return std::any_of(held_.begin(), held_.end(), [&](const auto& item) {
        return item.second.name == name && contains(item.second.on, needed);
    });
}

std::string Dependencies::dependent(std::string_view name) const {
    if (const auto found = dependents(name, false); !found.empty()) return found.front()->spec.name;
    for (const auto& [id, held] : held_) {
        if (contains(held.on, name)) return held.name;
    }
    return {};
}

std::string Dependencies::path_to(std::string_view from, std::string_view target) const {
    // Depth first over names; the graph has no cycle but the one looked for.
    std::set<std::string, std::less<>> seen;
    const std::function<std::string(std::string_view)> search = [&](std::string_view name) -> std::string {
        if (name == target) return std::string(name);
        if (!seen.emplace(name).second) return {};
        for (const std::string& next : needs_of(name)) {
            if (const std::string rest = search(next); !rest.empty())
                return std::string(name) + " -> " + rest;
        }
        return {};
    };
    return search(from);
}

Status Dependencies::check(const PotSpec& spec, const PotSpec* present) const {
    std::set<std::string_view> named;
    for (std::size_t i = 0; i < spec.depends_on.size(); ++i) {
        const std::string& name = spec.depends_on[i];
        const std::string field = "depends_on[" + std::to_string(i) + "]";
        if (name == spec.name) return invalid_field(field, name, "another pot than itself");
        if (!named.insert(name).second) return invalid_field(field, name, "each pot once");
        const PotPtr pot = find_(name);
        const bool there = pot && pot->spec.name == name && !is_leaving(name);
        if (!there && !(present != nullptr && contains(present->depends_on, name)))
            return invalid_field(field, name, "the name of a pot that exists");
        if (const std::string path = path_to(name, spec.name); !path.empty()) {
            return invalid_field(field, name, "no cycle, this is one: " + spec.name + " -> " + path);
        }
    }
    return {};
}

std::vector<PotPtr> Dependencies::dependents(std::string_view name, bool live) const {
    std::vector<PotPtr> found;
    for (PotPtr& pot : pots_()) {
        if (!contains(pot->spec.depends_on, name) && !is_about_to_need(pot->spec.name, name)) continue;
        if (live && !is_live(pot->state) && pot->state != PotState::Backoff) continue;
        found.push_back(std::move(pot));
    }
    return found;
}

std::vector<PotPtr> Dependencies::live_above(std::string_view name) const {
    std::vector<PotPtr> found;
    std::set<std::string> seen;
    std::vector<std::string> next{std::string(name)};
    while (!next.empty()) {
        const std::string below = std::move(next.back());
        next.pop_back();
        for (PotPtr& pot : dependents(below, true)) {
            if (!seen.insert(pot->spec.name).second) continue;
            next.push_back(pot->spec.name);
            found.push_back(std::move(pot));
        }
    }
    return found;
}

// Waiting for what must be up

void Dependencies::hold_back(const std::string& name) {
    held_back_.insert(name);
    // What was up a moment ago is about not to be.
    for (auto& [id, waiting] : waiting_) {
        if (const auto need = waiting.on.find(name); need != waiting.on.end()) need->second.met = false;
    }
}

void Dependencies::release(const std::string& name) {
    if (const auto found = held_back_.find(name); found != held_back_.end()) held_back_.erase(found);
    on_change();
}

bool Dependencies::is_hopeless(const std::string& name) const {
    std::set<std::string> seen;
    std::vector<std::string> next{name};
    while (!next.empty()) {
        const std::string one = std::move(next.back());
        next.pop_back();
        if (!seen.insert(one).second) continue;
        const PotPtr pot = find_(one);
        if (!pot) return true;
        // Who is up needs nobody any more.
        const bool up = pot->state == PotState::Running || pot->state == PotState::Paused;
        if (!up) next.insert(next.end(), pot->spec.depends_on.begin(), pot->spec.depends_on.end());
    }
    return false;
}

void Dependencies::await(const RunKey& key) {
    const PotPtr pot = supervisor_.find(key.pot);
    if (!pot || !pot->run || pot->run->number != key.run) return;
    Waiting waiting{key.run, {}};
    for (const std::string& name : pot->spec.depends_on) waiting.on[name] = Need{};
    waiting_[key.pot] = std::move(waiting);
    look_again(key.pot);
}

void Dependencies::on_change() {
    if (waiting_.empty() || std::exchange(look_posted_, true)) return;
    executor_.post([this] {
        look_posted_ = false;
        std::vector<PotId> ids;
        for (const auto& [id, waiting] : waiting_) ids.push_back(id);
        for (const PotId& id : ids) look_again(id);
    });
}

void Dependencies::look_again(const PotId& id) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return;
    const std::uint32_t run = found->second.run;
    const PotPtr pot = supervisor_.find(id);
    if (!pot || !pot->run || pot->run->number != run || pot->run->end) {
        waiting_.erase(found);  // stopped or destroyed meanwhile
        return;
    }
    bool met = true;
    for (auto& [name, need] : found->second.on) {
        if (const Status possible = look_at(id, run, name, need); !possible) {
            settle(id, run, possible.error(), is_hopeless(name));
            return;
        }
        met = met && need.met;
    }
    if (met) settle(id, run, {});
}

Status Dependencies::look_at(const PotId& id, std::uint32_t run, const std::string& name, Need& need) {
    if (need.met || need.asking) return {};
    const PotPtr pot = find_(name);
    if (!pot) return failed(name, "does not exist");
    if (held_back_.contains(name)) return {};
    switch (pot->state) {
        case PotState::Running:
        case PotState::Paused:
            if (pot->health == Health::Unhealthy) return failed(name, "is unhealthy");
            need.met = pot->run->stage == RunStage::Up && pot->health != Health::Starting;
            break;
        case PotState::Created:
        case PotState::Stopped:
        case PotState::Failed:
        case PotState::Backoff:
            if (need.tries == most_tries) return did_not_come_up(name, need.problem);
            ++need.tries;
            need.asking = true;
            ask_start(id, run, pot);
            break;
        case PotState::Destroying: return failed(name, "is being destroyed");
        case PotState::Starting:
        case PotState::Stopping: break;
    }
    return {};
}

void Dependencies::ask_start(const PotId& id, std::uint32_t run, const PotPtr& pot) {
    supervisor_.request(
        pot->id,
        [](RequestId request) {
            return StartAsked{request, StartCause::Dependency};
        },
        [this, id, run, name = pot->spec.name](const Result<PotPtr>& result) {
            answered(id, run, name, result);
        });
}

void Dependencies::answered(const PotId& id, std::uint32_t run, const std::string& name,
                            const Result<PotPtr>& result) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end() || found->second.run != run) return;
    Need& need = found->second.on[name];
    need.asking = false;
    // It was up, even if it has ended since; with a check it must also be found healthy.
    const PotPtr pot = find_(name);
    need.met = result.ok() && pot && pot->health == Health::None && !held_back_.contains(name);
    if (!result) {
        need.problem = result.error();
        // A conflict means that somebody else starts or stops it just now: that may yet end well.
        if (result.error().kind != ErrorKind::Conflict) need.tries = most_tries;
    }
    look_again(id);
}

void Dependencies::settle(const PotId& id, std::uint32_t run, std::optional<Error> problem, bool hopeless) {
    waiting_.erase(id);
    supervisor_.observe(id, DependenciesSettled{run, std::move(problem), hopeless});
}

}  // namespace potd::core
