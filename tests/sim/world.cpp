#include "tests/sim/world.hpp"

#include "tests/sim/known_names.hpp"

#include <algorithm>
#include <utility>

namespace potd::sim {

using core::Pot;
using core::PotPtr;
using core::PotState;
using core::Status;

/// What lives in potd's memory, and dies with it.
struct World::Potd {
    explicit Potd(World& world);

    core::EventFeed feed;
    core::BaseService bases;
    core::VolumeService volumes;
    core::BridgeService bridges;
    core::Supervisor supervisor;
    core::PotService pots;
    core::SnapshotService snapshots;
    core::VolumeSnapshots volume_snapshots;
    core::SnapshotScheduler schedule;
    core::BootStarter starter;
    core::OperationService operations;

    KeyedClients::Door door() { return {operations, pots}; }
};

namespace {

/// Short, so that some go amid a history.
constexpr core::milliseconds unstarted_age{500};

/// One that waits for its next try needs no push.
bool is_for_boot(const Pot& pot) {
    const bool wanted = pot.spec.boot.start || pot.spec.restart.policy == core::RestartPolicy::Always;
    return wanted && pot.state != PotState::Backoff;
}

}  // namespace

World::Potd::Potd(World& world)
    : bases(world.store_, world.base_store_, world.clock_, world.loop_, feed),
      volumes({world.store_, world.volume_store_, world.clock_, world.loop_, feed, world.datasets_}),
      bridges({world.store_, world.networks_, world.clock_, world.loop_, feed,
               core::BridgePools{public_network(), public_network().prefix, {}},
               core::PortRange{first_port, first_port + 15}, false}),
      supervisor(core::Supervisor::Ports{
                     world.store_, world.machine_, world.hooks_, world.machine_, world.clock_, world.timers_,
                     world.loop_, world.boot_id_, [&world] { return world.random_ *= 2654435761U; },
                     [this, &world](const Pot& pot) -> core::Result<core::RootFs> {
                         const core::Result<core::Base> base = bases.ground_of(pot);
                         if (!base) return base.error();
                         return world.machine_.root(pot.id, *base);
                     },
                     [this](const core::PotSpec& spec) { return volumes.resolved(spec); },
                     [&world](const std::string& text) { world.judge_.tell("    log: " + text); },
                     [this](const core::RunKey& key, const Pot& pot) { return bridges.connect(key, pot); },
                     [this](const core::RunKey& key) { return bridges.disconnect(key); }},
                 feed),
      pots(core::PotService::Ports{world.store_, world.machine_, world.live_mounts_, world.limiter_,
                                   world.machine_, world.prober_, world.hooks_, world.machine_, world.clock_,
                                   world.timers_, world.loop_,
                                   [&world] {
                                       const std::string digits = std::to_string(++world.ids_);
                                       return core::PotId{std::string(12 - digits.size(), '0') + digits};
                                   },
                                   world.boot_id_, core::SpecBounds{4, 0}, core::IdRanges{}, unstarted_age},
           supervisor, bases, volumes, bridges, feed),
      snapshots({world.store_, world.machine_, world.clock_, world.loop_, supervisor, pots, feed}),
      volume_snapshots({world.store_, world.volume_store_, world.clock_, world.loop_, supervisor, volumes,
                        feed, [this](std::string_view pot) { return pots.find(pot); }}),
      schedule({world.store_, world.machine_, world.clock_, world.timers_, feed, pots, snapshots, volumes,
                volume_snapshots,
                [&world](const std::string& text) { world.judge_.tell("    log: " + text); }}),
      starter(core::BootStarter::Ports{
          world.store_, supervisor, world.clock_, world.timers_, [this] { return pots.list("", 100); },
          [&world](const std::string& text) { world.judge_.tell("    log: " + text); }, world.boot_id_, 2}),
      operations(core::OperationService::Ports{
          world.store_, world.clock_, world.loop_, pots, bases, [&world] { return ++world.operation_ids_; },
          [&world](const std::string& text) { world.judge_.tell("    log: " + text); }}) {}

World::World(Judge& judge)
    : judge_(judge),
      rules_(
          store_, judge,
          [this](const core::RunKey& key, std::uint32_t index) { return hooks_.poststop_ended(key, index); }),
      clients_(store_, rules_, judge) {
    store_.set_on_write([this](const Before& before) { rules_.check(before); });
    boot();
    settle();
    core::BaseRequest request;
    request.name = "host";
    potd_->bases.install(request, {}, [](const auto&) {});
    settle();
}

World::~World() = default;

// potd's own life

void World::boot() {
    serving_ = false;
    potd_ = std::make_unique<Potd>(*this);
    store_.shut_down();  // what potd starts from is durable
    core::StoredState stored = store_.load();
    potd_->feed.set_last(stored.last_event);
    potd_->feed.set_epochs(store_.open_events(boot_id_));
    if (judge_.heard()) {
        potd_->feed.subscribe([this](const core::Event& event) {
            judge_.tell("    event " + std::to_string(event.number) + " " + event.type + " " + event.pot);
        });
    }
    follower_.connect(potd_->feed);
    Status swept = potd_->bases.recover(std::move(stored.bases));
    if (swept) swept = potd_->volumes.recover(std::move(stored.volumes), stored.volume_snapshots);
    if (swept) swept = hooks_.sweep();
    judge_.expect(swept.ok(), "I4", [] { return "the sweep at start-up"; });
    potd_->bridges.recover(stored.bridges);
    potd_->operations.recover(std::move(stored.operations));
    potd_->snapshots.recover(stored.snapshots, stored.snapshot_numbers);
    potd_->volume_snapshots.recover(stored.volume_snapshots, stored.volume_snapshot_numbers);
    potd_->pots.recover(stored.pots, [this, seen = stored.boot_id](const Status&) {
        potd_->operations.settle();
        recovered();
        if (seen != boot_id_) note_boot();
        potd_->starter.begin(seen);
        potd_->schedule.begin();
    });
}

/// What is on the machine now must be somebody's.
void World::recovered() {
    judge_.tell("    recovered");
    judge_.expect(!serving_, "I7", [] { return "recovery ends twice"; });
    serving_ = true;
    for (const SimHooks::Alive& hook : hooks_.alive()) {
        const PotPtr pot = potd_->pots.find(hook.key.pot.text);
        judge_.expect(pot && pot->run && pot->run->number == hook.key.run, "I4",
                      [&] { return "a hook of " + core::kernel_name(hook.key) + " that nobody owns"; });
    }
}

void World::listen() {
    if (guest_.connected())
        guest_.disconnect();
    else
        guest_.connect(potd_->feed);
}

void World::crash() {
    loop_.drop();
    timers_.drop();
    store_.kill();
    machine_.kill();
    clients_.kill();
    follower_.cut();
    guest_.cut();
    keyed_.kill();
    if (std::exchange(clock_was_set_, false)) {
        keyed_.clock_was_set();
        store_.clock_was_set();
    }
    potd_.reset();
    loop_.drop();
    boot();
}

void World::down(bool with_power_loss, std::uint32_t lost) {
    machine_.reboot();
    rules_.reboot();
    if (with_power_loss) {
        store_.lose_power(lost);
    } else {
        store_.shut_down();
        if (lost % 2 == 0) store_.close_events();
    }
    follower_.power_is_back(store_.bounds().last);
    guest_.power_is_back(store_.bounds().last);
    boot_id_ = "boot-" + std::to_string(++boots_);
    crash();
}

// Steps

void World::step(const Choice& choice) {
    const std::uint32_t a = choice.a;
    const std::uint32_t b = choice.b;
    switch (choice.act) {
        case Act::Tasks:
            for (std::uint32_t n = a % 8 + 1; n > 0 && loop_.run_one(); --n) continue;
            break;
        case Act::Write:
            if (a % 3 != 0 || !store_.sync()) {
                for (std::uint32_t n = a % 5; n > 0 && store_.write(); --n) continue;
            }
            break;
        case Act::Machine:
            if (const std::size_t chances = machine_.chances(); chances != 0) machine_.happen(a % chances, b);
            break;
        case Act::Time: advance(a); break;
        case Act::ClockSet: set_clock(a, b); break;
        case Act::Flow: flow(40); break;
        case Act::Listen: listen(); break;
        case Act::Retain: store_.retain(a % 20); break;
        case Act::DiskFull:
            if (a % 4 == 0)
                machine_.fail_files(b % 2 + 1);
            else
                store_.fail_writes(b % 4 + 1);
            break;
        case Act::SyncFails: store_.fail_syncs(b % 2 + 1); break;
        case Act::Crash: crash(); break;
        case Act::Reboot: down(false, a); break;
        case Act::PowerLoss: down(true, a % 12); break;
        default:
            if (serving_) ask(choice);
    }
    check_step();
}

void World::ask(const Choice& choice) {
    switch (choice.act) {
        case Act::Keyed: keyed_.ask(potd_->door(), choice); break;
        case Act::Repeat: keyed_.repeat(potd_->door(), choice.a); break;
        case Act::Cancel: keyed_.cancel(potd_->door(), choice.a); break;
        case Act::GiveWay: clients_.press(potd_->pots, potd_->supervisor, choice); break;
        case Act::Snapshot:
            if (choice.a % 4 == 1)
                clients_.ask(potd_->volumes, potd_->volume_snapshots, choice);
            else
                clients_.ask(potd_->snapshots, potd_->pots, choice);
            break;
        case Act::Rollback:
        case Act::Clone: clients_.ask(potd_->snapshots, potd_->pots, choice); break;
        default: clients_.ask(potd_->pots, choice);
    }
}

void World::flow(int most) {
    while (most-- > 0 && (loop_.run_one() || store_.write() || store_.sync())) continue;
}

void World::advance(std::uint32_t how) {
    const auto next = timers_.until_next();
    if (how % 2 == 0 && next.count() >= 0)
        timers_.advance(next);
    else
        timers_.advance(core::milliseconds{how / 2 % 100});
}

/// As somebody does who mistypes the year, or a machine whose clock was lost while it was off.
void World::set_clock(std::uint32_t back, std::uint32_t minutes) {
    constexpr std::int64_t year = 365 * 24 * 60;
    const std::int64_t by = minutes % year * std::int64_t{60'000};
    clock_.set_wall({clock_.wall().ms + (back % 2 == 0 ? by : -by)});
    clock_was_set_ = true;
}

// Rest

bool World::progress() {
    return loop_.run_one() || store_.write() || store_.sync() || machine_.happen_well();
}

void World::settle() {
    store_.fail_writes(0);
    store_.fail_syncs(0);
    machine_.fail_files(0);
    int steps = 0;
    // The last timer's work is done, too: a schedule always has a next one.
    for (int timers = 0; timers <= 80; ++timers) {
        while (!judge_.breach() && progress()) {
            if (++steps > 20'000) return judge_.fail("I7", "it does not come to rest");
        }
        if (judge_.breach() || timers_.armed() == 0 || timers == 80) break;
        timers_.advance(timers_.until_next());
    }
    judge_.expect(serving_, "I7", [] { return "recovery does not end"; });
}

void World::finish() {
    judge_.tell("finish");
    settle();
    check_at_rest();
    check_names_are_free();  // also before a crash, which forgets what potd only holds in memory
    check_same_after_crash();
    check_names_are_free();
    check_nothing_stays();
}

void World::check_same_after_crash() {
    if (judge_.breach()) return;
    const std::vector<PotPtr> before = potd_->pots.list("", 100);
    judge_.tell("potd is killed at rest");
    crash();
    settle();
    check_at_rest();
    for (const PotPtr& was : before) {
        const PotPtr is = potd_->pots.find(was->id.text);
        if (core::is_unstarted(*was) && !is) continue;  // whoever waited for it has gone
        const bool same = is && is->state == was->state && is->run.has_value() == was->run.has_value() &&
                          (!is->run || is->run->number == was->run->number);
        judge_.expect(same, "I2", [&] { return was->spec.name + " is another after a restart of potd"; });
    }
    check_unstarted_are_gone();
}

/// Nobody waits any more: what was made for a run that never came may only stay for others that need it.
void World::check_unstarted_are_gone() {
    std::set<std::string> needed;
    const std::vector<PotPtr> pots = potd_->pots.list("", 100);
    for (const PotPtr& pot : pots) needed.insert(pot->spec.depends_on.begin(), pot->spec.depends_on.end());
    for (const PotPtr& pot : pots) {
        judge_.expect(!core::is_unstarted(*pot) || needed.contains(pot->spec.name), "I4",
                      [&] { return pot->spec.name + " was never started and stays"; });
    }
}

/// No name is taken that no pot has.
void World::check_names_are_free() {
    for (std::uint32_t n = 0; n < 4 && !judge_.breach(); ++n) {
        const std::string name = name_of(n);
        if (potd_->pots.find(name)) continue;
        core::PotSpec spec;
        spec.name = name;
        spec.base = "host";
        clients_.create(potd_->pots, std::move(spec));
        settle();
        judge_.expect(clients_.last_succeeded(), "I6", [&] { return "the name " + name + " is not free"; });
    }
}

/// When the last pot goes, so does everything else.
void World::check_nothing_stays() {
    for (std::uint32_t n = 0; n < 4; ++n) {
        if (judge_.breach()) return;
        if (!potd_->pots.find(name_of(n))) continue;  // unstarted, and the last that needed it has gone
        clients_.destroy(potd_->pots, name_of(n), true);
        settle();
        judge_.expect(clients_.last_succeeded(), "I7", [&] { return name_of(n) + " cannot be destroyed"; });
    }
    for (const core::Volume& volume : potd_->volumes.list()) {
        if (judge_.breach()) return;
        clients_.remove(potd_->volumes, volume.name);
        settle();
        judge_.expect(clients_.last_succeeded(), "I7", [&] { return volume.name + " cannot be removed"; });
    }
    if (judge_.breach()) return;
    check_at_rest();
    bool removed = false;
    potd_->bases.remove("host", false, [&](const Status& status) { removed = status.ok(); });
    settle();
    judge_.expect(removed && store_.pots.empty() && store_.runs.empty() && store_.volumes.empty(), "I4",
                  [] { return "something stays"; });
}

/// Who is to be started now that the machine has booted.
void World::note_boot() {
    boot_due_.clear();
    for (const PotPtr& pot : potd_->pots.list("", 100)) {
        const bool ran = pot->run && pot->run->boot_id == boot_id_;
        if (is_for_boot(*pot) && !ran) boot_due_.insert(pot->id);
    }
}

void World::check_boot() {
    judge_.expect(store_.boot() == boot_id_, "I7", [] { return "the starts at boot do not end"; });
    for (const core::PotId& id : boot_due_) {
        const PotPtr pot = potd_->pots.find(id.text);
        const bool ran = pot && pot->run && pot->run->boot_id == boot_id_;
        judge_.expect(!pot || !is_for_boot(*pot) || ran, "I7",
                      [&] { return pot->spec.name + " was not started at boot"; });
    }
}

void World::check_step() {
    for (const PotPtr& pot : potd_->pots.list("", 100)) {
        check_pot(*pot);
        if (!is_for_boot(*pot)) boot_due_.erase(pot->id);
    }
    // Else a power cut would have its number given again, long after everybody has seen it.
    judge_.expect(store_.new_runs_reach_the_disk(), "I5", [] { return "a run begins that nobody syncs"; });
}

// What is at rest

void World::check_at_rest() {
    if (judge_.breach()) return;
    const std::vector<PotPtr> pots = potd_->pots.list("", 100);
    for (const PotPtr& pot : pots) {
        check_pot_at_rest(*pot);
        check_stored(*pot);
    }
    judge_.expect(store_.pots.size() == pots.size(), "I5", [] { return "store and memory differ in pots"; });
    check_machine();
    check_known_names(pots, machine_, judge_);
    check_boot();
    clients_.check_at_rest(potd_->pots);
    keyed_.check_at_rest(potd_->operations);
    judge_.expect(follower_.last() == store_.bounds().last, "I8", [] { return "events were not told"; });
}

/// Each volume and each snapshot of one has its tree, and there are no others.
void World::check_volumes() {
    const bool owed = store_.has_failed_sync();
    for (const auto& [name, tree] : volume_store_.exist) {
        judge_.expect(owed || store_.volumes.contains(name), "I4",
                      [&, &whose = name] { return "the tree of fscomp " + whose + " is nobody's"; });
    }
    for (const auto& [key, tree] : volume_store_.snapshots) {
        judge_.expect(owed || store_.volume_snapshots.contains(key), "I4",
                      [&, &whose = key] { return "a snapshot of fscomp " + whose.volume + " is nobody's"; });
    }
    for (const auto& [name, volume] : store_.volumes) {
        judge_.expect(volume_store_.exist.contains(name), "I5",
                      [&, &whose = name] { return "fscomp " + whose + " has no tree"; });
    }
    for (const auto& [key, snapshot] : store_.volume_snapshots) {
        judge_.expect(volume_store_.snapshots.contains(key), "I5",
                      [&, &row = snapshot] { return "snapshot " + row.name + " of an fscomp has no tree"; });
    }
}

void World::check_machine() {
    for (const auto& [key, life] : machine_.lives) {
        const PotPtr pot = potd_->pots.find(key.pot.text);
        const bool owned = pot && core::is_live(pot->state) && pot->run->number == key.run;
        judge_.expect(owned || life.left_over, "I4",
                      [&run = key] { return core::kernel_name(run) + " is on the machine, nobody owns it"; });
    }
    for (const core::SnapshotKey& key : machine_.snapshots) {
        const bool waits = machine_.undiscarded.contains(key.pot) || store_.has_failed_sync();
        judge_.expect(waits || store_.snapshots.contains(key), "I4",
                      [&] { return "a snapshot of " + key.pot.text + " is nobody's"; });
    }
    for (const auto& item : store_.snapshots) {
        judge_.expect(machine_.snapshots.contains(item.first), "I5",
                      [&] { return "snapshot " + item.second.name + " has no files"; });
    }
    check_volumes();
    check_networks();
    judge_.expect(hooks_.alive().empty(), "I4", [] { return "a hook runs that nobody waits for"; });
    for (const core::PotId& id : machine_.directories) {
        // What could not be removed is swept at the next start.
        const bool waits = machine_.undiscarded.contains(id) || store_.has_failed_sync();
        judge_.expect(waits || store_.pots.contains(id), "I4",
                      [&] { return "the directory " + id.text + " is nobody's"; });
    }
}

}  // namespace potd::sim
