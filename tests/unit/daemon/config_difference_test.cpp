#include "daemon/config/difference.hpp"
#include "daemon/config/keys.hpp"

#include <map>
#include <string_view>

#include <gtest/gtest.h>

namespace potd::config {
namespace {

/// A value of each key that is not its default.
const std::map<std::string_view, std::string_view> others = {
    {"instance", "other"},
    {"state_dir", "/other/state"},
    {"run_dir", "/other/run"},
    {"log.level", "debug"},
    {"log.format", "json"},
    {"api.socket", "/other/socket"},
    {"api.socket_group", "wheel"},
    {"api.socket_mode", "0600"},
    {"api.max_header", "32K"},
    {"api.max_body", "1M"},
    {"api.max_connections", "7"},
    {"api.idle_timeout", "5s"},
    {"api.listen", "0.0.0.0:9766"},
    {"api.listen_plain", "[::1]:9765"},
    {"api.max_per_address", "9"},
    {"api.tls.certificate", "/etc/potd/tls.pem"},
    {"api.tls.key", "/etc/potd/tls.key"},
    {"api.tls.client_ca", "/etc/potd/clients.pem"},
    {"api.tls.client_certificate", "required"},
    {"access.others", "viewer"},
    {"access.policy", "hooks"},
    {"audit.reads", "true"},
    {"audit.keep", "120h"},
    {"audit.max_size", "1M"},
    {"audit.file", "/var/log/audit.jsonl"},
    {"storage.driver", "dir"},
    {"bases.mirror", "http://mirror.example/debian"},
    {"bases.max_size", "1G"},
    {"defaults.stop_timeout", "3s"},
    {"defaults.pids", "100"},
    {"defaults.log.max_size", "1M"},
    {"defaults.log.max_files", "2"},
    {"history.runs", "5"},
    {"history.runs_age", "120h"},
    {"history.hook_output", "2M"},
    {"history.events", "5000"},
    {"history.events_age", "120h"},
    {"pots.unstarted_age", "5s"},
    {"pots.copy_max_size", "1G"},
    {"flavours.path", "/opt/flavours:/srv/flavours"},
    {"operations.kept", "5"},
    {"operations.max_age", "120h"},
    {"operations.keys", "5"},
    {"operations.key_age", "5h"},
    {"network.ipv4_pool", "172.16.0.0/12"},
    {"network.public_prefix", "20"},
    {"network.ipv6_pool", "fd00:5::/48"},
    {"network.isolate_public", "true"},
    {"network.route_public", "true"},
    {"network.forwarding", "true"},
    {"network.ports", "5000-5999"},
    {"network.dns_pot", "names"},
    {"metrics.listen", "127.0.0.1:9767"},
    {"metrics.pots", "9"},
    {"pressure.dry_run", "true"},
    {"figures.interval", "10s"},
    {"figures.kept", "2h"},
    {"figures.max_size", "8M"},
    {"user_namespace.first_id", "131072"},
    {"user_namespace.pots", "9"},
    {"storage.zfs.root", "tank/potd"},
    {"storage.zfs.program", "/opt/zfs"},
};

TEST(ConfigDifferenceTest, SeesAChangeOfEveryKey) {
    for (const Key& key : keys()) {
        const auto other = others.find(key.path);
        ASSERT_NE(other, others.end()) << key.path << " has no other value in this test";
        Config fresh;
        ASSERT_TRUE(apply_key(fresh, key.path, other->second)) << key.path;
        const auto found = differences(Config{}, fresh);
        ASSERT_EQ(found.size(), 1U) << key.path;
        EXPECT_EQ(found[0].key, key.path);
        const Config taken = reloaded(Config{}, fresh);
        EXPECT_EQ(differences(taken, fresh).empty(), found[0].takes == Takes::AtOnce) << key.path;
    }
}

TEST(ConfigDifferenceTest, RolesAreTakenOverAtOnce) {
    Config fresh;
    fresh.access.users["alice"] = fresh.access.groups["staff"] =
        fresh.access.certificates["ci"] = {core::Role::Operator, {}};
    EXPECT_EQ(differences(Config{}, fresh).size(), 3U);
    EXPECT_TRUE(differences(reloaded(Config{}, fresh), fresh).empty());
}

TEST(ConfigDifferenceTest, RulesOfPressureAreTakenOverAtOnce) {
    Config fresh;
    fresh.pressure.rules.pop_back();
    const auto found = differences(Config{}, fresh);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key, "pressure.rules");
    EXPECT_EQ(reloaded(Config{}, fresh).pressure.rules, fresh.pressure.rules);
}

TEST(ConfigDifferenceTest, TheSameHasNone) {
    EXPECT_TRUE(differences(Config{}, Config{}).empty());
}

TEST(ConfigDifferenceTest, TakesOverWhatIsCheapAndSafe) {
    Config fresh;
    fresh.log.level = log::Level::Debug;
    fresh.defaults.stop_timeout = core::milliseconds(1);
    fresh.instance = "other";
    const Config taken = reloaded(Config{}, fresh);
    EXPECT_EQ(taken.log.level, log::Level::Debug);
    EXPECT_EQ(taken.defaults.stop_timeout, core::milliseconds(1));
    EXPECT_EQ(taken.instance, Config{}.instance);
}

}  // namespace
}  // namespace potd::config
