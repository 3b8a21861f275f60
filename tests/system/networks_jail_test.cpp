// Pots on bridges in jails: published ports from everywhere, addresses, what keeps pots apart, and what is
// left of it all. pf has to be on, with the lines that lead to potd's anchors; the host's rules are not
// touched.
#include "tests/support/binaries.hpp"
#include "tests/support/host_probe.hpp"
#include "tests/support/jail_cable.hpp"
#include "tests/system/fixture.hpp"

#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Names = std::vector<std::string>;

/// Settings of the host that potd may change, as they were.
class ForwardingBefore {
  public:
    ForwardingBefore() {
        for (const char* name :
             {"net.inet.ip.forwarding", "net.inet6.ip6.forwarding", "net.inet6.ip6.rfc6204w3"})
            settings_.push_back(std::string(name) + "=" + output_of_program({"/sbin/sysctl", "-n", name}));
    }
    ~ForwardingBefore() {
        for (const std::string& one : settings_) static_cast<void>(run_program({"/sbin/sysctl", "-q", one}));
    }
    ForwardingBefore(const ForwardingBefore&) = delete;
    ForwardingBefore& operator=(const ForwardingBefore&) = delete;

  private:
    Names settings_;
};

PotdOptions with_forwarding() {
    PotdOptions options;
    options.extra_config = "network: {forwarding: true, ports: 20000-20099}\n";
    return options;
}

/// Why published ports cannot be tried here; empty if they can.
std::string lacks_pf() {
    const std::string anchors =
        run_program({"/sbin/pfctl", "-s", "nat"}).out + run_program({"/sbin/pfctl", "-s", "rules"}).out;
    for (const char* line : {"nat-anchor \"potd/*\"", "rdr-anchor \"potd/*\"", "\nanchor \"potd/*\""}) {
        if (("\n" + anchors).find(line) == std::string::npos)
            return std::string("pf is off, or its rules have no ") + line;
    }
    return {};
}

class NetworksJailTest : public OwnPotdTest {
  protected:
    NetworksJailTest() : OwnPotdTest(with_forwarding()) {}
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        for (const std::string& reason : {JailCable::lacks(), lacks_pf()})
            if (!reason.empty()) GTEST_SKIP() << reason;
        forwarding_.emplace();
        cable_.emplace();
        before_ = interfaces();
        start_potd();
        api_.emplace(potd.socket());
    }
    void TearDown() override {
        if (api_) {
            for (const std::string& name : made_) api_->request("DELETE", "/v1/pots/" + name + "?force=true");
            const Json networks = api_->expect(200, "GET", "/v1/networks");
            for (const Json& one : networks["items"]) {
                const Response gone =
                    api_->request("DELETE", "/v1/networks/" + one["name"].get<std::string>());
                EXPECT_EQ(gone.status, 204) << gone.describe();
            }
            EXPECT_TRUE(wait_until([&] { return interfaces() == before_; })) << interfaces();
            EXPECT_EQ(rules(), "") << "left in the anchor";
        }
        cable_.reset();
        forwarding_.reset();
        OwnPotdTest::TearDown();
    }

    static std::string interfaces() { return output_of_program({"/sbin/ifconfig", "-l"}); }
    [[nodiscard]] std::string rules() const {
        const std::string anchor = "potd/" + potd.instance();
        return run_program({"/sbin/pfctl", "-a", anchor, "-s", "nat"}).out +
               run_program({"/sbin/pfctl", "-a", anchor, "-s", "rules"}).out;
    }
    static Json on_public() { return {{"type", "public-bridge"}}; }
    static Json on_private(const std::string& bridge) {
        return {{"type", "private-bridge"}, {"bridge", bridge}};
    }

    /// A pot that tells its name to whoever connects to port 8080 of any of its addresses.
    Json server(const std::string& name, const Json& network, const Json& ports = Json::array()) {
        made_.push_back(name);
        std::string script;
        for (const char* family : {"4", "6"})
            script += std::string("(while :; do echo ") + name + " | nc -N -" + family + " -l 8080; done) & ";
        return {{"name", name},
                {"base", "host"},
                {"network", network},
                {"ports", ports},
                {"command", sh(script + "wait")}};
    }
    void start(const Json& spec) {
        api_->create(spec);
        api_->start(spec["name"]);
    }
    void make_bridge(const std::string& name, Json request = Json::object()) {
        request["name"] = name;
        api_->expect(201, "POST", "/v1/networks", request);
    }
    std::string address_of(const std::string& name, bool six = false) {
        const Json pot = api_->inspect(name);
        for (const Json& one : pot["addresses"]) {
            const std::string address = one["address"];
            if ((address.find(':') != std::string::npos) == six) return address;
        }
        ADD_FAILURE() << name << " has no such address";
        return {};
    }

    /// The answer, once there is one: the server needs a moment to listen.
    template <class Read>
    static std::string patient(const Read& read) {
        std::string answer;
        static_cast<void>(wait_until([&] { return !(answer = read()).empty(); }));
        return answer;
    }
    std::string from_outside(const std::string& address, int port) {
        return patient([&] { return cable_->read(address, port); });
    }
    static std::string once_from_host(const std::string& address, int port) {
        return run_program({"/usr/bin/nc", "-w", "3", address, std::to_string(port)}).out;
    }
    static std::string from_host(const std::string& address, int port) {
        return patient([&] { return once_from_host(address, port); });
    }
    std::string once_from_pot(const std::string& name, const std::string& address, int port) {
        return api_->exec(name, {"/usr/bin/nc", "-w", "3", address, std::to_string(port)})["stdout"];
    }
    std::string from_pot(const std::string& name, const std::string& address, int port) {
        return patient([&] { return once_from_pot(name, address, port); });
    }

    /// What a server outside says of who has connected, once the pot has.
    std::string seen_outside(const std::string& name, const std::string& address) {
        const std::string file = "/tmp/" + potd.instance() + "-seen";
        const int port = next_port_++;
        const char* const family = address.find(':') == std::string::npos ? "-4" : "-6";
        static_cast<void>(cable_->outside({"/usr/sbin/daemon", "-f", "-o", file, "/usr/bin/nc", family, "-l",
                                           "-v", "-w", "30", std::to_string(port)}));
        std::string seen;
        static_cast<void>(wait_until([&] {
            static_cast<void>(once_from_pot(name, address, port));
            seen = run_program({"/bin/cat", file}).out;
            return seen.find("from") != std::string::npos;
        }));
        static_cast<void>(run_program({"/bin/rm", "-f", file}));
        return seen;
    }

    int next_port_ = 8081;
    std::optional<ForwardingBefore> forwarding_;
    std::optional<JailCable> cable_;
    std::optional<PotApi> api_;
    Names made_;
    std::string before_;
};

/// A pair of interfaces of the host, gone with it.
class HostPair {
  public:
    HostPair() : near_(output_of_program({"/sbin/ifconfig", "epair", "create"})) {
        while (!near_.empty() && near_.back() == '\n') near_.pop_back();
        static_cast<void>(run_program({"/sbin/ifconfig", near_, "inet", "10.97.0.1/24", "up"}));
    }
    ~HostPair() { static_cast<void>(run_program({"/sbin/ifconfig", near_, "destroy"})); }
    HostPair(const HostPair&) = delete;
    HostPair& operator=(const HostPair&) = delete;
    [[nodiscard]] std::string far() const { return near_.substr(0, near_.size() - 1) + "b"; }

  private:
    std::string near_;
};

TEST_F(NetworksJailTest, AnInterfaceOfTheHostIsThePotsWhileItRuns) {
    const HostPair pair;
    const auto on_host = [&] { return (" " + interfaces() + " ").find(pair.far()) != std::string::npos; };
    Json spec = server("web", {{"type", "none"}});
    spec["network"]["devices"] = {{{"interface", pair.far()}, {"addresses", {"10.97.0.2/24"}}}};
    start(spec);
    EXPECT_FALSE(on_host());
    EXPECT_EQ(from_host("10.97.0.2", 8080), "web\n");
    const Response taken = api_->request("POST", "/v1/pots",
                                         {{"name", "other"}, {"base", "host"}, {"network", spec["network"]}});
    EXPECT_EQ(taken.status, 409) << taken.describe();
    EXPECT_EQ(problem_field(taken), "network.devices[0].interface");
    api_->stop("web");
    EXPECT_TRUE(wait_until(on_host));
    api_->start("web");
    EXPECT_EQ(from_host("10.97.0.2", 8080), "web\n");
    ::kill(monitor_of(api_->inspect("web")["run"]["pid"]), SIGKILL);
    // The kernel gives it back with the jail, which a connection that lingers keeps for a minute.
    EXPECT_TRUE(wait_until(on_host, std::chrono::minutes(3))) << "the monitor was killed";
}

/// A jail that is a router: what it tells of is beyond `uplink()`, an interface of the host without
/// addresses.
class RouterBeyond {
  public:
    RouterBeyond()
        : jail_(test_token() + "-router"),
          near_(output_of_program({"/sbin/ifconfig", "epair", "create"})),
          files_("/tmp/" + jail_) {
        const std::string far = near_.substr(0, near_.size() - 1) + "b";
        static_cast<void>(output_of_program(
            {"/usr/sbin/jail", "-c", "name=" + jail_, "path=/", "persist", "vnet", "vnet.interface=" + far}));
        for (const Argv& words :
             {Argv{"/sbin/sysctl", "net.inet6.ip6.forwarding=1"}, Argv{"/sbin/ifconfig", "lo0", "up"},
              Argv{"/sbin/ifconfig", far, "inet6", "2001:db8:5::9/64", "no_dad", "up"},
              Argv{"/usr/sbin/rtadvd", "-c", files_ + ".conf", "-C", files_ + ".sock", "-p", files_ + ".pid",
                   far}}) {
            const Outcome done = run(words);
            if (done.status != 0) throw std::runtime_error(words.front() + ": " + done.describe());
        }
    }
    ~RouterBeyond() {
        static_cast<void>(run_program({"/usr/sbin/jail", "-r", jail_}));
        static_cast<void>(run_program({"/sbin/ifconfig", near_, "destroy"}));
        static_cast<void>(run_program({"/bin/rm", "-f", files_ + ".sock", files_ + ".pid"}));
    }
    RouterBeyond(const RouterBeyond&) = delete;
    RouterBeyond& operator=(const RouterBeyond&) = delete;

    [[nodiscard]] const std::string& uplink() const { return near_; }
    [[nodiscard]] Outcome run(const Argv& words) const {
        Argv all{"/usr/sbin/jexec", jail_};
        all.insert(all.end(), words.begin(), words.end());
        return run_program(all);
    }

  private:
    std::string jail_, near_, files_;
};

TEST_F(NetworksJailTest, APotHasTheAddressThatARouterBeyondAnUplinkLetsItMake) {
    const RouterBeyond router;
    make_bridge("lan", {{"uplink", router.uplink()}});
    start(server(
        "web",
        {{"type", "private-bridge"}, {"bridge", "lan"}, {"ipv6", "slaac"}, {"mac", "02:00:5e:10:00:01"}}));
    const std::string address = "2001:db8:5::5eff:fe10:1";
    EXPECT_TRUE(wait_until([&] { return api_->inspect("web")["addresses"][0]["address"] == address; }))
        << api_->inspect("web");
    EXPECT_EQ(patient([&] { return router.run({"/usr/bin/nc", "-w", "3", address, "8080"}).out; }), "web\n");
    EXPECT_THAT(api_->exec("web", {"/usr/bin/netstat", "-rn", "-f", "inet6"})["stdout"].get<std::string>(),
                HasSubstr("fe80:"));
    EXPECT_EQ(once_from_host(address, 8080), "") << "the host is not on the network beyond";
    api_->stop("web");
    EXPECT_TRUE(api_->inspect("web")["addresses"][0]["address"].is_null()) << "known while it has it";
    api_->request("DELETE", "/v1/pots/web?force=true");
    api_->expect(204, "DELETE", "/v1/networks/lan");
    EXPECT_EQ(output_of_program({"/sbin/ifconfig", router.uplink()}).find("<UP"), std::string::npos)
        << "as it was";
}

TEST_F(NetworksJailTest, CountsWhatGoesToAPotAndFromIt) {
    start(server("web", on_public(), {"8080:8000"}));
    ASSERT_EQ(from_host(address_of("web"), 8080), "web\n");
    const Json network = api_->expect(200, "GET", "/v1/pots/web/stats")["network"];
    EXPECT_GT(network["rx_packets"], 0);
    EXPECT_GT(network["tx_bytes"], 0);
    ASSERT_EQ(network["interfaces"].size(), 1U);
    EXPECT_EQ(network["interfaces"][0]["name"], "eth0");
    EXPECT_EQ(network["interfaces"][0]["rx_bytes"], network["rx_bytes"]);
    EXPECT_EQ(network["connections"], nullptr);
}

TEST_F(NetworksJailTest, RatesAreRefusedByTheirField) {
    Json spec = server("web", on_public());
    spec["limits"] = {{"network_rx", "1M"}};
    const Response refused = api_->request("POST", "/v1/pots", spec);
    EXPECT_EQ(problem_field(refused), "limits.network_rx") << refused.describe();
    EXPECT_EQ(problem_code(refused), "unsupported");
    EXPECT_THAT(refused.json().value("detail", ""), HasSubstr("ALTQ"));
}

TEST_F(NetworksJailTest, APublishedPortLeadsToItFromOutside) {
    start(server("web", on_public(), {"8080:8000"}));
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    EXPECT_EQ(from_outside("fd99::1", 8000), "web\n");
    EXPECT_EQ(cable_->read("10.99.0.1", 8080), "") << "nothing else is published";
    static_cast<void>(cable_->outside({"/sbin/route", "add", "-net", "10.192.0.0/16", "10.99.0.1"}));
    EXPECT_EQ(cable_->read(address_of("web"), 8080), "") << "nor is the inside open to who knows the way";
}

TEST_F(NetworksJailTest, APublishedPortLeadsToItFromTheHost) {
    start(server("web", on_public(), {"8080:8000"}));
    EXPECT_EQ(from_host(address_of("web"), 8080), "web\n") << "by its own address";
    EXPECT_EQ(from_host(address_of("web", true), 8080), "web\n");
    for (const char* address : {"10.99.0.1", "127.0.0.1", "fd99::1"})
        EXPECT_EQ(from_host(address, 8000), "web\n") << address;
}

TEST_F(NetworksJailTest, APublishedPortLeadsToItFromPots) {
    start(server("web", on_public(), {"8080:8000"}));
    start(server("other", on_public()));
    EXPECT_EQ(from_pot("other", address_of("web"), 8080), "web\n") << "pots of one bridge reach each other";
    EXPECT_EQ(from_pot("other", address_of("web", true), 8080), "web\n");
    for (const char* pot : {"other", "web"})
        EXPECT_EQ(from_pot(pot, "10.99.0.1", 8000), "web\n") << "from the pot " << pot;
    EXPECT_EQ(from_pot("other", "fd99::1", 8000), "web\n");
    const Json seen = api_->exec("web", {"/sbin/ifconfig", "-l"});
    EXPECT_THAT(seen["stdout"].get<std::string>(), AllOf(HasSubstr("lo0"), HasSubstr("eth0_")));
}

TEST_F(NetworksJailTest, HidesTheInsideBehindTheHostsAddress) {
    start(server("web", on_public()));
    EXPECT_THAT(seen_outside("web", "10.99.0.9"), HasSubstr(" 10.99.0.1 "));
}

TEST_F(NetworksJailTest, PotsOfARoutedBridgeAreSeenByTheirOwnAddresses) {
    static_cast<void>(cable_->outside({"/sbin/route", "-6", "add", "-net", "2001:db8:7::/64", "fd99::1"}));
    make_bridge("open", {{"ipv6", "2001:db8:7::/64"}, {"routed", true}});
    start(server("web", on_private("open"), {"8080:8000", "8080:8001@fd99::1"}));
    start(server("other", on_public()));
    const std::string own = address_of("web", true);
    EXPECT_EQ(own, "2001:db8:7::2");
    EXPECT_THAT(seen_outside("web", "fd99::9"), HasSubstr(" " + own + " "));
    EXPECT_THAT(seen_outside("web", "10.99.0.9"), HasSubstr(" 10.99.0.1 ")) << "as ever by IPv4";
    EXPECT_THAT(seen_outside("other", "fd99::9"), HasSubstr(" fd99::1 ")) << "and pots of other bridges";
    EXPECT_EQ(from_outside(own, 8080), "web\n") << "a published port";
    EXPECT_EQ(from_outside("fd99::1", 8000), "web\n");
    EXPECT_EQ(from_pot("other", own, 8080), "web\n");
    potd.kill9();
    static_cast<void>(run_program({"/sbin/pfctl", "-a", "potd/" + potd.instance(), "-F", "all"}));
    potd.start();
    api_.emplace(potd.socket());
    EXPECT_EQ(api_->expect(200, "GET", "/v1/networks/open")["routed"], true);
    EXPECT_EQ(from_outside(own, 8080), "web\n");
    EXPECT_THAT(seen_outside("web", "fd99::9"), HasSubstr(" " + own + " "));
    EXPECT_EQ(potd.potctl({"export-ports", "-p", "web", "-e", "8080:8001@fd99::1"}).status, 0);
    EXPECT_EQ(from_outside("fd99::1", 8001), "web\n");
    EXPECT_EQ(cable_->read(own, 8080), "") << "what is for one address of the host";
    EXPECT_EQ(once_from_pot("other", own, 8080), "");
    EXPECT_EQ(from_host(own, 8080), "web\n");
}

TEST_F(NetworksJailTest, PortsChangeWhileItRuns) {
    start(server("web", on_public(), {"8080:8000"}));
    ASSERT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    EXPECT_EQ(potd.potctl({"export-ports", "-p", "web", "-e", "8080:9000"}).status, 0);
    EXPECT_EQ(from_outside("10.99.0.1", 9000), "web\n");
    EXPECT_EQ(cable_->read("10.99.0.1", 8000), "");
    EXPECT_EQ(potd.potctl({"export-ports", "web", "--clear"}).status, 0);
    EXPECT_EQ(cable_->read("10.99.0.1", 9000), "");
    EXPECT_EQ(from_host(address_of("web"), 8080), "web\n");
}

TEST_F(NetworksJailTest, APortThatAProcessHasIsRefusedWithItsName) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_len = sizeof where;
    where.sin_family = AF_INET;
    where.sin_port = htons(7000);
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    api_->create(server("web", on_public(), {"8080:8000", "8080:7000"}));
    const Response refused = api_->act("web", "start");
    EXPECT_EQ(refused.status, 409) << refused.describe();
    EXPECT_EQ(problem_field(refused), "ports[1].host");
    EXPECT_THAT(refused.json()["detail"].get<std::string>(),
                AllOf(HasSubstr("7000"), HasSubstr("(pid " + std::to_string(::getpid()) + ")")));
    EXPECT_EQ(cable_->read("10.99.0.1", 8000), "") << "nothing of it is left";
    ::close(listener);
    api_->start("web");
    EXPECT_EQ(from_outside("10.99.0.1", 7000), "web\n");
}

TEST_F(NetworksJailTest, PrivateBridgesKeepPotsApart) {
    make_bridge("back", {{"hosts", 30}});
    start(server("db", on_private("back")));
    Json both = on_public();
    both["interfaces"] = Json::array({{{"bridge", "back"}}});
    start(server("app", both, {"8080:8000"}));
    start(server("stranger", on_public()));
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "app\n");
    EXPECT_EQ(from_pot("app", address_of("db"), 8080), "db\n");
    EXPECT_EQ(once_from_pot("stranger", address_of("db"), 8080), "") << "there is no way between bridges";
    EXPECT_EQ(once_from_pot("stranger", address_of("db", true), 8080), "");
    EXPECT_EQ(potd.potctl({"export-ports", "-p", "db", "-e", "8080:8002"}).status, 0);
    EXPECT_EQ(from_pot("stranger", "10.99.0.1", 8002), "db\n") << "but by a published port";
}

TEST_F(NetworksJailTest, PotsOfAnIsolatedBridgeDoNotReachEachOther) {
    make_bridge("apart", {{"isolated", true}});
    start(server("a", on_private("apart"), {"8080:8000"}));
    start(server("b", on_private("apart")));
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "a\n");
    EXPECT_EQ(from_host(address_of("b"), 8080), "b\n");
    EXPECT_EQ(once_from_pot("b", address_of("a"), 8080), "");
    EXPECT_EQ(once_from_pot("b", address_of("a", true), 8080), "");
}

TEST_F(NetworksJailTest, IsReachedWhilePotdIsDownAndAfterIt) {
    start(server("web", on_public(), {"8080:8000"}));
    ASSERT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    const std::string address = address_of("web");
    potd.kill9();
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n") << "it needs no potd";
    static_cast<void>(run_program({"/sbin/pfctl", "-a", "potd/" + potd.instance(), "-F", "nat"}));
    potd.start();
    api_.emplace(potd.socket());
    EXPECT_EQ(address_of("web"), address);
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n") << "what a stranger flushed is back";
}

TEST_F(NetworksJailTest, LeavesNothingWhenPotdAndItsMonitorAreKilled) {
    start(server("web", on_public(), {"8080:8000"}));
    ASSERT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    const pid_t monitor = monitor_of(api_->inspect("web")["run"]["pid"]);
    ASSERT_GT(monitor, 1);
    potd.kill9();
    ::kill(monitor, SIGKILL);
    potd.start();
    api_.emplace(potd.socket());
    EXPECT_EQ(api_->wait("web")["lost"], true);
    EXPECT_TRUE(wait_until([&] { return interfaces().find(" pv") == std::string::npos; })) << interfaces();
    EXPECT_EQ(cable_->read("10.99.0.1", 8000), "");
    api_->start("web");
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
}

}  // namespace
}  // namespace potd::test
