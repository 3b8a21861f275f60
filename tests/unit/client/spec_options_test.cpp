#include "client/command/spec_options.hpp"

#include "client/command/name_options.hpp"
#include "client/command/table.hpp"
#include "client/output/json_text.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

Result<Value> spec(const std::vector<std::string>& words) {
    const auto arguments = parse_arguments(create_command, words);
    if (!arguments) return arguments.failure();
    return spec_from_options(*arguments);
}

std::string json_of(const std::vector<std::string>& words) {
    const auto made = spec(words);
    return made ? compact_json(*made) : made.failure().why;
}

TEST(SpecOptionsTest, NothingSaysNothing) {
    EXPECT_EQ(json_of({"-p", "web"}), "{}");
}

TEST(SpecOptionsTest, FillsTheFieldsOfTheSpec) {
    EXPECT_EQ(
        json_of({"web", "-b", "host", "-e", "A=1=2", "--memory", "256M", "--cpus", "1.5", "--pids=9", "-N",
                 "none"}),
        R"({"base":"host","network":{"type":"none"},"limits":{"memory":"256M","pids":9,"cpus":1.5},"env":{"A":"1=2"}})");
    EXPECT_EQ(json_of({"web", "--network-rx", "10M", "--network-tx=64K"}),
              R"({"limits":{"network_rx":"10M","network_tx":"64K"}})");
}

TEST(SpecOptionsTest, TheCommandKeepsItsWords) {
    EXPECT_EQ(json_of({"web", "--", "sh", "-c", "exit 7"}), R"({"command":["sh","-c","exit 7"]})");
    EXPECT_EQ(json_of({"web", "-c", "nginx -g 'daemon off;'"}),
              R"({"command":["nginx","-g","daemon off;"]})");
    EXPECT_FALSE(spec({"web", "-c", "x", "--", "y"}));
}

TEST(SpecOptionsTest, ASecretIsGivenInWordsOrAFile) {
    const test::TempDir dir;
    test::write_file(dir / "key", "a=b\nc\r\n");
    EXPECT_EQ(json_of({"web", "--env-secret", "A=x=y", "--env-secret", "B=@" + (dir / "key").string(),
                       "--env-secret=C="}),
              R"({"env_secret":{"A":"x=y","B":"a=b\nc","C":""}})");
    EXPECT_EQ(json_of({"web", "--env-secret", "B=@" + (dir / "none").string()}),
              "--env-secret B: cannot read " + (dir / "none").string());
    EXPECT_EQ(json_of({"web", "--env-secret", "B=@" + dir.path().string()}),
              "--env-secret B: cannot read " + dir.path().string());
    for (const char* bad : {"hUsh", "=hUsh"})
        EXPECT_EQ(json_of({"web", "--env-secret", bad}), "--env-secret: expected VAR=VALUE or VAR=@FILE");
}

TEST(SpecOptionsTest, ADnsModeReplacesAllOfTheEarlierOne) {
    EXPECT_EQ(json_of({"web", "-d", "off"}),
              R"({"dns":{"mode":"off","servers":[],"search":[],"options":[]}})");
    EXPECT_FALSE(spec({"web", "-d", "custom"}));
    EXPECT_FALSE(spec({"web", "-d", "custom:/no/such/file"}));
}

TEST(SpecOptionsTest, ReadsTheLinesOfAResolver) {
    const auto dns = dns_from_resolver(
        "# ours\n; theirs\n\nsearch a.b\nnameserver 192.0.2.1 # near\n"
        "nameserver\tfd00::1\ndomain c.d\noptions ndots:2 edns0\n",
        "file");
    ASSERT_TRUE(dns) << dns.failure().why;
    EXPECT_EQ(compact_json(*dns), R"({"mode":"custom","servers":["192.0.2.1","fd00::1"],)"
                                  R"("search":["c.d"],"options":["ndots:2","edns0"]})");
    for (const char* bad : {"search a\n", "", "nameserver\n", "nameserver 1.2.3.4 5.6.7.8\n",
                            "nameserver 1.2.3.4\nsortlist 10.0.0.0\n"})
        EXPECT_FALSE(dns_from_resolver(bad, "file")) << bad;
}

TEST(SpecOptionsTest, AHostsEntryIsSplitAtItsFirstColon) {
    EXPECT_EQ(compact_json(*host_entry("db:2001:db8::7")), R"({"name":"db","address":"2001:db8::7"})");
    for (const char* bad : {"db", ":10.0.0.1", "db:"}) EXPECT_FALSE(host_entry(bad)) << bad;
}

TEST(SpecOptionsTest, TheStopCommandIsSplitIntoWords) {
    EXPECT_EQ(json_of({"web", "--stop-command", "nginx -s 'quit'", "--stop-timeout", "5s"}),
              R"({"stop":{"timeout":"5s","command":["nginx","-s","quit"]}})");
    EXPECT_FALSE(spec({"web", "--stop-command", "a | b"}));
}

TEST(SpecOptionsTest, ReadsAddressesOfInterfaces) {
    EXPECT_EQ(
        json_of(
            {"web", "-N", "alias", "--ip", "em0|10.0.0.2", "--ip=em1|10.1.0.2/24", "--ip", "em0|fd00::2"}),
        R"({"network":{"type":"alias","interfaces":[{"interface":"em0","addresses":["10.0.0.2","fd00::2"]},)"
        R"({"interface":"em1","addresses":["10.1.0.2/24"]}]}})");
    const auto bare = spec({"web", "-N", "alias", "--ip", "10.0.0.2"});
    ASSERT_FALSE(bare);
    EXPECT_EQ(bare.failure().exit, exit_code::usage);
}

TEST(SpecOptionsTest, ReadsBridgesAndTheirAddresses) {
    EXPECT_EQ(json_of({"web", "-N", "public-bridge", "-S", "ipv4", "--ip", "10.192.0.9"}),
              R"({"network":{"type":"public-bridge","stack":"ipv4","ipv4":"10.192.0.9"}})");
    EXPECT_EQ(json_of({"web", "-N", "private-bridge", "-B", "front", "-B", "back", "--ip", "fd00::9", "--ip",
                       "back|10.1.0.9", "--mac", "02:00:5e:10:00:01"}),
              R"({"network":{"type":"private-bridge","bridge":"front","ipv6":"fd00::9",)"
              R"("interfaces":[{"bridge":"back","ipv4":"10.1.0.9"}],"mac":"02:00:5e:10:00:01"}})");
    EXPECT_EQ(json_of({"web", "-N", "public-bridge", "-B", "back", "--ip", "public|10.192.0.9"}),
              R"({"network":{"type":"public-bridge","ipv4":"10.192.0.9","interfaces":[{"bridge":"back"}]}})");
    EXPECT_EQ(json_of({"web", "-N", "public-bridge", "--ip", "auto"}),
              R"({"network":{"type":"public-bridge","ipv4":null,"ipv6":null}})");
    for (const auto& words : {std::vector<std::string>{"web", "-N", "public-bridge", "--ip", "back|10.1.0.9"},
                              {"web", "-N", "public-bridge", "--ip", "10.1.0.9", "--ip", "10.1.0.8"}}) {
        const auto bad = spec(words);
        ASSERT_FALSE(bad);
        EXPECT_EQ(bad.failure().exit, exit_code::usage);
    }
}

TEST(SpecOptionsTest, ReadsDevices) {
    EXPECT_EQ(json_of({"web", "-N", "none", "--device", "em1", "--device", "em2=wan|10.0.0.2/24|fd00::2"}),
              R"({"network":{"type":"none","devices":[{"interface":"em1"},)"
              R"({"interface":"em2","name":"wan","addresses":["10.0.0.2/24","fd00::2"]}]}})");
    EXPECT_EQ(json_of({"web", "--device", "em1|10.0.0.2/24@10.0.0.1"}),
              R"({"network":{"devices":[{"interface":"em1","addresses":["10.0.0.2/24"],)"
              R"("gateways":["10.0.0.1"]}]}})");
    EXPECT_EQ(json_of({"web", "--device", "none"}), R"({"network":{"devices":[]}})");
    EXPECT_FALSE(spec({"web", "--device", "none", "--device", "em1"}));
}

TEST(SpecOptionsTest, ReadsPorts) {
    EXPECT_EQ(json_of({"web", "--publish", "80:8080", "--publish=udp:53"}),
              R"({"ports":["80:8080","udp:53"]})");
    EXPECT_EQ(json_of({"web", "--publish", "none"}), R"({"ports":[]})");
    EXPECT_FALSE(spec({"web", "--publish", "none", "--publish", "80"}));
    const auto mistaken = spec({"web", "-e", "tcp:80:8080"});
    ASSERT_FALSE(mistaken);
    EXPECT_EQ(mistaken.failure().hint, "--publish publishes a port") << "pot's -e of export-ports";
}

TEST(SpecOptionsTest, ReadsMounts) {
    EXPECT_EQ(json_of({"web", "--mount", "/a:/b:ro", "--mount=/c:/d", "--tmpfs", "/t:64M"}),
              R"({"mounts":[{"dir":"/a","target":"/b","mode":"ro"},{"dir":"/c","target":"/d"},)"
              R"({"tmpfs":true,"target":"/t","size":"64M"}]})");
    EXPECT_EQ(json_of({"web", "--mount", "site:/b:ro"}),
              R"({"mounts":[{"fscomp":"site","target":"/b","mode":"ro"}]})");
    EXPECT_FALSE(spec({"web", "--mount", "/a"}));
    EXPECT_FALSE(spec({"web", "--mount", "/a:/b:rx"}));
}

TEST(SpecOptionsTest, SetsSecurity) {
    EXPECT_EQ(json_of({"web", "--cap-add", "CAP_NET_ADMIN", "--cap-drop=ALL", "--read-only", "--userns=on"}),
              R"({"security":{"user_namespace":"on","read_only_root":true,)"
              R"("capabilities":{"add":["NET_ADMIN"],"drop":["ALL"]}}})");
}

TEST(SpecOptionsTest, ASinglePotIsOfLevelZero) {
    EXPECT_EQ(json_of({"web", "-t", "single"}), R"({"type":"single","level":0})");
    EXPECT_EQ(json_of({"web", "-t", "multi", "-l", "1"}), R"({"type":"multi","level":1})");
}

TEST(SpecOptionsTest, RefusesNumbersThatAreNone) {
    for (const auto* word :
         {"--pids=x", "--cpus=1,5", "--cpu-weight=1.5", "--env=A", "--env==x", "--label=x"}) {
        const auto made = spec({"web", word});
        ASSERT_FALSE(made) << word;
        EXPECT_EQ(made.failure().exit, exit_code::usage) << word;
    }
}

}  // namespace
}  // namespace potd::client
