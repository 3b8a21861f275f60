// Pots with addresses of their own in jails: aliases on an interface of the host that the test makes, reached
// from a jail with a network stack of its own at the other end of a cable.
#include "tests/support/host_probe.hpp"
#include "tests/support/jail_cable.hpp"
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <sstream>

namespace potd::test {
namespace {

using ::testing::HasSubstr;
using Names = std::vector<std::string>;

/// "epair0a 10.99.0.1" for every address of the host, sorted.
Names host_addresses() {
    std::istringstream lines(output_of_program({"/sbin/ifconfig", "-a"}));
    Names all;
    std::string interface;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word, address;
        words >> word >> address;
        if (line.find_first_of(" \t") != 0) interface = word.substr(0, word.find(':'));
        if (word == "inet" || word == "inet6") all.push_back(interface + " " + address);
    }
    std::sort(all.begin(), all.end());
    return all;
}

class AliasJailTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        if (const std::string reason = JailCable::lacks(); !reason.empty()) GTEST_SKIP() << reason;
        cable_.emplace();
        before_ = host_addresses();
        start_potd();
        api_.emplace(potd.socket());
    }
    void TearDown() override {
        if (api_) {
            for (const std::string& name : made_) api_->request("DELETE", "/v1/pots/" + name + "?force=true");
            EXPECT_EQ(host_addresses(), before_) << "left on the host";
        }
        cable_.reset();
        OwnPotdTest::TearDown();
    }

    Json alias(const Names& addresses, const std::string& interface = {}) const {
        const std::string name = interface.empty() ? cable_->near() : interface;
        return {{"type", "alias"},
                {"interfaces", Json::array({{{"interface", name}, {"addresses", addresses}}})}};
    }
    /// A pot that tells its name to whoever connects to port 8080, by the families of its addresses.
    Json server(const std::string& name, const Names& addresses) {
        made_.push_back(name);
        std::string script;
        for (const char* family : {"4", "6"}) {
            const bool wanted = std::any_of(addresses.begin(), addresses.end(), [&](const std::string& each) {
                return (each.find(':') == std::string::npos) == (*family == '4');
            });
            if (wanted)
                script +=
                    std::string("(while :; do echo ") + name + " | nc -N -" + family + " -l 8080; done) & ";
        }
        return {{"name", name},
                {"base", "host"},
                {"network", alias(addresses)},
                {"command", sh(script + "wait")}};
    }
    void start(const Json& spec) {
        api_->create(spec);
        api_->start(spec["name"]);
    }
    std::string from_outside(const std::string& address) {
        std::string answer;
        static_cast<void>(wait_until([&] { return !(answer = cable_->read(address)).empty(); }));
        return answer;
    }
    Names with(Names added) const {
        for (std::string& one : added) one = cable_->near() + " " + one;
        added.insert(added.end(), before_.begin(), before_.end());
        std::sort(added.begin(), added.end());
        return added;
    }

    std::optional<JailCable> cable_;
    std::optional<PotApi> api_;
    Names made_, before_;
};

TEST_F(AliasJailTest, IsReachedFromOutsideOverBothFamilies) {
    start(server("web", {"10.99.0.2", "fd99::2"}));
    EXPECT_EQ(host_addresses(), with({"10.99.0.2", "fd99::2"}));
    EXPECT_THAT(output_of_program({"/sbin/ifconfig", cable_->near(), "inet6"}),
                ::testing::Not(HasSubstr("fd99::2 prefixlen 128 tentative")))
        << "programs can bind to it at once";
    EXPECT_EQ(from_outside("10.99.0.2"), "web\n");
    EXPECT_EQ(from_outside("fd99::2"), "web\n");
    const Json seen = api_->exec("web", {"/bin/sh", "-c", "ifconfig -a | grep -c 'inet'"});
    EXPECT_EQ(seen["stdout"], "2\n") << "no address but its own";
    api_->stop("web");
    EXPECT_EQ(host_addresses(), before_);
}

TEST_F(AliasJailTest, IsCheckedFromWithin) {
    for (const auto& [name, address] : {std::pair("four", "10.99.0.2"), std::pair("six", "fd99::2")}) {
        Json spec = server(name, {address});
        spec["health"] = {{"tcp", {{"port", 8080}}}, {"interval", "200ms"}, {"start_period", "0s"}};
        start(spec);
        EXPECT_TRUE(wait_until([&, pot = std::string(name)] {
            return api_->inspect(pot)["health"] == "healthy";
        })) << api_->inspect(name);
    }
}

TEST_F(AliasJailTest, APotWithoutANetworkIsCheckedFromWithin) {
    Json spec = server("alone", {"10.99.0.2"});
    spec["network"] = {{"type", "none"}};
    spec["health"] = {{"tcp", {{"port", 8080}}}, {"interval", "200ms"}, {"start_period", "0s"}};
    start(spec);
    EXPECT_TRUE(wait_until([&] { return api_->inspect("alone")["health"] == "healthy"; }))
        << api_->inspect("alone");
    EXPECT_EQ(host_addresses(), before_);
}

TEST_F(AliasJailTest, IsAdoptedAfterAKillOfPotd) {
    start(server("web", {"10.99.0.2"}));
    potd.kill9();
    EXPECT_EQ(from_outside("10.99.0.2"), "web\n");
    potd.start();
    api_.emplace(potd.socket());
    EXPECT_EQ(host_addresses(), with({"10.99.0.2"}));
    EXPECT_EQ(from_outside("10.99.0.2"), "web\n");
    api_->stop("web");
    EXPECT_EQ(host_addresses(), before_);
}

TEST_F(AliasJailTest, LeavesNothingWhenPotdAndItsMonitorAreKilled) {
    start(server("web", {"10.99.0.2", "fd99::2"}));
    const pid_t monitor = monitor_of(api_->inspect("web")["run"]["pid"]);
    ASSERT_GT(monitor, 1);
    potd.kill9();
    ::kill(monitor, SIGKILL);
    EXPECT_EQ(host_addresses(), with({"10.99.0.2", "fd99::2"})) << "nobody is there to take them off";
    potd.start();
    api_.emplace(potd.socket());
    EXPECT_EQ(api_->wait("web")["lost"], true);
    EXPECT_EQ(host_addresses(), before_);
    api_->start("web");
    EXPECT_EQ(from_outside("10.99.0.2"), "web\n");
}

TEST_F(AliasJailTest, AStartThatCannotBeSaysWhyAndLeavesNothing) {
    const auto refused = [&](const std::string& name, const Json& network) {
        Json spec = server(name, {"10.99.0.2"});
        spec["network"] = network;
        api_->create(spec);
        const Response answer = api_->act(name, "start");
        EXPECT_EQ(answer.status, 409) << answer.describe();
        EXPECT_EQ(api_->inspect(name)["state"], "failed");
        EXPECT_EQ(host_addresses(), before_);
        return problem_field(answer) + " " + answer.json().value("detail", "");
    };
    EXPECT_THAT(refused("nowhere", alias({"10.99.0.3"}, "eth77")),
                HasSubstr("the host has no interface 'eth77'"));
    EXPECT_THAT(refused("host", alias({"10.99.0.4", "10.99.0.1"})),
                HasSubstr("the host has 10.99.0.1 already, on " + cable_->near()));
    Json spec = server("nothing", {"10.99.0.5", "fd99::5"});
    spec["command"] = Json::array({"/nothing/to/run"});
    api_->create(spec);
    EXPECT_GE(api_->act("nothing", "start").status, 400);
    EXPECT_EQ(host_addresses(), before_);
}

TEST_F(AliasJailTest, WhatPotdDidNotAddStays) {
    start(server("web", {"10.99.0.2"}));
    static_cast<void>(output_of_program({"/sbin/ifconfig", cable_->near(), "inet", "10.99.0.3/32", "alias"}));
    potd.restart();
    api_.emplace(potd.socket());
    api_->stop("web");
    EXPECT_EQ(host_addresses(), with({"10.99.0.3"}));
    static_cast<void>(output_of_program({"/sbin/ifconfig", cable_->near(), "inet", "10.99.0.3", "-alias"}));
}

}  // namespace
}  // namespace potd::test
