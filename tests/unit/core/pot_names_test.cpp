#include "core/service/pot_names.hpp"

#include "core/model/attributes.hpp"
#include "tests/support/core_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Kind = NameFile::Kind;

class PotNamesTest : public testing::Test, public fakes::CoreFixture {
  protected:
    PotNamesTest() { install_base(); }

    static PotSpec named(const std::string& name, NetworkType type = NetworkType::Inherit) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.network.type = type;
        if (type == NetworkType::PublicBridge) spec.network.bridges = {{"public", {}, {}, {}}};
        return spec;
    }
    Result<PotPtr> make(const PotSpec& spec) {
        return *ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
    }
    void run(const PotSpec& spec) {
        ASSERT_TRUE(make(spec).ok());
        ASSERT_TRUE(start(spec.name)->ok());
        pass();
    }
    void run_on_bridge(const std::string& name) { run(named(name, NetworkType::PublicBridge)); }
    template <class F>
    Result<PotPtr> change(const std::string& name, F edit) {
        PotPatch patch;
        patch.apply = [&](PotSpec& spec) {
            edit(spec);
            return Status();
        };
        return *ask<PotPtr>([&](auto reply) { pots->change(name, patch, reply); });
    }
    /// What is put off, is done.
    void pass() {
        timers.advance(milliseconds{100});
        loop.run();
    }
    const NameFiles& seen_by(const std::string& name) { return runtime.runs.at(key(name)).request.names; }
    const std::string& hosts_of(const std::string& name) { return seen_by(name).hosts.text; }
    std::string line_of(const std::string& name) {
        return to_string(pots->find(name)->leases.addresses.at(0).address) + "\t" + name + "\n";
    }
};

TEST_F(PotNamesTest, PotsOfABridgeKnowEachOtherWhileTheyRun) {
    run_on_bridge("a");
    run_on_bridge("b");
    EXPECT_THAT(hosts_of("b"), HasSubstr(line_of("a")));
    EXPECT_THAT(hosts_of("a"), HasSubstr(line_of("b")));
    const std::string line = line_of("b");
    ASSERT_TRUE(stop("b")->ok());
    pass();
    EXPECT_THAT(hosts_of("a"), Not(HasSubstr(line)));
    ASSERT_TRUE(start("b")->ok());
    pass();
    EXPECT_THAT(hosts_of("a"), HasSubstr(line));
    runtime.exit(key("b"), 0);
    loop.run();
    pass();
    EXPECT_THAT(hosts_of("a"), Not(HasSubstr(line))) << "it has ended by itself";
}

TEST_F(PotNamesTest, ThoseOfOtherNetworksAreStrangers) {
    run_on_bridge("a");
    run(named("c"));
    run(named("d", NetworkType::None));
    EXPECT_THAT(hosts_of("a"), Not(HasSubstr("\tc\n")));
    EXPECT_THAT(hosts_of("d"), Not(HasSubstr("\ta\n")));
    EXPECT_THAT(hosts_of("d"), HasSubstr("127.0.0.1\tlocalhost d\n"));
    EXPECT_EQ(seen_by("c").hosts.kind, Kind::Host);
}

TEST_F(PotNamesTest, WhatAPotLearnsFromARouterIsTold) {
    BridgeRequest request;
    request.name = "lan";
    request.uplink = "eth1";
    ASSERT_TRUE(*ask<Bridge>([&](auto reply) { bridges->create(request, reply); }));
    const auto on_lan = [](const std::string& name) {
        PotSpec spec = named(name, NetworkType::PrivateBridge);
        spec.network.bridges = {{"lan", {}, {}, {}}};
        return spec;
    };
    run(on_lan("a"));
    run(on_lan("b"));
    EXPECT_THAT(hosts_of("b"), Not(HasSubstr("\ta\n"))) << "nothing is known yet";
    const auto after = [&](milliseconds time) {
        timers.advance(time);
        loop.run();
        pass();
    };
    networks.by_routers = parse_ip_address("2001:db8::7");
    after(milliseconds{2000});
    EXPECT_THAT(hosts_of("b"), HasSubstr("2001:db8::7\ta\n"));
    EXPECT_THAT(hosts_of("a"), HasSubstr("2001:db8::7\ta\n")) << "and to itself";
    networks.by_routers = parse_ip_address("2001:db8:9::7");
    after(milliseconds{60'000});
    EXPECT_THAT(hosts_of("b"), HasSubstr("2001:db8:9::7\ta\n")) << "another network";
    runtime.runs.at(key("b")).request.names.hosts.text = "old";
    crash();
    pass();
    EXPECT_THAT(hosts_of("b"), HasSubstr("2001:db8:9::7\ta\n")) << "at once after a crash";
    ASSERT_TRUE(stop("a")->ok());
    pass();
    EXPECT_THAT(hosts_of("b"), Not(HasSubstr("\ta\n")));
    networks.by_routers.reset();
    ASSERT_TRUE(start("a")->ok());
    pass();
    EXPECT_THAT(hosts_of("b"), Not(HasSubstr("\ta\n"))) << "what the run before had counts no more";
}

TEST_F(PotNamesTest, ManyThatStartTogetherAreWrittenOnce) {
    run_on_bridge("a");
    for (const char* name : {"b", "c", "d", "e"}) {
        ASSERT_TRUE(make(named(name, NetworkType::PublicBridge)).ok());
    }
    pass();
    const std::size_t before = runtime.names_put;
    for (const char* name : {"b", "c", "d", "e"}) ASSERT_TRUE(start(name)->ok());
    pass();
    // The first one at once in `a`; the rest in one go, in those that had started before the last.
    EXPECT_LE(runtime.names_put - before, 1U + 5U);
    EXPECT_THAT(hosts_of("a"), HasSubstr(line_of("e")));
    EXPECT_THAT(hosts_of("b"), HasSubstr(line_of("e")));
}

TEST_F(PotNamesTest, NewEntriesShowAtOnce) {
    run_on_bridge("a");
    ASSERT_TRUE(change("a", [](PotSpec& spec) {
                    spec.hosts = {{"db", *parse_ip_address("192.0.2.7")}};
                }).ok());
    EXPECT_THAT(hosts_of("a"), HasSubstr("192.0.2.7\tdb\n"));
    ASSERT_TRUE(change("a", [](PotSpec& spec) { spec.hosts.clear(); }).ok());
    EXPECT_THAT(hosts_of("a"), Not(HasSubstr("db")));
}

TEST_F(PotNamesTest, WithTheHostsNetworkEntriesFollowTheHosts) {
    PotSpec spec = named("a");
    spec.hosts = {{"db", *parse_ip_address("192.0.2.7")}};
    run(spec);
    EXPECT_EQ(seen_by("a").hosts, (NameFile{Kind::Copy, "192.0.2.7\tdb\n"}));
    EXPECT_EQ(seen_by("a").resolver.kind, Kind::Host);
}

TEST_F(PotNamesTest, ResolversFollowTheMode) {
    run_on_bridge("a");
    EXPECT_EQ(seen_by("a").resolver.kind, Kind::Copy);
    PotSpec own = named("b", NetworkType::None);
    run(own);
    EXPECT_EQ(seen_by("b").resolver.kind, Kind::Own);
    PotSpec off = named("c");
    off.dns.mode = DnsMode::Off;
    run(off);
    EXPECT_EQ(seen_by("c").resolver.kind, Kind::Own);
    PotSpec custom = named("d", NetworkType::None);
    custom.dns = {DnsMode::Custom, {*parse_ip_address("192.0.2.53")}, {}, {}};
    run(custom);
    EXPECT_THAT(seen_by("d").resolver.text, HasSubstr("nameserver 192.0.2.53\n"));
}

TEST_F(PotNamesTest, TheModePotNeedsAPot) {
    PotSpec spec = named("a", NetworkType::PublicBridge);
    spec.dns.mode = DnsMode::Pot;
    const auto none = make(spec);
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().kind, ErrorKind::Unsupported);
    EXPECT_EQ(none.error().field, "dns.mode");
    dns_pot = "names";
    crash();
    const auto missing = make(spec);
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
    EXPECT_THAT(missing.error().message, HasSubstr("names"));
    ASSERT_TRUE(make(named("names", NetworkType::PublicBridge)).ok());
    spec.hostname = "a.example.org";
    run(spec);
    const std::string server = to_string(pots->find("names")->leases.addresses.at(0).address);
    EXPECT_THAT(seen_by("a").resolver.text, HasSubstr("search example.org\nnameserver " + server + "\n"));
    EXPECT_FALSE(change("names", [](PotSpec& changed) { changed.dns.mode = DnsMode::Pot; }).ok());
}

TEST_F(PotNamesTest, WithoutThePotThatIsAskedAStartFailsAndNothingElse) {
    dns_pot = "names";
    crash();
    ASSERT_TRUE(make(named("names", NetworkType::PublicBridge)).ok());
    PotSpec spec = named("a", NetworkType::PublicBridge);
    spec.dns.mode = DnsMode::Pot;
    ASSERT_TRUE(make(spec).ok());
    ASSERT_TRUE(ask<void>([&](auto reply) { pots->destroy("names", true, reply); })->ok());
    EXPECT_TRUE(change("a", [](PotSpec& changed) { changed.prunable = true; }).ok());
    const auto started = start("a");
    ASSERT_FALSE(started->ok());
    EXPECT_THAT(started->error().message, HasSubstr("names"));
}

TEST_F(PotNamesTest, AfterACrashTheFilesAreRightAgain) {
    run_on_bridge("a");
    run_on_bridge("b");
    const std::string line = line_of("b");
    runtime.runs.at(key("b")).phase = fakes::FakeRuntime::Phase::Ended;
    runtime.runs.at(key("b")).end.exit_code = 0;
    runtime.runs.at(key("a")).request.names.hosts.text = "old";
    crash();
    pass();
    EXPECT_THAT(hosts_of("a"), HasSubstr(line_of("a")));
    EXPECT_THAT(hosts_of("a"), Not(HasSubstr(line)));
}

TEST_F(PotNamesTest, WhatCouldNotBeWrittenIsTriedAgain) {
    run_on_bridge("a");
    runtime.names_error = error(ErrorKind::ResourceExhausted, "no space");
    run_on_bridge("b");
    EXPECT_THAT(hosts_of("a"), Not(HasSubstr(line_of("b"))));
    EXPECT_THAT(complaints.back(), HasSubstr("no space"));
    runtime.names_error.reset();
    timers.advance(milliseconds{2000});
    loop.run();
    EXPECT_THAT(hosts_of("a"), HasSubstr(line_of("b")));
}

TEST_F(PotNamesTest, WhatCouldNotBeWrittenIsTriedAgainOnEveryNetwork) {
    PotSpec on_the_host = named("host");
    on_the_host.hosts = {{"old", *parse_ip_address("192.0.2.1")}};
    run(on_the_host);
    run(named("none", NetworkType::None));
    PotSpec alias = named("alias", NetworkType::Alias);
    alias.network.interfaces = {{"eth0", {*parse_interface_address("192.0.2.9", "")}}};
    run(alias);
    for (const char* name : {"host", "none", "alias"}) {
        runtime.names_error = error(ErrorKind::ResourceExhausted, "no space");
        ASSERT_TRUE(change(name, [](PotSpec& spec) {
                        spec.hosts = {{"db", *parse_ip_address("192.0.2.7")}};
                    }).ok());
        EXPECT_THAT(hosts_of(name), Not(HasSubstr("db"))) << name;
        EXPECT_THAT(complaints.back(), HasSubstr("pot " + std::string(name)));
        runtime.names_error.reset();
        const std::size_t before = runtime.names_put;
        timers.advance(milliseconds{2000});
        loop.run();
        EXPECT_THAT(hosts_of(name), HasSubstr("192.0.2.7\tdb\n")) << name;
        timers.advance(milliseconds{2000});
        loop.run();
        EXPECT_EQ(runtime.names_put, before + 1) << "once is enough";
    }
}

TEST_F(PotNamesTest, WithNoEtcHostsItKnowsNoNeighbours) {
    run_on_bridge("a");
    PotSpec quiet = named("b", NetworkType::PublicBridge);
    quiet.attributes = {{std::string(no_etc_hosts), "true"}};
    quiet.hosts = {{"db", *parse_ip_address("192.0.2.7")}};
    run(quiet);
    EXPECT_THAT(hosts_of("b"), Not(HasSubstr("\ta\n")));
    EXPECT_THAT(hosts_of("b"), HasSubstr(line_of("b"))) << "itself";
    EXPECT_THAT(hosts_of("b"), HasSubstr("192.0.2.7\tdb\n"));
    EXPECT_THAT(hosts_of("a"), HasSubstr(line_of("b"))) << "others know it";
    ASSERT_TRUE(change("b", [](PotSpec& spec) { spec.attributes.clear(); }).ok());
    EXPECT_THAT(hosts_of("b"), HasSubstr(line_of("a"))) << "at once";
    ASSERT_TRUE(change("b", [](PotSpec& spec) {
                    spec.attributes = {{std::string(no_etc_hosts), "true"}};
                }).ok());
    EXPECT_THAT(hosts_of("b"), Not(HasSubstr("\ta\n")));
}

TEST_F(PotNamesTest, ARenamedPotIsKnownByItsNewName) {
    run_on_bridge("a");
    ASSERT_TRUE(make(named("b", NetworkType::PublicBridge)).ok());
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->rename("b", "c", reply); })->ok());
    ASSERT_TRUE(start("c")->ok());
    pass();
    EXPECT_THAT(hosts_of("a"), HasSubstr(line_of("c")));
    EXPECT_THAT(hosts_of("a"), Not(HasSubstr("\tb\n")));
}

}  // namespace
}  // namespace potd::core
