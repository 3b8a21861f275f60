#include "tests/sim/clients.hpp"

#include <memory>
#include <set>
#include <utility>

namespace potd::sim {

using core::milliseconds;
using core::PotPtr;
using core::PotService;
using core::Result;
using core::Status;

namespace {

/// Those that are up under others that are, if there are any: a restart of them is not a restart of one.
void prefer_needed(std::vector<PotPtr>& pots) {
    std::set<std::string> needed;
    for (const PotPtr& pot : pots) {
        if (pot->state == core::PotState::Running)
            needed.insert(pot->spec.depends_on.begin(), pot->spec.depends_on.end());
    }
    std::vector<PotPtr> found;
    for (const PotPtr& pot : pots) {
        if (pot->state == core::PotState::Running && needed.contains(pot->spec.name)) found.push_back(pot);
    }
    if (!found.empty()) pots = std::move(found);
}

/// Mostly a pot that exists, or for a create one that does not.
std::string target(const PotService& pots, const Choice& choice) {
    std::string name = name_of(choice.a);
    if (choice.a / 4 % 8 == 0) return name;
    if (choice.act == Act::Create) {
        for (std::uint32_t n = 0; n < 4 && pots.find(name); ++n) name = name_of(choice.a + n);
        return name;
    }
    std::vector<PotPtr> all = pots.list("", 100);
    if (choice.act == Act::Restart && choice.b % 4 != 0) prefer_needed(all);
    return all.empty() ? name : all[choice.a / 32 % all.size()]->spec.name;
}

}  // namespace

void Clients::ask(PotService& pots, const Choice& choice) {
    const std::string name = target(pots, choice);
    const std::uint32_t b = choice.b;
    const auto keep = [this](const PotPtr& pot) { check_stored(pot); };
    switch (choice.act) {
        case Act::Create: create(pots, make_spec(name, b)); break;
        case Act::Start:
            pots.start(name, reply_to("start " + name, [this](const PotPtr& pot) { check_started(pot); }));
            break;
        case Act::Stop: stop(pots, name, b); break;
        case Act::Restart: restart(pots, name, b); break;
        case Act::Kill:
            pots.kill(name, b % 2 == 0 ? 9 : 10,
                      b % 3 == 0 ? core::SignalTarget::All : core::SignalTarget::Main,
                      reply_to("kill " + name, {}));
            break;
        case Act::Pause: pots.pause(name, reply_to("pause " + name, keep)); break;
        case Act::Resume: pots.resume(name, reply_to("resume " + name, keep)); break;
        case Act::Destroy: destroy(pots, name, b % 2 == 0); break;
        case Act::Rename: rename(pots, name, b); break;
        case Act::Change: change(pots, name, b); break;
        case Act::Wait: wait(pots, name); break;
        case Act::CancelWait: cancel_wait(pots, choice.a); break;
        case Act::Attach: attach(pots, name, b); break;
        default: break;
    }
}

/// As PressureWatch does it, without its reasons.
void Clients::press(PotService& pots, core::Supervisor& supervisor, const Choice& choice) {
    const PotPtr pot = pots.find(target(pots, choice));
    if (!pot || !pot->run || pot->run->end) return;
    if (choice.b % 3 == 0)
        pots.freeze_for("short", pot->spec.name, reply_to("freeze " + pot->spec.name, {}));
    else
        supervisor.observe(pot->id, core::GaveWay{pot->run->number, "short", choice.b % 3 == 1});
}

// Answers

std::size_t Clients::open(std::string what) {
    tickets_.push_back({std::move(what), 0, false});
    return tickets_.size() - 1;
}

void Clients::answered(std::size_t ticket, const Status& status) {
    Ticket& one = tickets_[ticket];
    judge_.note([&] { return "    answer: " + one.what + (status ? " ok" : ": " + status.error().message); });
    ++one.answers;
    one.succeeded = status.ok();
    judge_.expect(one.answers == 1, "I7", [&] { return one.what + " is answered twice"; });
}

core::Reply<PotPtr> Clients::reply_to(std::string what, std::function<void(const PotPtr&)> check) {
    const std::size_t ticket = open(std::move(what));
    return [this, ticket, check = std::move(check)](const Result<PotPtr>& result) {
        answered(ticket, result ? Status() : Status(result.error()));
        if (result && check) check(*result);
    };
}

core::Reply<void> Clients::void_reply_to(std::string what, std::function<void()> check) {
    const std::size_t ticket = open(std::move(what));
    return [this, ticket, check = std::move(check)](const Status& status) {
        answered(ticket, status);
        if (status && check) check();
    };
}

void Clients::kill() {
    tickets_.clear();
    waits_.clear();
    rules_.kill();
}

// What an answer promises (I5)

void Clients::check_stored(const PotPtr& pot) {
    const core::Pot* const row = store_.durable_pot(pot->id);
    // A later request may have removed it meanwhile.
    if (store_.pot(pot->id) == nullptr) return;
    judge_.expect(row != nullptr && row->version >= pot->version, "I5",
                  [&] { return "what was told of " + pot->spec.name + " is not on disk"; });
}

void Clients::check_started(const PotPtr& pot) {
    if (store_.pot(pot->id) == nullptr) return;
    judge_.expect(store_.durable_run({pot->id, pot->run->number}), "I5",
                  [&] { return "the start of " + pot->spec.name + " is not on disk"; });
}

/// Unless it was started again since.
void Clients::check_stopped(const PotPtr& pot, std::uint32_t last_run) {
    if (!pot) return;  // removed on exit
    judge_.expect(pot->run ? pot->run->end.has_value() || pot->run->number > last_run : true, "I7",
                  [&] { return pot->spec.name + " is said to be stopped but is not"; });
    const core::Pot* const row = store_.durable_pot(pot->id);
    const core::Run* const run = store_.last_run(pot->id);
    if (row == nullptr || run == nullptr || run->number > last_run) return;
    judge_.expect(row->desired == core::Desired::Stopped, "I5",
                  [&] { return "the stop of " + pot->spec.name + " is not on disk"; });
}

// Requests

void Clients::create(PotService& pots, core::PotSpec spec) {
    const std::string what = "create " + spec.name;
    pots.create(std::move(spec), reply_to(what, [this](const PotPtr& pot) {
                    judge_.expect(pot != nullptr, "I7", [] { return "a created pot that is not there"; });
                    // What is told may be newer than what is promised: that it exists.
                    const bool kept = !pot || store_.pot(pot->id) == nullptr || store_.durable_pot(pot->id);
                    judge_.expect(kept, "I5",
                                  [&] { return "the new " + pot->spec.name + " is not on disk"; });
                }));
}

void Clients::destroy(PotService& pots, const std::string& name, bool force) {
    const PotPtr pot = pots.find(name);
    const core::PotId id = pot ? pot->id : core::PotId{};
    pots.destroy(name, force, void_reply_to("destroy " + name + (force ? " by force" : ""), [this, id] {
                     const core::Pot* const row = store_.durable_pot(id);
                     const bool going = row == nullptr || row->state == core::PotState::Destroying;
                     judge_.expect(going, "I5", [&] { return "the end of " + id.text + " is not on disk"; });
                 }));
}

void Clients::stop(PotService& pots, const std::string& name, std::uint32_t b) {
    core::StopRequest request;
    if (b % 4 != 0) request.timeout = milliseconds{b % 3 * 150};
    const PotPtr pot = pots.find(name);
    const std::uint32_t last_run = pot && pot->run ? pot->run->number : 0;
    const std::uint64_t tick = rules_.stop_begins();
    auto inner = reply_to("stop " + name,
                          [this, last_run](const PotPtr& stopped) { check_stopped(stopped, last_run); });
    pots.stop(name, request, [this, tick, inner = std::move(inner)](Result<PotPtr> result) {
        rules_.stop_ends(tick);
        inner(std::move(result));
    });
}

void Clients::restart(PotService& pots, const std::string& name, std::uint32_t b) {
    core::StopRequest request{milliseconds{b % 3 * 100}, {}};
    if (b % 5 == 0) request.signal = 15;
    const std::uint64_t tick = rules_.stop_begins();
    auto inner = reply_to("restart " + name, {});
    pots.restart(name, request, [this, tick, inner = std::move(inner)](Result<PotPtr> result) {
        rules_.stop_ends(tick);
        inner(std::move(result));
    });
}

void Clients::rename(PotService& pots, const std::string& name, std::uint32_t b) {
    const std::string other = name_of(b);
    pots.rename(name, other, reply_to("rename " + name + " to " + other, [this](const PotPtr& pot) {
                    check_stored(pot);
                }));
}

void Clients::change(PotService& pots, const std::string& name, std::uint32_t b) {
    const core::PotSpec like = make_spec(name, b);
    core::PotPatch patch;
    patch.apply = [&](core::PotSpec& spec) {
        if (b % 4 != 0) spec.depends_on = like.depends_on;
        if (b % 4 == 0) spec.hooks = like.hooks;
        if (b % 8 == 1 && !spec.remove_on_exit) spec.restart = like.restart;
        if (b % 8 == 2) spec.snapshots = like.snapshots;
        return Status();
    };
    pots.change(name, patch, reply_to("change " + name, [this](const PotPtr& pot) { check_stored(pot); }));
}

void Clients::wait(PotService& pots, const std::string& name) {
    const PotPtr pot = pots.find(name);
    if (!pot) return;
    const std::size_t which = waits_.size();
    waits_.push_back({0, pot->id, 0, false});
    waits_[which].id = pots.wait(name, [this, which](const Result<core::Run>& run) {
        Wait& one = waits_[which];
        ++one.answers;
        judge_.expect(one.answers == 1, "I7", [] { return "a wait is answered twice"; });
        judge_.expect(!run || run->end, "I7", [] { return "a wait ends with a run that has not"; });
    });
}

void Clients::cancel_wait(PotService& pots, std::uint32_t a) {
    if (waits_.empty()) return;
    Wait& one = waits_[a % waits_.size()];
    pots.cancel_wait(one.id);
    one.cancelled = true;
}

void Clients::attach(PotService& pots, const std::string& name, std::uint32_t b) {
    const auto id = pots.attach(name, {}, [](const auto&) {});
    if (b % 2 == 0) pots.cancel_attach(id);
}

void Clients::check_at_rest(const PotService& pots) {
    for (const Ticket& one : tickets_)
        judge_.expect(one.answers == 1, "I7", [&] { return one.what + " has no answer"; });
    for (const Wait& one : waits_) {
        if (one.cancelled || one.answers == 1) continue;
        const PotPtr pot = pots.find(one.pot.text);
        judge_.expect(pot && !(pot->run && pot->run->end), "I7",
                      [&] { return "a wait for the end of " + one.pot.text + " has no answer"; });
    }
}

}  // namespace potd::sim
