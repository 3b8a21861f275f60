#include "daemon/config/file.hpp"
#include "daemon/config/keys.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

namespace potd::config {
namespace {

using core::ErrorKind;
using core::Status;

std::string complaint(const std::string& text) {
    Config config;
    const Status read = read_text(text, "potd.yaml", config);
    return read ? "" : read.error().message;
}

TEST(ConfigFileTest, TakesEveryKindOfValue) {
    Config config;
    const Status read = read_text(
        "instance: two\nstate_dir: /srv/potd/\nlog: {level: debug, format: json}\n"
        "api:\n  socket_mode: '600'\n  max_body: 1.5M\n  idle_timeout: 1m30s\n  max_connections: 7\n"
        "storage: {driver: dir}\nbases: {mirror: 'http://localhost/debian'}\ndefaults: {log: {max_files: "
        "9}}\n",
        "potd.yaml", config);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(config.instance, "two");
    EXPECT_EQ(config.state_dir, "/srv/potd");
    EXPECT_EQ(config.log.level, log::Level::Debug);
    EXPECT_EQ(config.log.format, log::Format::Json);
    EXPECT_EQ(config.api.socket_mode, 0600U);
    EXPECT_EQ(config.api.max_body, 3 << 19);
    EXPECT_EQ(config.api.idle_timeout, core::milliseconds(90'000));
    EXPECT_EQ(config.api.max_connections, 7);
    EXPECT_EQ(config.storage.driver, StorageDriver::Directory);
    EXPECT_EQ(config.bases.mirror, "http://localhost/debian");
    EXPECT_EQ(config.defaults.log_max_files, 9);
    EXPECT_EQ(config.defaults.log_max_size, 16 << 20);
}

TEST(ConfigFileTest, AnEmptyFileIsAllDefaults) {
    EXPECT_EQ(complaint(""), "");
    EXPECT_EQ(complaint("# nothing\n"), "");
    EXPECT_EQ(complaint("---\napi:\nlog: {}\n"), "");
}

TEST(ConfigFileTest, SaysWhereAnUnknownKeyIsAndWhatWasMeant) {
    EXPECT_EQ(complaint("instance: a\napi:\n  max_bdy: 1M\n"),
              "potd.yaml:3:3: api.max_bdy: unknown key; did you mean \"max_body\"?");
    EXPECT_EQ(complaint("loog: {level: info}\n"), "potd.yaml:1:1: loog: unknown key; did you mean \"log\"?");
    EXPECT_EQ(complaint("zebra: 1\n"), "potd.yaml:1:1: zebra: unknown key");
    EXPECT_EQ(complaint("api: {tcp: 80}\n"), "potd.yaml:1:7: api.tcp: unknown key");
}

TEST(ConfigFileTest, SaysWhatWasExpectedOfAValue) {
    EXPECT_EQ(complaint("api:\n  max_body: 12Q\n"),
              "potd.yaml:2:13: api.max_body: \"12Q\"; expected a size such as 16M, from 1K to 1G");
    EXPECT_EQ(complaint("log:\n  level: loud\n"),
              "potd.yaml:2:10: log.level: \"loud\"; expected trace, debug, info, warning or error");
    EXPECT_EQ(complaint("state_dir: [a]\n"),
              "potd.yaml:1:12: state_dir: is a list; expected an absolute path");
    EXPECT_EQ(complaint("state_dir:\n"), "potd.yaml:1:1: state_dir: has no value; expected an absolute path");
    EXPECT_EQ(complaint("api: 7\n"), "potd.yaml:1:6: api: expected keys below it");
}

TEST(ConfigFileTest, ReadsWhereToListenAndTheFilesOfTls) {
    Config config;
    const Status read = read_text(
        "api:\n  listen: '[::]:9766'\n  listen_plain: 127.0.0.1:9765\n  max_per_address: 5\n"
        "  tls: {certificate: /a.pem, key: /a.key, client_ca: /c.pem, client_certificate: required}\n",
        "f", config);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(core::to_string(config.api.listen->address), "::");
    EXPECT_EQ(config.api.listen->port, 9766);
    EXPECT_EQ(config.api.listen_plain->port, 9765);
    EXPECT_EQ(config.api.max_per_address, 5);
    EXPECT_EQ(config.api.tls, (TlsConfig{"/a.pem", "/a.key", "/c.pem", true}));
}

TEST(ConfigFileTest, NamesEveryKeyOfListeningThatIsWrong) {
    const auto says = [](const std::string& text, const std::string& what) {
        Config config;
        const Status read = read_text("api: {" + text + "}\n", "f", config);
        ASSERT_FALSE(read) << text;
        EXPECT_NE(read.error().message.find(what), std::string::npos) << read.error().message;
    };
    const std::string place =
        "; expected an address and a port such as 0.0.0.0:9766 or [::]:9766, or nothing";
    says("listen: 9766", "api.listen: \"9766\"" + place);
    says("listen: 'potd.example:9766'", "api.listen: \"potd.example:9766\"" + place);
    says("listen: '0.0.0.0:0'", "api.listen: \"0.0.0.0:0\"" + place);
    says("listen: '0.0.0.0:65536'", "api.listen: ");
    says("listen: '::1:9766'", "api.listen: ");
    says("listen: [a]", "api.listen: is a list" + place);
    says("listen_plain: '0.0.0.0:9765'",
         "api.listen_plain: \"0.0.0.0:9765\"; expected an address of loopback");
    says("listen_plain: '192.0.2.1:9765'", "api.listen_plain: ");
    says("listen_plain: '[::]:9765'", "api.listen_plain: ");
    says("max_per_address: 0", "api.max_per_address: \"0\"; expected a number from 1 to 100000");
    says("tls: {certificate: tls.pem}",
         "api.tls.certificate: \"tls.pem\"; expected an absolute path, or nothing");
    says("tls: {key: ../tls.key}", "api.tls.key: \"../tls.key\"; expected an absolute path");
    says("tls: {client_ca: ca.pem}", "api.tls.client_ca: \"ca.pem\"; expected an absolute path");
    says("tls: {client_certificate: yes}",
         "api.tls.client_certificate: \"yes\"; expected optional or required");
    says("tls: {cert: /a.pem}", "api.tls.cert: unknown key");
    says("tls: on", "api.tls: expected keys below it");
}

TEST(ConfigFileTest, RefusesValuesOutOfRange) {
    for (const char* bad : {"api: {max_connections: 0}",
                            "api: {max_connections: -1}",
                            "api: {max_connections: 1e3}",
                            "api: {idle_timeout: 10}",
                            "api: {idle_timeout: 1ms}",
                            "api: {max_header: 2M}",
                            "api: {socket_mode: 0999}",
                            "api: {socket_mode: 01777}",
                            "api: {socket: potd.sock}",
                            "instance: ../x",
                            "instance: ''",
                            "defaults: {pids: 99999999999999999999}",
                            "defaults: {log: {max_files: 0}}",
                            "bases: {mirror: 'ftp://x'}",
                            "storage: {driver: ufs}",
                            "storage: {zfs: {root: /tank/potd}}",
                            "storage: {zfs: {root: tank//potd}}",
                            "storage: {zfs: {root: 'tank/a b'}}",
                            "storage: {zfs: {root: '-o'}}",
                            "storage: {zfs: {program: zfs}}",
                            "history: {runs: -1}",
                            "pots: {unstarted_age: soon}",
                            "pots: {copy_max_size: 0}",
                            "flavours: {path: flavours}",
                            "flavours: {path: '/a:b'}",
                            "flavours: {path: '/a:'}",
                            "operations: {kept: -1}",
                            "operations: {keys: 0}",
                            "operations: {key_age: 10}",
                            "network: {ipv4_pool: 10.192.0.1/10}",
                            "network: {ipv4_pool: fd00::/48}",
                            "network: {ipv6_pool: fd00::/65}",
                            "network: {ipv6_pool: some}",
                            "network: {public_prefix: 31}",
                            "network: {forwarding: perhaps}",
                            "network: {ports: 20000}",
                            "network: {ports: 300-200}",
                            "network: {ports: 0-70000}",
                            "network: {dns_pot: a/b}",
                            "metrics: {listen: 9767}",
                            "metrics: {listen: 10.0.0.1:9767}",
                            "metrics: {listen: 127.0.0.1:0}",
                            "metrics: {listen: ::1:9767}",
                            "metrics: {listen: localhost:9767}",
                            "metrics: {pots: -1}",
                            "user_namespace: {first_id: 0}",
                            "user_namespace: {first_id: 2147483647}",
                            "user_namespace: {pots: 0}",
                            "user_namespace: {pots: 32768}"}) {
        EXPECT_NE(complaint(bad), "") << bad;
    }
}

TEST(ConfigFileTest, ReportsEveryProblemAtOnce) {
    EXPECT_EQ(complaint("a: 1\nlog: {format: xml}\ninstance: a\ninstance: b\n"),
              "potd.yaml:1:1: a: unknown key\n"
              "potd.yaml:2:15: log.format: \"xml\"; expected text or json\n"
              "potd.yaml:4:1: instance: is given twice");
}

TEST(ConfigFileTest, ReportsBadYamlWithItsPlace) {
    EXPECT_TRUE(complaint("api: {max_body: 1M\n").starts_with("potd.yaml:"))
        << complaint("api: {max_body: 1M\n");
    EXPECT_EQ(complaint("- a\n- b\n"), "potd.yaml:1:1: expected keys with values such as \"instance: potd\"");
    EXPECT_NE(complaint("a: *missing\n"), "");
    EXPECT_NE(complaint("[a]: 1\n"), "");
    EXPECT_NE(complaint("---\ninstance: a\n---\ninstance: b\n"), "");
    EXPECT_NE(complaint("\xff\xfe\x01"), "");
}

TEST(ConfigFileTest, ComesToAnEndWhereYamlDoesNotGetOn) {
    EXPECT_EQ(complaint(","), "potd.yaml:1:1: expected one document");
    EXPECT_EQ(complaint("instance: a\n---\n, b\n"), "potd.yaml:2:1: expected one document");
    EXPECT_EQ(complaint("api: &a {tls: *a}\n"), "potd.yaml:1:10: api.tls.tls: unknown key");
}

TEST(ConfigFileTest, WhatItSaysOfManyOrLongMistakesIsShort) {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "zebra" + std::to_string(i) + ": 1\n";
    EXPECT_TRUE(complaint(many).ends_with("\npotd.yaml:20:1: zebra19: unknown key\n… and 980 more"))
        << complaint(many);
    std::string key;
    for (int i = 0; i < 300; ++i) key += "é";
    EXPECT_EQ(complaint("\"" + key + "\": 1\n"), "potd.yaml:1:1: " + key.substr(0, 400) + "…");
    EXPECT_EQ(complaint("? \"a\\nb\"\n: 1\n"), "potd.yaml:1:3: a b: unknown key");
    EXPECT_EQ(complaint("log: {level: x" + key + "}\n"),
              "potd.yaml:1:14: log.level: \"x" + key.substr(0, 58) +
                  "…\"; expected trace, debug, info, warning or error");
}

TEST(ConfigFileTest, RulesOfPressureReplaceTheUsualOnes) {
    Config config;
    const Status read = read_text(
        "pressure:\n  dry_run: true\n  rules:\n    b: {when: swap_free < 10%, do: \"stop, kill\", settle: "
        "3s}\n"
        "    a: {when: state_free < 1%, do: warn}\n",
        "f", config);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(config.pressure.dry_run);
    ASSERT_EQ(config.pressure.rules.size(), 2U);
    const core::PressureRule& first = config.pressure.rules[0];
    EXPECT_EQ(first.name, "b") << "in the order of the file";
    EXPECT_EQ(core::format_detector(first.when.at(0)), "swap_free < 10%");
    EXPECT_EQ(first.then, (std::vector{core::PressureAction::Stop, core::PressureAction::Kill}));
    EXPECT_EQ(first.settle, core::milliseconds(3000));
    EXPECT_EQ(config.pressure.rules[1].settle, core::milliseconds(15'000));
    ASSERT_TRUE(read_text("pressure: {rules: {}}", "f", config));
    EXPECT_TRUE(config.pressure.rules.empty());
}

TEST(ConfigFileTest, BadRulesOfPressureAreToldWithTheirPlaces) {
    const auto problem = [](const std::string& rules) {
        Config config;
        const Status read = read_text("pressure:\n  rules:\n" + rules, "f", config);
        return read ? std::string() : read.error().message;
    };
    const auto says = [&](const std::string& rules, const std::string& what) {
        EXPECT_NE(problem(rules).find(what), std::string::npos) << problem(rules);
    };
    says("    a: {when: swap_fre < 1%, do: kill}\n", "f:3:9: pressure.rules.a.when: 'swap_fre'");
    says("    a: {when: swap_free < 1%, do: shoot}\n", "pressure.rules.a.do: 'shoot'");
    says("    a: {when: swap_free < 1%, do: kill, settle: 3}\n", "pressure.rules.a.settle: '3'");
    says("    a: {when: swap_free < 1%, do: kill, settle: 1ms}\n", "pressure.rules.a.settle");
    says("    a: {when: swap_free < 1%, then: kill}\n", "pressure.rules.a.then: unknown key");
    says("    a: {when: swap_free < 1%}\n", "pressure.rules.a.do: has no step");
    says("    a: {do: kill}\n", "pressure.rules.a.when: has no condition");
    says("    a: kill\n", "pressure.rules.a: expected when, do");
    says("    a: {when: [swap_free < 1%], do: kill}\n", "pressure.rules.a: expected when, do");
    says("    'a b': {when: swap_free < 1%, do: kill}\n", "pressure.rules.a b: expected a name");
    says("    a: {when: swap_free < 1%, do: kill}\n    a: {when: swap_free < 1%, do: kill}\n",
         "is given twice");
    says("    - kill\n", "pressure.rules: expected names of rules");
}

TEST(ConfigFileTest, ReportsAFileThatCannotBeRead) {
    const test::TempDir dir;
    Config config;
    const Status missing = read_file(dir / "potd.yaml", config);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
    EXPECT_NE(missing.error().message.find("potd.yaml"), std::string::npos);
    const Status directory = read_file(dir.path(), config);
    ASSERT_FALSE(directory);
    EXPECT_NE(directory.error().message.find("is a directory"), std::string::npos);
    const Status endless = read_file("/dev/zero", config);
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().message, "/dev/zero: is larger than 1 MiB");
}

TEST(ConfigSampleTest, HasEveryKey) {
    const YAML::Node sample = YAML::LoadFile(POTD_SAMPLE);
    for (const Key& key : keys()) {
        YAML::Node node = YAML::Clone(sample);
        for (std::string_view rest = key.path; !rest.empty() && node.IsDefined();) {
            const auto dot = rest.find('.');
            const YAML::Node below = node[std::string(rest.substr(0, dot))];
            node.reset(below);
            rest = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
        }
        EXPECT_TRUE(node.IsDefined() && node.IsScalar()) << key.path;
    }
}

TEST(ConfigAccessTest, GivesRolesToUsersGroupsAndCertificates) {
    Config config;
    const Status read = read_text(
        "access:\n  users: {alice: operator, 1000: viewer team=web}\n  groups: {staff: developer}\n"
        "  certificates: {ci.example: developer team=ci}\n"
        "  others: viewer\n  policy: hooks, directories\n",
        "f", config);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(config.access.users.at("alice").role, core::Role::Operator);
    EXPECT_EQ(core::to_string(config.access.users.at("1000").scope), "team=web");
    EXPECT_EQ(config.access.groups.at("staff").role, core::Role::Developer);
    EXPECT_EQ(core::to_string(config.access.certificates.at("ci.example").scope), "team=ci");
    EXPECT_EQ(config.access.others->role, core::Role::Viewer);
    EXPECT_FALSE(config.access.others_by_mode);
    EXPECT_EQ(config.access.policy.count(), 2U);
    EXPECT_TRUE(config.access.policy.test(static_cast<std::size_t>(core::HostReach::Hooks)));
}

TEST(ConfigAccessTest, SaysWhatIsWrong) {
    const auto says = [](const std::string& text, const std::string& what) {
        Config config;
        const Status read = read_text("access:\n" + text, "f", config);
        ASSERT_FALSE(read) << text;
        EXPECT_NE(read.error().message.find(what), std::string::npos) << read.error().message;
    };
    says("  users: {alice: boss}\n", "access.users.alice: 'boss'");
    says("  users: [alice]\n", "access.users: expected names with roles");
    says("  users: {alice: [viewer]}\n", "access.users.alice: expected a role");
    says("  certificates: {ci: root}\n", "access.certificates.ci: 'root'");
    says("  groups: {a: viewer, a: admin}\n", "access.groups.a: is given twice");
    says("  others: all\n", "access.others: \"all\"; expected none, by-mode");
    says("  policy: hooks mounts\n", "access.policy: \"hooks mounts\"; expected words of hooks");
    says("  user: {}\n", "access.user: unknown key");
}

TEST(ConfigSampleTest, HoldsTheDefaults) {
    Config sample;
    const Status read = read_file(POTD_SAMPLE, sample);
    ASSERT_TRUE(read) << read.error().message;
    const Config defaults;
    EXPECT_EQ(sample.instance, defaults.instance);
    EXPECT_EQ(sample.log.level, defaults.log.level);
    EXPECT_EQ(sample.log.format, defaults.log.format);
    const auto of_api = [](const ApiConfig& c) {
        return std::tuple(c.socket_group, c.socket_mode, c.max_header, c.max_body, c.max_connections,
                          c.idle_timeout, c.listen, c.listen_plain, c.max_per_address, c.tls.certificate,
                          c.tls.key, c.tls.client_ca, c.tls.needs_client_certificate);
    };
    EXPECT_EQ(of_api(sample.api), of_api(defaults.api));
    const auto of_access = [](const AccessConfig& c) {
        return std::tuple(c.users, c.groups, c.certificates, c.others, c.others_by_mode, c.policy);
    };
    EXPECT_EQ(of_access(sample.access), of_access(defaults.access));
    EXPECT_EQ(sample.storage.driver, defaults.storage.driver);
    EXPECT_EQ(sample.pressure.rules, defaults.pressure.rules);
    EXPECT_EQ(sample.pressure.dry_run, defaults.pressure.dry_run);
    EXPECT_EQ(sample.bases.mirror, defaults.bases.mirror);
    EXPECT_EQ(sample.bases.max_size, defaults.bases.max_size);
    const auto of_pots = [](const DefaultsConfig& c) {
        return std::tuple(c.stop_timeout, c.pids, c.log_max_size, c.log_max_files);
    };
    EXPECT_EQ(of_pots(sample.defaults), of_pots(defaults.defaults));
    const auto of_network = [](const NetworkConfig& c) {
        return std::tuple(c.ipv4_pool, c.public_prefix, c.ipv6_pool, c.ipv6_pool_is_chosen, c.isolate_public,
                          c.route_public, c.forwarding, c.first_port, c.last_port, c.dns_pot);
    };
    EXPECT_EQ(of_network(sample.network), of_network(defaults.network));
    EXPECT_EQ(sample.metrics.listen, defaults.metrics.listen);
    EXPECT_EQ(sample.metrics.pots, defaults.metrics.pots);
    EXPECT_EQ(sample.user_namespace.first_id, defaults.user_namespace.first_id);
    EXPECT_EQ(sample.user_namespace.pots, defaults.user_namespace.pots);
    EXPECT_EQ(sample.history.runs, defaults.history.runs);
    EXPECT_EQ(sample.pots.unstarted_age, defaults.pots.unstarted_age);
    EXPECT_EQ(sample.pots.copy_max_size, defaults.pots.copy_max_size);
    EXPECT_EQ(sample.flavours.path, defaults.flavours.path);
    const auto of_operations = [](const OperationsConfig& c) {
        return std::tuple(c.kept, c.max_age, c.keys, c.key_age);
    };
    EXPECT_EQ(of_operations(sample.operations), of_operations(defaults.operations));
}

}  // namespace
}  // namespace potd::config
