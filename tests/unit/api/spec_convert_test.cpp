#include "api/convert/spec.hpp"
#include "api/convert/spec_json.hpp"
#include "openapi/wire/codec.hpp"

#include <string>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

using core::ErrorKind;

core::Result<core::PotSpec> read(const std::string& members) {
    return api::decode_spec(R"({"name":"web","base":"host")" + (members.empty() ? "" : "," + members) + "}");
}

void expect_refused(const std::string& members, ErrorKind kind, const std::string& field) {
    const auto spec = read(members);
    ASSERT_FALSE(spec.ok()) << members;
    EXPECT_EQ(spec.error().kind, kind) << members << ": " << spec.error().message;
    EXPECT_EQ(spec.error().field, field) << members << ": " << spec.error().message;
}

core::PotSpec full_spec() {
    core::PotSpec spec;
    spec.name = "web";
    spec.base = "bookworm";
    spec.type = core::PotType::Single;
    spec.level = 0;
    spec.command = {"/bin/sh", "-c", "echo \"\xC3\xA4\"\n"};
    spec.env = {{"Z", "1"}, {"A", ""}};
    spec.user = "www-data";
    spec.workdir = "/srv";
    spec.hostname = "front";
    spec.persistent = true;
    spec.terminal = spec.open_stdin = spec.prunable = spec.remove_on_exit = true;
    spec.network.type = core::NetworkType::None;
    spec.network.interfaces = {{"em0", {*core::parse_interface_address("10.0.0.2/24", "test")}}};
    spec.mounts = {{core::MountSpec::Kind::Directory, "/a", "/b", true, 0},
                   {core::MountSpec::Kind::Volume, "site", "/site", true, 0},
                   {core::MountSpec::Kind::Dataset, "tank/data", "/tank", false, 0},
                   {core::MountSpec::Kind::Tmpfs, "", "/tmp", false, 1 << 20}};
    spec.limits = {1 << 28, 1 << 27, 0, 1.5, 100, "0,2-3", 50};
    spec.limits.io_weight = 500;
    spec.limits.io = {{"/dev/vda", 1 << 20, 0, 0, 7}, {"254:0", 0, 4096, 9, 0}};
    spec.limits.hugepages = {{"2M", 4 << 20}, {"1G", 0}};
    spec.limits.files = 512;
    spec.limits.rctl = {{"nthr", 20}};
    spec.limits.best_effort.fields = {"io"};
    spec.rlimits = {{"nofile", 1024}, {"core", 0}};
    spec.stop = {34, core::milliseconds(90'500), {"/bin/quit", ""}};
    spec.boot = {true, true};
    spec.hooks.prestart = {{{"/opt/h.sh", "a b"}, "", "www", core::milliseconds(1500), false}};
    spec.hooks.poststop = {{{}, "#!/bin/sh\n", "", core::milliseconds(30'000), false}};
    spec.restart = {core::RestartPolicy::OnFailure, 5, core::milliseconds(200), core::milliseconds(5'000),
                    core::milliseconds(0)};
    spec.oom = {core::OomPolicy::Stop, -5, true};
    spec.depends_on = {"db", "cache"};
    spec.health.kind = core::HealthSpec::Kind::Http;
    spec.health.port = 80;
    spec.health.path = "/ok";
    spec.health.on_unhealthy = core::OnUnhealthy::Restart;
    spec.labels = {{"team", "web"}};
    spec.security = {{"NET_ADMIN"}, {"ALL"}, core::SeccompMode::Unconfined, false, true, true};
    spec.log = {4096, 0};
    return spec;
}

TEST(SpecJsonTest, GivesBackWhatItWasGiven) {
    core::PotSpec plain;
    plain.name = "a";
    for (const core::PotSpec& spec : {plain, full_spec()}) {
        const auto again = api::decode_spec(api::encode_spec(spec));
        ASSERT_TRUE(again.ok()) << again.error().message;
        EXPECT_EQ(*again, spec);
    }
}

TEST(SpecConvertTest, ShowsWhatIsInForce) {
    core::PotSpec spec;
    spec.command = {"true"};
    EXPECT_EQ(api::to_wire(spec, api::SpecForm::Shown).persistent, false);
    EXPECT_EQ(api::to_wire(spec, api::SpecForm::Stored).persistent, std::nullopt);
}

TEST(SpecConvertTest, ReadsSizesSignalsAndDurations) {
    const auto spec = read(
        R"("limits":{"memory":"256M","swap":0,"network_rx":"10M","network_tx":4096},"stop":{"signal":"SIGINT","timeout":"1m"},)"
        R"("log":{"max_size":8192},"rlimits":{"nofile":64})");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->limits.memory, 256 << 20);
    EXPECT_EQ(spec->limits.swap, 0);
    EXPECT_EQ(spec->limits.network_rx, 10 << 20);
    EXPECT_EQ(spec->limits.network_tx, 4096);
    EXPECT_EQ(spec->stop.signal, 2);
    EXPECT_EQ(spec->stop.timeout, core::milliseconds(60'000));
    EXPECT_EQ(spec->log.max_size, 8192);
    EXPECT_EQ(spec->rlimits.at("nofile"), 64);
}

TEST(SpecConvertTest, ASinglePotHasLevelZero) {
    EXPECT_EQ(read(R"("type":"single")")->level, 0);
    EXPECT_EQ(read("")->level, 1);
}

TEST(SpecConvertTest, TakesPotsAttributes) {
    const auto spec = read(R"("attributes":{"persistent":"NO","prunable":true,"start-at-boot":"Yes",)"
                           R"("early-start-at-boot":"on","no-rc-script":true,"no-tmpfs":false})");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->persistent, false);
    EXPECT_TRUE(spec->prunable && spec->boot.start && spec->boot.early);
    EXPECT_TRUE(spec->attributes.empty());
    EXPECT_EQ(read(R"("attributes":{"no-etc-hosts":"YES"})")->attributes.at("no-etc-hosts"), "true");
    EXPECT_TRUE(read(R"("attributes":{"no-etc-hosts":"no"})")->attributes.empty());
    expect_refused(R"("attributes":{"exec_stop":"x"})", ErrorKind::Unsupported, "attributes.exec_stop");
    expect_refused(R"("attributes":{"stop_timeout":"soon"})", ErrorKind::InvalidArgument,
                   "attributes.stop_timeout");
    expect_refused(R"("attributes":{"no-tmpfs":"YES"})", ErrorKind::Unsupported, "attributes.no-tmpfs");
    expect_refused(R"("attributes":{"colour":true})", ErrorKind::InvalidArgument, "attributes.colour");
    expect_refused(R"("attributes":{"prunable":"maybe"})", ErrorKind::InvalidArgument, "attributes.prunable");
}

TEST(SpecConvertTest, AttributesOfJailsAreKeptForThePlatform) {
    const auto spec =
        read(R"("attributes":{"procfs":true,"children":3,"jail.securelevel":"2","stop_timeout":7})");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->attributes, (std::map<std::string, std::string>{
                                    {"procfs", "true"}, {"children", "3"}, {"jail.securelevel", "2"}}));
    EXPECT_EQ(spec->stop.timeout.count(), 7'000);
}

TEST(SpecConvertTest, TakesTheDefaultsOfWhatItDoesNotHave) {
    const auto spec =
        read(R"("ports":[],"dns":{"mode":"inherit"},"hosts":[],"oom":{"priority":0,"policy":"kill"},)"
             R"("restart":{"policy":"no"},"health":null,"hooks":{"poststop":[],"prestart":[],)"
             R"("prestop":[],"poststart":[]},"depends_on":[],"image":null,"limits":{"io":[]},)"
             R"("network":{"type":"inherit","stack":"dual","ipv4":"auto"},"stop":{"command":[]})");
    EXPECT_TRUE(spec.ok()) << spec.error().message;
}

TEST(SpecConvertTest, ReadsAddressesOfInterfaces) {
    const auto spec = read(R"("network":{"type":"alias","interfaces":[)"
                           R"({"interface":"em0","addresses":["10.0.0.2","2001:DB8::0:2/64"]},)"
                           R"({"interface":"em1","addresses":["10.1.0.2/24"]}]})");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->network.type, core::NetworkType::Alias);
    const auto shown = api::to_wire(*spec, api::SpecForm::Shown).network;
    EXPECT_EQ(shown.type, "alias");
    ASSERT_EQ(shown.interfaces.size(), 2U);
    EXPECT_EQ(shown.interfaces[0].interface, "em0");
    EXPECT_EQ(shown.interfaces[0].addresses, (std::vector<std::string>{"10.0.0.2", "2001:db8::2/64"}));
    EXPECT_EQ(shown.interfaces[1].addresses, (std::vector<std::string>{"10.1.0.2/24"}));
    expect_refused(
        R"("network":{"type":"alias","interfaces":[{"interface":"em0","addresses":["10.0.0.2","x"]}]})",
        ErrorKind::InvalidArgument, "network.interfaces[0].addresses[1]");
    expect_refused(R"("network":{"type":"vlan"})", ErrorKind::InvalidArgument, "network.type");
}

TEST(SpecConvertTest, ReadsNamesAndShowsThemAgain) {
    const auto spec =
        read(R"("dns":{"mode":"custom","servers":["192.0.2.53","2001:DB8::35"],)"
             R"("search":["example.org"],"options":["ndots:2"]},)"
             R"("hosts":[{"name":"db","address":"10.0.0.7"},{"name":"db","address":"fd00::0:7"}])");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->dns.mode, core::DnsMode::Custom);
    const auto shown = api::to_wire(*spec, api::SpecForm::Shown);
    EXPECT_EQ(shown.dns.servers, (std::vector<std::string>{"192.0.2.53", "2001:db8::35"}));
    ASSERT_EQ(shown.hosts.size(), 2U);
    EXPECT_EQ(shown.hosts[1].address, "fd00::7");
    expect_refused(R"("dns":{"mode":"auto"})", ErrorKind::InvalidArgument, "dns.mode");
    expect_refused(R"("dns":{"mode":"custom","servers":["x"]})", ErrorKind::InvalidArgument,
                   "dns.servers[0]");
    expect_refused(R"("hosts":[{"name":"db","address":"10.0.0"}])", ErrorKind::InvalidArgument,
                   "hosts[0].address");
}

TEST(SpecConvertTest, WhatWasStoredBeforeThereWereNamesInherits) {
    const auto old = api::decode_spec(R"({"name":"web","base":"host","network":{"type":"inherit"}})");
    ASSERT_TRUE(old.ok()) << old.error().message;
    EXPECT_EQ(old->dns, core::DnsSpec());
    EXPECT_TRUE(old->hosts.empty());
    core::PotSpec spec = *old;
    spec.dns = {core::DnsMode::Custom, {*core::parse_ip_address("192.0.2.1")}, {"a"}, {"edns0"}};
    spec.hosts = {{"db", *core::parse_ip_address("fd00::7")}};
    const auto again = api::decode_spec(api::encode_spec(spec));
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(*again, spec);
}

TEST(SpecConvertTest, RefusesWhatItDoesNotHaveByName) {
    const auto unsupported = [](const std::string& members, const std::string& field) {
        expect_refused(members, ErrorKind::Unsupported, field);
    };
    unsupported(R"("image":"nginx")", "image");
}

TEST(SpecConvertTest, ReadsLimitsInTheirForms) {
    const auto spec = read(
        R"("limits":{"cpu_count":2,"best_effort":true,"hugepages":{"2M":"4M"},"rctl":{"vmemoryuse":"1G"},)"
        R"("io":[{"device":"/dev/vda","read_bps":"10M","write_iops":100}]})");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->limits.cpu_count, 2);
    EXPECT_TRUE(spec->limits.best_effort.all);
    EXPECT_EQ(spec->limits.hugepages.at("2M"), 4 << 20);
    EXPECT_EQ(spec->limits.rctl.at("vmemoryuse"), 1 << 30);
    EXPECT_EQ(spec->limits.io, (std::vector<core::IoLimit>{{"/dev/vda", 10 << 20, 0, 0, 100}}));
    const auto again = api::decode_spec(api::encode_spec(*spec));
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->limits, spec->limits);
}

TEST(SpecConvertTest, NamesTheFieldOfABadValue) {
    const auto invalid = [](const std::string& members, const std::string& field) {
        expect_refused(members, ErrorKind::InvalidArgument, field);
    };
    invalid(R"("type":"double")", "type");
    invalid(R"("level":3)", "level");
    invalid(R"("limits":{"memory":-5})", "limits.memory");
    invalid(R"("stop":{"timeout":"10"})", "stop.timeout");
    invalid(R"("stop":{"signal":"HELLO"})", "stop.signal");
    invalid(R"("mounts":[{"tmpfs":true,"target":"/x","mode":"wr"}])", "mounts[0].mode");
    invalid(R"("mounts":[{"target":"/x"}])", "mounts[0]");
    invalid(R"("mounts":[{"fscomp":"site","dir":"/a","target":"/x"}])", "mounts[0]");
    invalid(R"("mounts":[{"fscomp":"site","size":"1M","target":"/x"}])", "mounts[0].size");
    invalid(R"("mounts":[{"tmpfs":true}])", "mounts[0].target");
    invalid(R"("security":{"seccomp":"loose"})", "security.seccomp");
    invalid(R"("security":{"user_namespace":"perhaps"})", "security.user_namespace");
    invalid(R"("limits":{"ram":5})", "limits.ram");
    invalid(R"("limits":{"io":[1]})", "limits.io[0]");
    invalid(R"("limits":{"io":[{"read_bps":"1M"}]})", "limits.io[0].device");
    invalid(R"("limits":{"io":[{"device":"8:0","write_bps":"fast"}]})", "limits.io[0].write_bps");
    invalid(R"("limits":{"hugepages":{"2M":"lots"}})", "limits.hugepages.2M");
    invalid(R"("limits":{"best_effort":"yes"})", "limits.best_effort");
    invalid(R"("limits":{"best_effort":[1]})", "limits.best_effort[0]");
}

}  // namespace
}  // namespace potd::test
