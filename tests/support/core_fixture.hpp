#pragma once

#include "core/service/base_service.hpp"
#include "core/service/base_updates.hpp"
#include "core/service/bases_of_pots.hpp"
#include "core/service/file_copies.hpp"
#include "core/service/flavour_service.hpp"
#include "core/service/operation_outputs.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/secret_service.hpp"
#include "core/service/snapshot_scheduler.hpp"
#include "core/service/snapshot_service.hpp"
#include "core/service/supervisor.hpp"
#include "core/service/volume_service.hpp"
#include "core/service/volume_snapshots.hpp"
#include "tests/fakes/fake_flavour_files.hpp"
#include "tests/fakes/fake_machine.hpp"
#include "tests/fakes/fake_networks.hpp"
#include "tests/fakes/fake_pot_files.hpp"
#include "tests/fakes/fake_secret_box.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/fakes/memory_journal.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace potd::fakes {

/// A whole core over fakes. `crash` throws away everything in potd's memory and starts again from what the
/// journal recorded; the machine (runs, files) lives on.
class CoreFixture {
  public:
    static constexpr std::uint32_t first_host_id = 1'000'000;  ///< of four ranges
    static constexpr core::milliseconds unstarted_age{60'000};

    CoreFixture() { boot(); }

    void boot(const std::string& boot_id = "boot-1") {
        forget_all();
        feed = std::make_unique<core::EventFeed>();
        bases = std::make_unique<core::BaseService>(journal, base_store, clock, loop, *feed);
        volumes = std::make_unique<core::VolumeService>(
            core::VolumeService::Ports{journal, volume_store, clock, loop, *feed, datasets});
        bridges = std::make_unique<core::BridgeService>(core::BridgeService::Ports{
            journal, networks, clock, loop, *feed, pools, core::PortRange{20'000, 20'009}, false});
        boot_supervisor(boot_id);
        boot_pots(boot_id);
        boot_snapshots();
        operations = std::make_unique<core::OperationService>(core::OperationService::Ports{
            journal, clock, loop, *pots, *bases,
            [this] { return chance = chance * 6364136223846793005U + 1; },
            [this](const std::string& text) { complaints.push_back(text); }, operation_limits,
            [this](const core::Operation& one) { return pots->copied(one.pot); }});
        boot_flavours();
    }

    /// Who knows others goes before them.
    void forget_all() {
        base_updates.reset();
        flavours.reset();
        outputs.reset();
        copies.reset();
        operations.reset();
        schedule.reset();
        volume_snapshots.reset();
        bases_of_pots.reset();
        snapshots.reset();
        pots.reset();
        supervisor.reset();
        bridges.reset();
        volumes.reset();
        bases.reset();
    }

    void boot_supervisor(const std::string& boot_id) {
        core::Supervisor::Ports life{
            journal,
            runtime,
            hooks,
            files,
            clock,
            timers,
            loop,
            boot_id,
            [this] { return random; },
            [this](const core::Pot& pot) -> core::Result<core::RootFs> { return root_of(pot); },
            [this](const core::PotSpec& spec) {
                auto resolved = volumes->resolved(spec);
                const core::PotPtr pot = pots->find(spec.name);
                return resolved && pot ? secrets.opened(pot->id, *std::move(resolved)) : resolved;
            },
            [this](const std::string& text) { complaints.push_back(text); },
            [this](const core::RunKey& key, const core::Pot& pot) { return bridges->connect(key, pot); },
            [this](const core::RunKey& key) { return bridges->disconnect(key); }};
        supervisor = std::make_unique<core::Supervisor>(std::move(life), *feed);
    }

    void boot_pots(const std::string& boot_id) {
        core::PotService::Ports ports{journal,
                                      runtime,
                                      live_mounts,
                                      limiter,
                                      exec,
                                      prober,
                                      hooks,
                                      files,
                                      clock,
                                      timers,
                                      loop,
                                      [this] { return next_id(); },
                                      boot_id,
                                      core::SpecBounds{4, 0},
                                      core::IdRanges(first_host_id, 4 * core::IdRanges::size),
                                      unstarted_age,
                                      dns_pot,
                                      [this](const std::string& text) { complaints.push_back(text); }};
        pots = std::make_unique<core::PotService>(std::move(ports), *supervisor, *bases, *volumes, *bridges,
                                                  *feed);
    }

    void boot_snapshots() {
        snapshots = std::make_unique<core::SnapshotService>(
            core::SnapshotService::Ports{journal, files, clock, loop, *supervisor, *pots, *feed});
        bases_of_pots = std::make_unique<core::BasesOfPots>(
            core::BasesOfPots::Ports{files, loop, *supervisor, *bases, *pots, *snapshots});
        volume_snapshots = std::make_unique<core::VolumeSnapshots>(
            core::VolumeSnapshots::Ports{journal, volume_store, clock, loop, *supervisor, *volumes, *feed,
                                         [this](std::string_view pot) { return pots->find(pot); }});
        schedule = std::make_unique<core::SnapshotScheduler>(core::SnapshotScheduler::Ports{
            journal, files, clock, timers, *feed, *pots, *snapshots, *volumes, *volume_snapshots,
            [this](const std::string& text) { complaints.push_back(text); }});
    }

    /// potd dies now and is started again.
    void crash(const std::string& boot_id = "boot-1") {
        loop.drop();
        timers.drop();
        journal.drop();
        hooks.drop();
        require(hooks.sweep());
        boot(boot_id);
        core::StoredState stored = journal.recorded().load();
        require(bases->recover(std::move(stored.bases)));
        require(volumes->recover(std::move(stored.volumes), stored.volume_snapshots));
        bridges->recover(stored.bridges);
        volume_snapshots->recover(stored.volume_snapshots, stored.volume_snapshot_numbers);
        operations->recover(std::move(stored.operations));
        snapshots->recover(stored.snapshots, stored.snapshot_numbers);
        bool done = false;
        pots->recover(stored.pots, [&](const core::Status& status) {
            done = status.ok();
            flavours->recover([this] { operations->settle(); });
        });
        loop.run();
        if (!done) complaints.emplace_back("recovery did not end");
    }

    /// Runs the loop until nothing is left, and hands back what the reply got.
    template <class T, class Call>
    std::optional<core::Result<T>> ask(Call call) {
        auto result = std::make_shared<std::optional<core::Result<T>>>();
        call([result](core::Result<T> value) { result->emplace(std::move(value)); });
        loop.run();
        return *result;
    }

    void install_base(const std::string& name = "host") {
        core::BaseRequest request;
        request.name = name;
        ask<core::Base>([&](auto reply) { bases->install(request, {}, reply); });
    }

    std::optional<core::Result<core::Volume>> create_volume(const std::string& name) {
        return ask<core::Volume>([&](auto reply) { volumes->create(name, 0, reply); });
    }

    std::optional<core::Result<core::PotPtr>> create(const std::string& name) {
        core::PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        return ask<core::PotPtr>([&](auto reply) { pots->create(spec, reply); });
    }
    std::optional<core::Result<core::PotPtr>> start(const std::string& name) {
        return ask<core::PotPtr>([&](auto reply) { pots->start(name, reply); });
    }
    std::optional<core::Result<core::PotPtr>> stop(const std::string& name) {
        return ask<core::PotPtr>([&](auto reply) { pots->stop(name, {}, reply); });
    }

    core::RunKey key(const std::string& name) const {
        const core::PotPtr pot = pots->find(name);
        return {pot->id, pot->run->number};
    }
    core::PotState state(const std::string& name) const { return pots->find(name)->state; }

    ManualClock clock;
    ManualTimers timers{clock};
    ManualExecutor loop;
    MemoryJournal journal{loop};
    FakeRuntime runtime{loop};
    FakeHookRunner hooks{loop, clock};
    FakeProber prober{loop};
    FakeExecHost exec{loop};
    FakeFileSystem files{loop};
    FakeBaseStore base_store{loop};
    FakeVolumeStore volume_store{loop};
    FakeDatasets datasets;
    FakeLiveMounts live_mounts{loop};
    FakeLimiter limiter{loop};
    FakeNetworks networks;
    core::BridgePools pools{core::parse_ip_network("10.192.0.0/16", "pool").value(), 24,
                            core::parse_ip_network("fd00:1::/48", "pool").value()};
    std::unique_ptr<core::EventFeed> feed;
    std::unique_ptr<core::BaseService> bases;
    std::unique_ptr<core::VolumeService> volumes;
    std::unique_ptr<core::BridgeService> bridges;
    std::unique_ptr<core::Supervisor> supervisor;
    FakeSecretBox secret_box;
    core::SecretService secrets{
        {secret_box, [this](const std::string& text) { complaints.push_back(text); }}};
    std::unique_ptr<core::PotService> pots;
    std::unique_ptr<core::SnapshotService> snapshots;
    std::unique_ptr<core::BasesOfPots> bases_of_pots;
    std::unique_ptr<core::VolumeSnapshots> volume_snapshots;
    std::unique_ptr<core::SnapshotScheduler> schedule;  ///< begun by whoever wants it
    std::unique_ptr<core::OperationService> operations;
    FakePotFiles flavour_copies;
    FakeFlavourFiles flavour_files{loop};
    std::unique_ptr<core::FileCopies> copies;
    std::unique_ptr<core::OperationOutputs> outputs;
    std::unique_ptr<core::FlavourService> flavours;
    std::unique_ptr<core::BaseUpdates> base_updates;
    core::OperationLimits operation_limits;  ///< from the next boot on
    std::string dns_pot;                     ///< from the next boot on
    std::uint64_t chance = 1;
    std::vector<std::string> complaints;
    std::uint32_t random = 0;

  private:
    void boot_flavours() {
        const auto root = [this](const core::Pot& pot) { return root_of(pot); };
        copies = std::make_unique<core::FileCopies>(
            core::FileCopies::Ports{flavour_copies, *supervisor, *pots, loop, root, 0});
        outputs = std::make_unique<core::OperationOutputs>();
        flavours = std::make_unique<core::FlavourService>(core::FlavourService::Ports{
            flavour_files, flavour_copies, *copies, exec, *supervisor, *pots, *snapshots, *operations,
            *outputs, loop, [this](const std::string& text) { complaints.push_back(text); }});
        base_updates = std::make_unique<core::BaseUpdates>(
            core::BaseUpdates::Ports{loop, *bases, *pots, *bases_of_pots, *flavours, *operations, "update"});
    }
    core::Result<core::RootFs> root_of(const core::Pot& pot) {
        const core::Result<core::Base> base = bases->ground_of(pot);
        return base ? files.root(pot.id, *base) : core::Result<core::RootFs>(base.error());
    }
    static void require(const core::Status& status) {
        if (!status) std::abort();
    }
    core::PotId next_id() {
        const std::string digits = std::to_string(++ids_);
        return {std::string(12 - digits.size(), '0') + digits};
    }
    int ids_ = 0;
};

}  // namespace potd::fakes
