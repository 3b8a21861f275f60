#include "tests/system/crash_scenarios.hpp"

#include "tests/system/own_network.hpp"

#include <iterator>

namespace potd::test {
namespace {

using crash_names::gone;
using Scenarios = std::vector<CrashScenario>;

const std::string idle_script = "exec sleep 1000";
const std::string gate_script = "until [ -e /signs/gate ]; do sleep 0.01; done; exit 7";

CrashScenario scenario(std::string name, std::vector<std::string> before, std::vector<std::string> act,
                       CrashScenario::States after, CrashScenario::States otherwise) {
    CrashScenario made;
    made.name = std::move(name);
    made.command = idle_script;
    made.before = std::move(before);
    made.act = std::move(act);
    made.after = std::move(after);
    made.otherwise = std::move(otherwise);
    return made;
}

CrashScenario answered(int status, CrashScenario made) {
    made.accepted = status;
    return made;
}

CrashScenario ends_by_itself(CrashScenario made) {
    made.command = gate_script;
    made.exit_code = 7;
    return made;
}

CrashScenario with(const Json& more, CrashScenario made) {
    made.more = more;
    return made;
}

CrashScenario with_base(bool after, CrashScenario made) {
    made.base = after;
    return made;
}

CrashScenario with_volume(bool after, CrashScenario made) {
    made.volume = after;
    return made;
}

CrashScenario with_network(bool after, CrashScenario made) {
    made.network = after;
    return made;
}

CrashScenario with_uplink(bool after, CrashScenario made) {
    made.uplinked = true;
    made.network_request = "uplinked network";
    return with_network(after, std::move(made));
}

CrashScenario with_routed(bool after, CrashScenario made) {
    made.network_request = "routed network";
    return with_network(after, std::move(made));
}

CrashScenario seldom(CrashScenario made) {
    made.seldom = true;
    return made;
}

CrashScenario at_start(CrashScenario made) {
    made.at_start = true;
    return made;
}

CrashScenario bounded(CrashScenario made) {
    made.bounded = true;
    return made;
}

CrashScenario with_key(CrashScenario made) {
    made.name += "WithKey";
    made.keyed = true;
    return made;
}

Scenarios by_request() {
    return {
        answered(201, scenario("Create", {}, {"create"}, {"created"}, {gone, "created"})),
        scenario("Start", {"create"}, {"start"}, {"running"}, {"created", "running"}),
        scenario("Stop", {"create", "start"}, {"stop"}, {"stopped"}, {"running", "stopped"}),
        scenario("Restart", {"create", "start"}, {"restart"}, {"running"}, {"running"}),
        scenario("Pause", {"create", "start"}, {"pause"}, {"paused"}, {"running", "paused"}),
        with({{"network", {{"type", "none"}}}},
             scenario("Hosts", {"create", "start"}, {"hosts"}, {"running"}, {"running"})),
        with({{"depends_on", {crash_names::dependency}}},
             scenario("StartOfADependency", {"create db", "create"}, {"start"}, {"running"},
                      {"created", "running"})),
        with({{"depends_on", {crash_names::dependency}}},
             scenario("StopOfADependency", {"create db", "create", "start"}, {"stop db"}, {"stopped"},
                      {"running", "stopped"})),
        answered(204,
                 scenario("Destroy", {"create", "start", "stop"}, {"destroy"}, {gone}, {gone, "stopped"})),
        answered(204, scenario("DestroyByForce", {"create", "start"}, {"destroy by force"}, {gone},
                               {gone, "running"})),
    };
}

CrashScenario with_flavour(std::string script, CrashScenario made) {
    made.flavour = std::move(script);
    return made;
}

Scenarios of_flavours() {
    return {
        with_flavour(
            "#!/bin/sh\n: > /root/made\n",
            answered(201, scenario("CreateWithAFlavour", {}, {"create"}, {"stopped"}, {gone, "stopped"}))),
        with_flavour("#!/bin/sh\n[ -e /signs/allowed ]\n",
                     answered(422, scenario("CreateWithABadFlavour", {}, {"create"}, {gone}, {gone}))),
    };
}

/// Of a stack that is as deep as one may become before layers are merged.
CrashScenario merging_snapshot() {
    std::vector<std::string> before{"create", "start", "stop"};
    for (int i = 0; i < 32; ++i) before.emplace_back("snapshot");
    before.emplace_back("purge");
    return answered(201, scenario("SnapshotThatMerges", before, {"snapshot"}, {"stopped"}, {"stopped"}));
}

Scenarios of_snapshots() {
    return {
        answered(201, scenario("Snapshot", {"create"}, {"snapshot"}, {"created"}, {"created"})),
        answered(201, scenario("SecondSnapshot", {"create", "snapshot", "start", "stop"}, {"snapshot"},
                               {"stopped"}, {"stopped"})),
        scenario("Rollback", {"create", "snapshot", "start", "stop"}, {"rollback"}, {"stopped"}, {"stopped"}),
        scenario("PurgeOfSnapshots", {"create", "snapshot", "snapshot"}, {"purge"}, {"created"}, {"created"}),
        answered(201, scenario("Clone", {"create", "snapshot"}, {"clone"}, {"created"}, {"created"})),
        merging_snapshot(),
    };
}

Scenarios of_bases() {
    CrashScenario of_pot =
        with_base(true, answered(201, scenario("BaseOfAPot", {"create", "start", "make", "stop"},
                                               {"install of pot"}, {"stopped"}, {"stopped"})));
    const auto of_a_pot = [](CrashScenario made) { return with_base(true, std::move(made)); };
    const std::vector<std::string> plain{"create", "start", "make", "stop", "install of pot"};
    const std::vector<std::string> with_pot{"create", "start", "make", "stop", "install of pot with pot"};
    std::vector<std::string> updated = with_pot;
    updated.emplace_back("update");
    return {
        with_base(true, answered(201, scenario("InstallOfABase", {}, {"install"}, {gone}, {gone}))),
        with_base(false, answered(204, scenario("RemovalOfABase", {"install"}, {"remove"}, {gone}, {gone}))),
        with_base(true, answered(201, scenario("InstallWithAPot", {}, {"install with pot"}, {gone}, {gone}))),
        with_base(false, answered(204, scenario("RemovalWithAPot", {"install with pot"}, {"remove"}, {gone},
                                                {gone}))),
        with_base(false,
                  answered(204, scenario("RemovalWithAPotByForce", {"install with pot", "start base pot"},
                                         {"remove by force"}, {gone}, {gone}))),
        of_a_pot(of_pot),
        of_a_pot(scenario("UpdateOfABase", with_pot, {"update"}, {"stopped"}, {"stopped"})),
        of_a_pot(scenario("UpdateWithoutAPot", plain, {"update"}, {"stopped"}, {"stopped"})),
        of_a_pot(scenario("RollbackOfABase", updated, {"rollback base"}, {"stopped"}, {"stopped"})),
    };
}

Scenarios of_volumes() {
    const Json mounted = {{"mounts", Json::array({{{"fscomp", crash_names::volume}, {"target", "/data"}}})}};
    return {
        with_volume(true, answered(201, scenario("Volume", {}, {"fscomp"}, {gone}, {gone}))),
        with_volume(false, answered(204, scenario("RemovalOfAVolume", {"fscomp"}, {"remove fscomp"}, {gone},
                                                  {gone}))),
        with_volume(true, with(mounted, answered(201, scenario("CreateWithAVolume", {"fscomp"}, {"create"},
                                                               {"created"}, {gone, "created"})))),
        with_volume(true, with(mounted, answered(204, scenario("DestroyWithAVolume",
                                                               {"fscomp", "create", "start", "stop"},
                                                               {"destroy"}, {gone}, {gone, "stopped"})))),
        with_volume(true, answered(201, scenario("SnapshotOfAVolume", {"fscomp", "fscomp snapshot"},
                                                 {"fscomp snapshot"}, {gone}, {gone}))),
        with_volume(true, with(mounted, scenario("RollbackOfAVolume", {"fscomp", "create", "fscomp snapshot"},
                                                 {"fscomp rollback"}, {"created"}, {"created"}))),
        with_volume(true, scenario("PurgeOfAVolume", {"fscomp", "fscomp snapshot", "fscomp snapshot"},
                                   {"fscomp purge"}, {gone}, {gone})),
        with_volume(true, answered(201, scenario("CloneOfAVolume", {"fscomp", "fscomp snapshot"},
                                                 {"fscomp clone"}, {gone}, {gone}))),
        with_volume(true,
                    scenario("Mount", {"fscomp", "create", "start"}, {"mount"}, {"running"}, {"running"})),
        with_volume(true, scenario("Unmount", {"fscomp", "create", "start", "mount"}, {"unmount"},
                                   {"running"}, {"running"})),
        with_volume(true, with_key(answered(201, scenario("Volume", {}, {"fscomp"}, {gone}, {gone})))),
    };
}

Scenarios of_uplinks() {
    if (spare_uplink().empty()) return {};
    const Json own = {
        {"network", {{"type", "private-bridge"}, {"bridge", crash_names::network}, {"ipv6", "slaac"}}}};
    const auto on_it = [&](CrashScenario made) { return with_uplink(true, with(own, std::move(made))); };
    return {
        on_it(scenario("StartOnAnUplink", {"uplinked network", "create"}, {"start"}, {"running"},
                       {"created", "running"})),
        on_it(scenario("StopOnAnUplink", {"uplinked network", "create", "start"}, {"stop"}, {"stopped"},
                       {"running", "stopped"})),
        on_it(at_start(scenario("RecoveryOnAnUplink", {"uplinked network", "create", "start"}, {"flush"},
                                {"running"}, {"running"}))),
        with_uplink(false, answered(204, scenario("RemovalOfAnUplink", {"uplinked network", "network start"},
                                                  {"remove network"}, {gone}, {gone}))),
    };
}

Scenarios of_networks() {
    const Json own = {{"network", {{"type", "public-bridge"}}}, {"ports", {"80:8080", "udp:53"}}};
    const Json both = {
        {"network", {{"type", "private-bridge"}, {"bridge", crash_names::network}, {"ipv4", "10.200.0.9"}}},
        {"ports", {"80:8080"}}};
    const auto on_public = [&](CrashScenario made) {
        return with_network(false, with(own, std::move(made)));
    };
    Scenarios all{
        on_public(answered(201, scenario("CreateOnABridge", {}, {"create"}, {"created"}, {gone, "created"}))),
        on_public(scenario("StartOnABridge", {"create"}, {"start"}, {"running"}, {"created", "running"})),
        on_public(
            scenario("StopOnABridge", {"create", "start"}, {"stop"}, {"stopped"}, {"running", "stopped"})),
        on_public(scenario("ChangeOfPorts", {"create", "start"}, {"publish"}, {"running"}, {"running"})),
        on_public(answered(204, scenario("DestroyOnABridge", {"create", "start"}, {"destroy by force"},
                                         {gone}, {gone, "running"}))),
        on_public(at_start(
            scenario("RecoveryOnABridge", {"create", "start"}, {"flush"}, {"running"}, {"running"}))),
        with_network(true, answered(201, scenario("Network", {}, {"network"}, {gone}, {gone}))),
        with_network(true, with_key(answered(201, scenario("Network", {}, {"network"}, {gone}, {gone})))),
        with_network(false, answered(204, scenario("RemovalOfANetwork", {"network", "network start"},
                                                   {"remove network"}, {gone}, {gone}))),
        with_network(true, with(both, scenario("StartOnAPrivateBridge", {"network", "create"}, {"start"},
                                               {"running"}, {"created", "running"}))),
    };
    const std::string spare = spare_interface();
    if (spare.empty()) return all;
    const Json moved = {{"network", {{"type", "none"}, {"devices", {{{"interface", spare}}}}}}};
    const auto with_device = [&](CrashScenario made) {
        return with_network(false, with(moved, std::move(made)));
    };
    all.push_back(with_device(
        scenario("StartWithADevice", {"create"}, {"start"}, {"running"}, {"created", "running"})));
    all.push_back(with_device(
        scenario("StopWithADevice", {"create", "start"}, {"stop"}, {"stopped"}, {"running", "stopped"})));
    return all;
}

/// By the pot's own address its ports are open as long as it runs.
Scenarios of_routed() {
    const Json open = {
        {"network",
         {{"type", "private-bridge"}, {"bridge", crash_names::network}, {"ipv6", "2001:db8:7::9"}}},
        {"ports", {"80:8080", "443:8443@0.0.0.0"}}};
    const auto on_it = [&](CrashScenario made) { return with_routed(true, with(open, std::move(made))); };
    return {
        with_routed(true,
                    seldom(answered(201, scenario("RoutedNetwork", {}, {"routed network"}, {gone}, {gone})))),
        on_it(scenario("StartOnARoutedBridge", {"routed network", "create"}, {"start"}, {"running"},
                       {"created", "running"})),
        on_it(seldom(scenario("StopOnARoutedBridge", {"routed network", "create", "start"}, {"stop"},
                              {"stopped"}, {"running", "stopped"}))),
        on_it(seldom(answered(204, scenario("DestroyOnARoutedBridge", {"routed network", "create", "start"},
                                            {"destroy by force"}, {gone}, {gone, "running"})))),
        on_it(at_start(scenario("RecoveryOnARoutedBridge", {"routed network", "create", "start"}, {"flush"},
                                {"running"}, {"running"}))),
    };
}

Scenarios of_limits() {
    const Json small = {{"limits", {{"disk", "32M"}}}};
    return {
        bounded(with(small, answered(201, scenario("CreateWithALimit", {}, {"create"}, {"created"},
                                                   {gone, "created"})))),
        bounded(scenario("Limit", {"create", "start"}, {"limit"}, {"running"}, {"running"})),
        scenario("LimitsOfARun", {"create", "start"}, {"limits of the run"}, {"running"}, {"running"}),
        bounded(with(small, scenario("EndOfALimit", {"create"}, {"lift"}, {"created"}, {"created"}))),
        bounded(with(small, scenario("RollbackWithALimit", {"create", "snapshot", "start", "stop"},
                                     {"rollback"}, {"stopped"}, {"stopped"}))),
        bounded(with_volume(true, scenario("LimitOfAVolume", {"fscomp"}, {"fscomp limit"}, {gone}, {gone}))),
    };
}

Scenarios with_keys() {
    return {
        with_key(answered(201, scenario("Snapshot", {"create"}, {"snapshot"}, {"created"}, {"created"}))),
        with_key(answered(201, scenario("Create", {}, {"create"}, {"created"}, {gone, "created"}))),
        with_key(scenario("Start", {"create"}, {"start"}, {"running"}, {"created", "running"})),
        with_key(answered(204, scenario("DestroyByForce", {"create", "start"}, {"destroy by force"}, {gone},
                                        {gone, "running"}))),
    };
}

CrashScenario failed_start() {
    CrashScenario made =
        answered(422, scenario("FailedStart", {"create"}, {"start"}, {"failed"}, {"created", "failed"}));
    made.prestart = "[ -e SIGNS/allowed ] || exit 1";
    return made;
}

CrashScenario exit_and_retry() {
    CrashScenario made = ends_by_itself(
        scenario("ExitAndRetry", {"create", "start"}, {"+gate", "=run 2"}, {"running"}, {"running"}));
    made.command = "[ -e /signs/second ] && exec sleep 1000; : > /signs/second; " + gate_script;
    made.more = {
        {"restart", {{"policy", "on-failure"}, {"backoff", {{"initial", "20ms"}, {"max", "20ms"}}}}}};
    return made;
}

/// Due since long when potd starts, and the one that it has goes.
CrashScenario scheduled_snapshot() {
    const Json schedule = {{"snapshots", {{"every", "1h"}, {"keep", 1}}}};
    CrashScenario made = at_start(with(
        schedule, scenario("ScheduledSnapshot", {"create", "snapshot"}, {"due"}, {"created"}, {"created"})));
    made.awaited = "snapshot 2 alone";
    return made;
}

Scenarios by_themselves() {
    const Json at_boot = {{"boot", {{"start", true}}}};
    return {
        ends_by_itself(
            scenario("Exit", {"create", "start"}, {"+gate", "=stopped"}, {"stopped"}, {"stopped"})),
        exit_and_retry(),
        scheduled_snapshot(),
        failed_start(),
        at_start(scenario("Recovery", {"create", "start"}, {}, {"running"}, {"running"})),
        at_start(ends_by_itself(
            scenario("RecoveryOfAnEnd", {"create", "start"}, {"+gate"}, {"stopped"}, {"stopped"}))),
        at_start(with(at_boot, scenario("StartAtBoot", {"create"}, {"reboot"}, {"running"}, {"running"}))),
    };
}

}  // namespace

std::vector<CrashScenario> crash_scenarios() {
    Scenarios all = by_request();
    for (Scenarios more : {of_bases(), of_flavours(), of_snapshots(), of_volumes(), of_networks(),
                           of_uplinks(), of_routed(), of_limits(), with_keys(), by_themselves()})
        all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    return all;
}

}  // namespace potd::test
