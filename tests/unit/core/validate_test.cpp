#include "core/model/validate.hpp"

#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

PotSpec good_spec() {
    PotSpec spec;
    spec.name = "web";
    spec.base = "host";
    spec.command = {"/bin/true"};
    return spec;
}

NetworkSpec on_bridge() {
    NetworkSpec network;
    network.type = NetworkType::PublicBridge;
    network.bridges = {{"public", {}, {}, {}}};
    return network;
}

struct BadSpec {
    const char* field;
    std::function<void(PotSpec&)> spoil;
};

TEST(ValidateTest, AcceptsAPlainSpec) {
    EXPECT_TRUE(validate(good_spec(), {2, 0}));
}

TEST(ValidateTest, AcceptsRatesOfPotsOnBridges) {
    PotSpec spec = good_spec();
    spec.network = on_bridge();
    spec.limits.network_rx = 1024;
    spec.limits.network_tx = 10'000'000'000;
    const Status valid = validate(spec, {2, 0});
    EXPECT_TRUE(valid) << valid.error().message;
}

TEST(ValidateTest, NamesTheFieldThatIsWrong) {
    const std::vector<BadSpec> cases{
        {"name", [](PotSpec& s) { s.name = "../x"; }},
        {"base", [](PotSpec& s) { s.base = ""; }},
        {"hostname", [](PotSpec& s) { s.hostname = "a b"; }},
        {"level", [](PotSpec& s) { s.level = 3; }},
        {"level",
         [](PotSpec& s) {
             s.type = PotType::Single;
             s.level = 1;
         }},
        {"command[0]", [](PotSpec& s) { s.command = {""}; }},
        {"command[1]",
         [](PotSpec& s) {
             s.command = {"a", "\xff"};
         }},
        {"command",
         [](PotSpec& s) {
             s.command = {"a", std::string(1U << 20U, 'x')};
         }},
        {"env.1A",
         [](PotSpec& s) {
             s.env = {{"1A", "x"}};
         }},
        {"env.A",
         [](PotSpec& s) {
             s.env = {{"A", "\xff"}};
         }},
        {"workdir", [](PotSpec& s) { s.workdir = "var"; }},
        {"workdir", [](PotSpec& s) { s.workdir = "/a/../b"; }},
        {"mounts[0].target",
         [](PotSpec& s) {
             s.mounts = {{MountSpec::Kind::Tmpfs, "", "/", false, 0}};
         }},
        {"mounts[0].dir",
         [](PotSpec& s) {
             s.mounts = {{MountSpec::Kind::Directory, "x", "/y", false, 0}};
         }},
        {"mounts[0].fscomp",
         [](PotSpec& s) {
             s.mounts = {{MountSpec::Kind::Volume, "a/b", "/y", false, 0}};
         }},
        {"mounts[1].target",
         [](PotSpec& s) {
             s.mounts = {{MountSpec::Kind::Tmpfs, "", "/y/below", false, 0},
                         {MountSpec::Kind::Volume, "site", "/y", false, 0}};
         }},
        {"mounts[1].target",
         [](PotSpec& s) {
             const MountSpec one{MountSpec::Kind::Tmpfs, "", "/y", false, 0};
             s.mounts = {one, one};
         }},
        {"mounts[0].size",
         [](PotSpec& s) {
             s.mounts = {{MountSpec::Kind::Tmpfs, "", "/y", false, -1}};
         }},
        {"limits.memory", [](PotSpec& s) { s.limits.memory = 5; }},
        {"limits.memory", [](PotSpec& s) { s.limits.memory = -1; }},
        {"limits.memory_soft",
         [](PotSpec& s) {
             s.limits.memory = 2 << 20;
             s.limits.memory_soft = 3 << 20;
         }},
        {"limits.swap", [](PotSpec& s) { s.limits.swap = -1; }},
        {"limits.network_rx",
         [](PotSpec& s) {
             s.network = on_bridge();
             s.limits.network_rx = 1023;
         }},
        {"limits.network_tx",
         [](PotSpec& s) {
             s.network = on_bridge();
             s.limits.network_tx = 10'000'000'001;
         }},
        {"limits.network_tx",
         [](PotSpec& s) {
             s.network = on_bridge();
             s.limits.network_tx = -1;
         }},
        {"limits.network_rx", [](PotSpec& s) { s.limits.network_rx = 1 << 20; }},
        {"limits.network_tx",
         [](PotSpec& s) {
             s.network.type = NetworkType::None;
             s.limits.network_tx = 1 << 20;
         }},
        {"limits.cpus", [](PotSpec& s) { s.limits.cpus = 3; }},
        {"limits.cpus", [](PotSpec& s) { s.limits.cpus = -0.5; }},
        {"limits.cpu_weight", [](PotSpec& s) { s.limits.cpu_weight = 10'001; }},
        {"limits.cpuset", [](PotSpec& s) { s.limits.cpuset = "0,2"; }},
        {"limits.pids", [](PotSpec& s) { s.limits.pids = -3; }},
        {"rlimits",
         [](PotSpec& s) {
             s.rlimits = {{"files", 3}};
         }},
        {"rlimits.nofile",
         [](PotSpec& s) {
             s.rlimits = {{"nofile", -3}};
         }},
        {"stop.signal", [](PotSpec& s) { s.stop.signal = 0; }},
        {"stop.timeout", [](PotSpec& s) { s.stop.timeout = milliseconds{86'400'001}; }},
        {"stop.command[0]",
         [](PotSpec& s) {
             s.stop.command = {"", "x"};
         }},
        {"stop.command[1]",
         [](PotSpec& s) {
             s.stop.command = {"x", std::string("a\0b", 3)};
         }},
        {"stop.command",
         [](PotSpec& s) {
             s.stop.command = {"x", std::string(70'000, 'a')};
         }},
        {"labels",
         [](PotSpec& s) {
             s.labels = {{"", "x"}};
         }},
        {"labels.a",
         [](PotSpec& s) {
             s.labels = {{"a", std::string(5000, 'x')}};
         }},
        {"log.max_size", [](PotSpec& s) { s.log.max_size = 1; }},
        {"log.max_files", [](PotSpec& s) { s.log.max_files = -1; }},
        {"hooks.prestart[0]", [](PotSpec& s) { s.hooks.prestart = {HookSpec{}}; }},
        {"hooks.prestart[0]",
         [](PotSpec& s) {
             s.hooks.prestart = {{{"/a"}, "#!/bin/sh\n", {}, milliseconds{1}, false}};
         }},
        {"hooks.poststart[1].command[0]",
         [](PotSpec& s) {
             s.hooks.poststart = {{{"/a"}, {}, {}, milliseconds{1}, true},
                                  {{"a"}, {}, {}, milliseconds{1}, true}};
         }},
        {"hooks.prestop[0].script",
         [](PotSpec& s) {
             s.hooks.prestop = {{{}, "echo", {}, milliseconds{1}, false}};
         }},
        {"hooks.poststop[0].timeout",
         [](PotSpec& s) {
             s.hooks.poststop = {{{"/a"}, {}, {}, milliseconds{0}, false}};
         }},
        {"hooks.poststop[0].on_failure",
         [](PotSpec& s) {
             s.hooks.poststop = {{{"/a"}, {}, {}, milliseconds{1}, true}};
         }},
        {"hooks.prestop", [](PotSpec& s) { s.hooks.prestop.resize(17); }},
        {"restart.max_retries", [](PotSpec& s) { s.restart.max_retries = 3; }},
        {"restart.max_retries",
         [](PotSpec& s) {
             s.restart = {RestartPolicy::OnFailure, -1};
         }},
        {"restart.policy",
         [](PotSpec& s) {
             s.restart.policy = RestartPolicy::Always;
             s.remove_on_exit = true;
         }},
        {"restart.backoff.initial", [](PotSpec& s) { s.restart.initial = milliseconds{1}; }},
        {"restart.backoff.max", [](PotSpec& s) { s.restart.max = milliseconds{50}; }},
        {"restart.backoff.reset_after", [](PotSpec& s) { s.restart.reset_after = milliseconds{-1}; }},
        {"depends_on[1]",
         [](PotSpec& s) {
             s.depends_on = {"a", "a b"};
         }},
    };
    for (const BadSpec& one : cases) {
        PotSpec spec = good_spec();
        one.spoil(spec);
        const Status status = validate(spec, {2, 0});
        ASSERT_FALSE(status) << one.field;
        EXPECT_EQ(status.error().field, one.field) << status.error().message;
        EXPECT_EQ(status.error().kind, ErrorKind::InvalidArgument);
    }
}

TEST(CpuListTest, ReadsNumbersAndRanges) {
    EXPECT_EQ(*parse_cpu_list("0,2-3", 4, "x"), (std::vector<int>{0, 2, 3}));
    EXPECT_EQ(*parse_cpu_list("1,1", 4, "x"), (std::vector<int>{1}));
    for (const char* bad : {"", ",", "0,", "3-2", "4", "-1", "0-", "a", "0;1"}) {
        EXPECT_FALSE(parse_cpu_list(bad, 4, "x")) << bad;
    }
}

TEST(SignalTest, ReadsNamesAndNumbers) {
    EXPECT_EQ(*parse_signal("TERM", "x"), 15);
    EXPECT_EQ(*parse_signal("SIGKILL", "x"), 9);
    EXPECT_EQ(*parse_signal("2", "x"), 2);
    EXPECT_EQ(signal_name(15), "TERM");
    EXPECT_EQ(*parse_signal("RTMIN+3", "x"), *parse_signal(signal_name(*parse_signal("RTMIN+3", "x")), "x"));
    EXPECT_EQ(*parse_signal("RTMIN", "x"), *parse_signal("RTMIN+0", "x"));
    EXPECT_EQ(*parse_signal("SIGRTMAX", "x"), *parse_signal(signal_name(*parse_signal("RTMAX", "x")), "x"));
    for (const char* bad : {"", "0", "-9", "999", "FOO", "SIG", "RTMIN+99", "term "}) {
        EXPECT_FALSE(parse_signal(bad, "x")) << bad;
    }
}

}  // namespace
}  // namespace potd::core
