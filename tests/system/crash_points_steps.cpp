// What is asked of potd while its crash points are walked.
#include "tests/system/crash_points_fixture.hpp"

#include <memory>
#include <stdexcept>

#include <sqlite3.h>

namespace potd::test {

Json CrashPointsTest::spec(const std::string& name) const {
    const CrashScenario& scenario = GetParam();
    const bool other = name != crash_names::pot;
    Json all = {{"name", name},
                {"base", "host"},
                {"command", sh(other ? "exec sleep 1000" : scenario.command)},
                {"mounts", Json::array({{{"dir", signs.dir.path().string()}, {"target", "/signs"}}})},
                {"hooks", diary.hooks()}};
    if (other) return all;
    std::string prestart = scenario.prestart;
    if (const auto at = prestart.find("SIGNS"); at != std::string::npos)
        prestart.replace(at, 5, signs.dir.path().string());
    all["hooks"]["prestart"] = Json::array({diary.hook(prestart)});
    all.update(scenario.more);
    if (!scenario.flavour.empty()) {
        write_file(signs.dir / "recipe.sh", scenario.flavour);
        all["flavours"] = {(signs.dir / "recipe").string()};
    }
    return all;
}

std::optional<int> CrashPointsTest::do_with_base(const std::string& request, const Headers& headers) {
    const std::string base = "/v1/bases/" + crash_names::base;
    if (request.starts_with("install of pot")) {
        const Json body = {{"name", crash_names::base},
                           {"pot", crash_names::pot},
                           {"base_pot", request.ends_with("with pot")}};
        return potd.http("POST", "/v1/bases", body, headers).status;
    }
    if (request == "update") {
        write_file(signs.dir / "change.sh", "#!/bin/sh\nprintf changed > /root/changed\n");
        return potd.http("POST", base + "/update", {{"flavours", {(signs.dir / "change").string()}}}, headers)
            .status;
    }
    if (request == "rollback base")
        return potd.http("POST", base + "/rollback", {{"revision", 1}}, headers).status;
    if (request.starts_with("install")) {
        const Json body = {{"name", crash_names::base},
                           {"directory", tree_.path().string()},
                           {"base_pot", request == "install with pot"}};
        return potd.http("POST", "/v1/bases", body, headers).status;
    }
    if (request == "start base pot")
        return potd.http("POST", "/v1/pots/" + crash_names::base_pot + "/start", nullptr, headers).status;
    if (request == "remove") return potd.http("DELETE", base, nullptr, headers).status;
    if (request == "remove by force")
        return potd.http("DELETE", base + "?force=true", nullptr, headers).status;
    return std::nullopt;
}

std::optional<int> CrashPointsTest::do_with_volume(const std::string& request, const Headers& headers) {
    const std::string volume = "/v1/fscomps/" + crash_names::volume;
    if (request == "fscomp")
        return potd.http("POST", "/v1/fscomps", {{"name", crash_names::volume}}, headers).status;
    if (request == "remove fscomp") return potd.http("DELETE", volume, nullptr, headers).status;
    if (request == "remove fscomp clone")
        return potd.http("DELETE", "/v1/fscomps/" + crash_names::volume_clone, nullptr, headers).status;
    if (request == "fscomp clone")
        return potd.http("POST", volume + "/clone", {{"name", crash_names::volume_clone}}, headers).status;
    if (request == "fscomp snapshot")
        return potd.http("POST", volume + "/snapshots", nullptr, headers).status;
    if (request == "fscomp rollback") return potd.http("POST", volume + "/rollback", nullptr, headers).status;
    if (request == "fscomp limit") return potd.http("PATCH", volume, {{"quota", "64M"}}, headers).status;
    if (request == "fscomp purge")
        return potd.http("DELETE", volume + "/snapshots?keep=0", nullptr, headers).status;
    return std::nullopt;
}

std::optional<int> CrashPointsTest::do_with_network(const std::string& request, const Headers& headers) {
    const std::string network = "/v1/networks/" + crash_names::network;
    if (request == "network") {
        const Json body = {{"name", crash_names::network}, {"ipv4", "10.200.0.0/24"}};
        return potd.http("POST", "/v1/networks", body, headers).status;
    }
    if (request == "uplinked network") {
        const Json body = {{"name", crash_names::network}, {"uplink", spare_uplink()}};
        return potd.http("POST", "/v1/networks", body, headers).status;
    }
    if (request == "routed network") {
        const Json body = {{"name", crash_names::network},
                           {"ipv4", "10.200.0.0/24"},
                           {"ipv6", crash_names::routed_network},
                           {"routed", true}};
        return potd.http("POST", "/v1/networks", body, headers).status;
    }
    if (request == "network start") return potd.http("POST", network + "/start", nullptr, headers).status;
    if (request == "remove network") return potd.http("DELETE", network, nullptr, headers).status;
    if (request == "remove public network") return potd.http("DELETE", "/v1/networks/public").status;
    return std::nullopt;
}

std::optional<int> CrashPointsTest::do_with_pot(const std::string& name, const std::string& what,
                                                const Headers& headers) {
    const std::string pot = "/v1/pots/" + name;
    if (what == "create") return potd.http("POST", "/v1/pots", spec(name), headers).status;
    if (what == "destroy") return potd.http("DELETE", pot, nullptr, headers).status;
    if (what == "destroy by force") return potd.http("DELETE", pot + "?force=true", nullptr, headers).status;
    if (what == "mount")
        return potd
            .http("POST", pot + "/mounts", {{"fscomp", crash_names::volume}, {"target", "/data"}}, headers)
            .status;
    if (what == "unmount") return potd.http("DELETE", pot + "/mounts?target=/data", nullptr, headers).status;
    if (what == "make") {
        // Few files, so that a copy of them has few points.
        const std::string script =
            "cd /etc; for f in *; do case $f in passwd|group|hosts|hostname|resolv.conf|ld.so*) ;; "
            "*) rm -rf \"$f\";; esac; done; printf root/made > /root/made";
        return potd.http("POST", pot + "/exec", {{"command", sh(script)}}, headers).status;
    }
    if (what == "snapshot") return potd.http("POST", pot + "/snapshots", nullptr, headers).status;
    if (what == "purge") return potd.http("DELETE", pot + "/snapshots?keep=0", nullptr, headers).status;
    if (what == "clone")
        return potd.http("POST", pot + "/clone", {{"name", crash_names::dependency}}, headers).status;
    return std::nullopt;
}

std::optional<int> CrashPointsTest::change_pot(const std::string& pot, const std::string& what,
                                               const Headers& headers) {
    if (what == "publish")
        return potd.http("PATCH", pot, {{"ports", {"80:8081", "udp:53", "443"}}}, headers).status;
    if (what == "limit") return potd.http("PATCH", pot, {{"limits", {{"disk", "64M"}}}}, headers).status;
    if (what == "limits of the run") {
        const Json limits = {{"pids", 77}, {"cpu_count", 1}, {"best_effort", true}};
        return potd.http("PATCH", pot, {{"limits", limits}}, headers).status;
    }
    if (what == "hosts") {
        const Json entries = Json::array({{{"name", "db"}, {"address", "192.0.2.7"}}});
        return potd.http("PATCH", pot, {{"hosts", entries}}, headers).status;
    }
    if (what == "lift") return potd.http("PATCH", pot, {{"limits", {{"disk", nullptr}}}}, headers).status;
    return std::nullopt;
}

/// "start", "start db", "install".
int CrashPointsTest::do_request(const std::string& request) {
    Headers headers;
    if (!key_.empty()) headers["Idempotency-Key"] = key_;
    if (const auto status = do_with_base(request, headers)) return *status;
    if (const auto status = do_with_volume(request, headers)) return *status;
    if (const auto status = do_with_network(request, headers)) return *status;
    const bool other = request.ends_with(" " + crash_names::dependency);
    const std::string name = other ? crash_names::dependency : crash_names::pot;
    const std::string what = other ? request.substr(0, request.size() - name.size() - 1) : request;
    const std::string pot = "/v1/pots/" + name;
    if (const auto status = do_with_pot(name, what, headers)) return *status;
    if (const auto status = change_pot(pot, what, headers)) return *status;
    return potd.http("POST", pot + "/" + what, nullptr, headers).status;
}

std::string CrashPointsTest::awaited() const {
    return GetParam().awaited.empty() ? *GetParam().after.begin() : GetParam().awaited;
}

/// Whether the schedule has taken its next one and let the one before go, with its files.
bool CrashPointsTest::snapshot_two_alone() {
    const Json all = potd.http("GET", "/v1/pots/" + crash_names::pot + "/snapshots").json();
    if (!all.contains("items") || all["items"].size() != 1 || all["items"][0]["number"] != 2) return false;
    std::size_t kept = 0;
    for (const auto& one : std::filesystem::directory_iterator(potd.state_dir() / "snapshots"))
        kept += one.is_directory() ? 1 : 0;
    return kept == 1;
}

/// False if potd died meanwhile, or after a minute.
bool CrashPointsTest::wait_for(const std::string& what) {
    const bool ended = wait_until(
        [&] {
            if (dead()) return true;
            if (what == "snapshot 2 alone") return snapshot_two_alone();
            const Json pot = potd.http("GET", "/v1/pots/" + crash_names::pot).json();
            if (!pot.is_object()) return false;
            if (what == "run 2") return pot["state"] == "running" && pot["run"]["number"] >= 2;
            return pot["state"] == what;
        },
        milliseconds(60'000));
    return ended && !dead();
}

/// As potd sees it: the boot it knows is another than the present one.
void CrashPointsTest::reboot() const {
    change_store("UPDATE machine SET boot_id = 'the one before'");
}

void CrashPointsTest::change_store(const std::string& statements) const {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open((potd.state_dir() / "potd.db").c_str(), &opened);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
    if (result != SQLITE_OK ||
        sqlite3_exec(opened, statements.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error("not done: " + statements);
}

void CrashPointsTest::do_step(const std::string& step) {
    if (step[0] == '+')
        signs.raise(step.substr(1).c_str());
    else if (step[0] == '=')
        answered_ = wait_for(step.substr(1)) ? 200 : 0;
    else if (step == "flush")
        flush_own_network();
    else if (step == "reboot")
        reboot();
    else if (step == "due")
        change_store("UPDATE pots SET created_at = 0; UPDATE snapshots SET created_at = 0, scheduled = 1");
    else
        answered_ = do_request(step);
}

}  // namespace potd::test
