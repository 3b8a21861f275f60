// By which names pots find others: what their /etc/hosts and /etc/resolv.conf say, in a network that the test
// makes, while pots come and go, while potd is away, and against links that a pot has planted.
#include "tests/support/host_probe.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/lab_fixture.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

PotdOptions with_dns_pot() {
    PotdOptions options;
    options.extra_config = "network: {dns_pot: resolver}\n";
    return options;
}

class NamesTest : public LabTest {
  protected:
    NamesTest() : LabTest(with_dns_pot(), {"getent"}) {}
    void TearDown() override {
        if (api_) {
            for (const std::string& name : made_) api_->request("DELETE", "/v1/pots/" + name + "?force=true");
            EXPECT_TRUE(fs::is_empty(potd.run_dir() / "names")) << "files of names are left";
        }
        LabTest::TearDown();
    }

    /// A pot that idles.
    void create(const std::string& name, Json spec = Json::object()) {
        const Json network = spec.value("network", Json{{"type", "inherit"}});
        spec.update(idler(name, network));
        api_->create(spec);
    }
    void run(const std::string& name, Json spec = Json::object()) {
        create(name, std::move(spec));
        api_->start(name);
    }
    void run_on_bridge(const std::string& name) { run(name, on_bridge()); }
    static Json on_bridge() { return {{"network", {{"type", "public-bridge"}}}}; }
    static Json without_network() { return {{"network", {{"type", "none"}}}}; }

    std::string inside(const std::string& name, const std::string& script) {
        const Json done = api_->exec(name, sh(script));
        EXPECT_EQ(done["exit_code"], 0) << done;
        return done["stdout"];
    }
    std::string hosts(const std::string& name) { return inside(name, "cat /etc/hosts"); }
    bool knows(const std::string& reader, const std::string& name) {
        return api_->exec(reader, {"getent", "-s", "files", "hosts", name})["exit_code"] == 0;
    }
    bool comes_to_know(const std::string& reader, const std::string& name) {
        return wait_until([&] { return knows(reader, name); });
    }
    bool comes_to_forget(const std::string& reader, const std::string& name) {
        return wait_until([&] { return !knows(reader, name); });
    }
    std::string address(const std::string& name) {
        const std::string line = inside(name, "getent -s files ahostsv4 " + name);
        return line.substr(0, line.find(' '));
    }
    /// Where on the host the pot's own files are, those of its base aside.
    fs::path own_file(const std::string& name, const std::string& file) {
        const fs::path pot = potd.state_dir() / "pots" / api_->inspect(name)["id"].get<std::string>();
        return pot / (fs::exists(pot / "upper") ? "upper" : "root") / file;
    }
    void plant_link(const std::string& name, const std::string& file, const std::string& target) {
        const fs::path link = own_file(name, file);
        fs::create_directories(link.parent_path());
        fs::remove(link);
        fs::create_symlink(target, link);
    }
    Json change(const std::string& name, const Json& patch) {
        return api_->expect(200, "PATCH", "/v1/pots/" + name, patch);
    }
};

TEST_F(NamesTest, PotsOfABridgeReachEachOtherByName) {
    run_on_bridge("db");
    run_on_bridge("app");
    EXPECT_TRUE(knows("app", "db")) << "it was there first";
    EXPECT_TRUE(comes_to_know("db", "app"));
    if (lacks_program("busybox").empty()) {
        EXPECT_THAT(inside("app", "busybox ping -c1 -W5 db"), HasSubstr("1 packets received"));
    }
    EXPECT_EQ(address("db"),
              inside("app", "getent -s files ahostsv4 db | head -n1 | cut -d' ' -f1 | tr -d '\\n'"));
    EXPECT_FALSE(knows("app", "nobody"));
}

TEST_F(NamesTest, NamesComeAndGoWithTheRuns) {
    run_on_bridge("a");
    run_on_bridge("b");
    ASSERT_TRUE(comes_to_know("a", "b"));
    api_->stop("b");
    EXPECT_TRUE(comes_to_forget("a", "b"));
    api_->start("b");
    EXPECT_TRUE(comes_to_know("a", "b"));
    api_->stop("b");
    api_->expect(200, "POST", "/v1/pots/b/rename", {{"name", "c"}});
    made_.push_back("c");
    api_->start("c");
    EXPECT_TRUE(comes_to_know("a", "c"));
    EXPECT_FALSE(knows("a", "b"));
    api_->destroy("c", true);
    EXPECT_TRUE(comes_to_forget("a", "c"));
}

TEST_F(NamesTest, AfterAKillOfPotdTheFilesAreRightAgain) {
    run_on_bridge("a");
    run_on_bridge("b");
    run_on_bridge("c");
    ASSERT_TRUE(comes_to_know("a", "b"));
    ASSERT_TRUE(comes_to_know("a", "c"));
    const pid_t main = api_->inspect("b")["run"]["pid"];
    potd.kill9();
    ASSERT_EQ(::kill(main, SIGKILL), 0);
    ASSERT_TRUE(wait_until([&] { return !fs::exists("/proc/" + std::to_string(main)); }));
    start_potd_again();
    EXPECT_FALSE(knows("a", "b")) << "before the first answer";
    EXPECT_TRUE(knows("a", "c"));
    run_on_bridge("d");
    EXPECT_TRUE(comes_to_know("a", "d"));
    EXPECT_TRUE(comes_to_know("c", "d"));
}

TEST_F(NamesTest, EntriesOfThePotShowAtOnce) {
    run("a", without_network());
    EXPECT_THAT(hosts("a"), HasSubstr("127.0.0.1\tlocalhost a\n"));
    potctl({"set-hosts", "-p", "a", "-H", "db:192.0.2.7", "-H", "db:2001:db8::7", "-H", "mail:192.0.2.8"});
    EXPECT_THAT(hosts("a"), EndsWith("192.0.2.7\tdb\n2001:db8::7\tdb\n192.0.2.8\tmail\n"));
    potctl({"set-hosts", "a", "--add", "www:192.0.2.9", "--remove", "db"});
    EXPECT_THAT(hosts("a"), EndsWith("192.0.2.8\tmail\n192.0.2.9\twww\n"));
    EXPECT_THAT(potctl({"info", "a"}), HasSubstr("www 192.0.2.9"));
    potctl({"set-hosts", "a", "-H", "only:192.0.2.1"});
    EXPECT_THAT(hosts("a"), Not(HasSubstr("www")));
    potctl({"set-hosts", "a", "--clear"});
    EXPECT_THAT(hosts("a"), Not(HasSubstr("only")));
    EXPECT_THAT(potctl({"set-hosts", "a", "-H", "x:300.1.1.1"}, 2), HasSubstr("hosts[0].address"));
    EXPECT_THAT(potctl({"set-hosts", "a", "-H", "a b:10.0.0.1"}, 2), HasSubstr("hosts[0].name"));
    potctl({"set-hosts", "a", "-H", "noaddress"}, 2);
    potctl({"set-hosts", "a"}, 2);
    api_->stop("a");
    api_->start("a");
    EXPECT_THAT(hosts("a"), Not(HasSubstr("only")));
}

TEST_F(NamesTest, ReadersNeverMeetHalfAFile) {
    run("a", without_network());
    // Each reading ends in the line that is always the last, or something is missing.
    const std::string watch =
        "i=0; while [ $i -lt 400 ]; do case \"$(cat /etc/hosts)\" in *last) ;; *) cat /etc/hosts; exit 1;; "
        "esac; i=$((i+1)); done; echo whole";
    Json few = Json::array({{{"name", "last"}, {"address", "192.0.2.1"}}});
    Json many = Json::array();
    for (int i = 0; i < 40; ++i)
        many.push_back({{"name", "h" + std::to_string(i)}, {"address", "192.0.2.9"}});
    many.push_back(few[0]);
    change("a", {{"hosts", few}});
    std::string seen;
    std::atomic<bool> done = false;
    std::thread reader([&] {
        PotApi other(potd.socket());
        seen = other.exec("a", sh(watch))["stdout"];
        done = true;
    });
    for (int i = 0; !done; ++i) change("a", {{"hosts", i % 2 == 0 ? many : few}});
    reader.join();
    EXPECT_EQ(seen, "whole\n");
}

TEST_F(NamesTest, WithTheHostsNetworkItIsTheHostsFile) {
    run("a");
    EXPECT_EQ(hosts("a"), read_file("/etc/hosts"));
    if (fs::exists("/etc/resolv.conf")) {
        EXPECT_EQ(inside("a", "cat /etc/resolv.conf"), read_file("/etc/resolv.conf"));
    }
    run("b", {{"hosts", Json::array({{{"name", "db"}, {"address", "192.0.2.7"}}})}});
    EXPECT_THAT(hosts("b"), StartsWith(read_file("/etc/hosts")));
    EXPECT_THAT(hosts("b"), EndsWith("192.0.2.7\tdb\n"));
    EXPECT_EQ(inside("b", "getent -s files hosts db | cut -d' ' -f1"), "192.0.2.7\n");
    change("b", {{"hosts", Json::array()}});
    EXPECT_EQ(hosts("b"), read_file("/etc/hosts"));
}

TEST_F(NamesTest, APotCannotWriteTheFiles) {
    run("a", without_network());
    EXPECT_EQ(inside("a", "(echo 192.0.2.66 evil >> /etc/hosts) 2>/dev/null || echo refused"), "refused\n");
    EXPECT_EQ(inside("a", "rm -f /etc/hosts 2>/dev/null || echo refused"), "refused\n");
}

TEST_F(NamesTest, LinksThatAPotPlantsLeadNowhere) {
    const fs::path victim = potd.directory() / "victim";
    write_file(victim, "mine");
    for (const std::string& target : {victim.string(), "../../../../../../../.." + victim.string(),
                                      std::string("/nowhere/at/all"), std::string("/etc/passwd")}) {
        const std::string name = "p" + std::to_string(made_.size());
        create(name, {{"network", {{"type", "none"}}},
                      {"hosts", Json::array({{{"name", "db"}, {"address", "192.0.2.7"}}})},
                      {"dns", {{"mode", "custom"}, {"servers", {"192.0.2.53"}}}}});
        plant_link(name, "etc/resolv.conf", target);
        plant_link(name, "etc/hosts", target);
        api_->start(name);
        EXPECT_EQ(inside(name, "cat /etc/resolv.conf"), "# Written by potd.\nnameserver 192.0.2.53\n")
            << target;
        EXPECT_THAT(hosts(name), EndsWith("192.0.2.7\tdb\n")) << target;
        EXPECT_THAT(inside(name, "cat /etc/passwd"), HasSubstr("root:")) << target;
        change(name, {{"hosts", Json::array({{{"name", "new"}, {"address", "192.0.2.8"}}})}});
        EXPECT_THAT(hosts(name), EndsWith("192.0.2.8\tnew\n")) << target;
        EXPECT_EQ(read_file(victim), "mine");
        EXPECT_FALSE(fs::exists(own_file(name, "nowhere")));
        EXPECT_FALSE(fs::exists(own_file(name, victim.relative_path())));
        EXPECT_TRUE(fs::is_symlink(fs::symlink_status(own_file(name, "etc/hosts")))) << "it is as it was";
    }
}

TEST_F(NamesTest, ARootWhereTheyCannotBeIsRefusedIfTheyAreWanted) {
    create("a", {{"dns", {{"mode", "custom"}, {"servers", {"192.0.2.53"}}}}});
    const fs::path file = own_file("a", "etc/resolv.conf");
    fs::create_directories(file.parent_path());
    fs::remove_all(file);
    fs::create_directory(file);
    const Response refused = api_->act("a", "start");
    EXPECT_NE(refused.status, 200);
    EXPECT_THAT(refused.describe(), HasSubstr("/etc/resolv.conf"));
    change("a", {{"dns", {{"mode", "inherit"}, {"servers", Json::array()}}}});
    api_->start("a");
}

TEST_F(NamesTest, OffLeavesThePotsOwnFile) {
    run("a", {{"dns", {{"mode", "off"}}}, {"network", {{"type", "public-bridge"}}}});
    inside("a", "echo nameserver 203.0.113.1 > /etc/resolv.conf");
    api_->stop("a");
    api_->start("a");
    EXPECT_EQ(inside("a", "cat /etc/resolv.conf"), "nameserver 203.0.113.1\n");
    EXPECT_EQ(read_file(own_file("a", "etc/resolv.conf")), "nameserver 203.0.113.1\n");
    api_->stop("a");
    change("a", {{"dns", {{"mode", "inherit"}}}});
    api_->start("a");
    EXPECT_NE(inside("a", "cat /etc/resolv.conf"), "nameserver 203.0.113.1\n");
    EXPECT_EQ(read_file(own_file("a", "etc/resolv.conf")), "nameserver 203.0.113.1\n")
        << "covered, not written";
}

TEST_F(NamesTest, OnANetworkOfItsOwnNobodyAsksLoopback) {
    run_on_bridge("a");
    EXPECT_THAT(inside("a", "cat /etc/resolv.conf"), Not(HasSubstr("nameserver 127.")));
}

TEST_F(NamesTest, ACustomFileIsKeptInTheSpec) {
    const fs::path file = potd.directory() / "resolv";
    write_file(file,
               "# ours\ndomain example.org\nnameserver 192.0.2.53\nnameserver 2001:db8::53 # six\noptions "
               "ndots:2\n");
    made_.emplace_back("a");
    potctl({"create", "-p", "a", "-b", "host", "-N", "none", "-d", "custom:" + file.string(), "--",
            "/bin/sleep", "1000"});
    write_file(file, "nameserver 192.0.2.99\n");
    api_->start("a");
    EXPECT_EQ(inside("a", "cat /etc/resolv.conf"),
              "# Written by potd.\nsearch example.org\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n"
              "options ndots:2\n");
    EXPECT_THAT(potctl({"info", "a"}), HasSubstr("custom 192.0.2.53 2001:db8::53"));
    const auto refused = [&](const std::string& mode, int status) {
        return potctl({"create", "-p", "b", "-b", "host", "-d", mode}, status);
    };
    EXPECT_THAT(refused("custom", 2), HasSubstr("names no file"));
    EXPECT_THAT(refused("custom:/no/such", 1), HasSubstr("/no/such"));
    EXPECT_THAT(refused("sometimes", 2), HasSubstr("inherit, pot, custom or off"));
    write_file(file, "nameserver 192.0.2.53\nsortlist 10.0.0.0\n");
    EXPECT_THAT(refused("custom:" + file.string(), 1), HasSubstr("line 2"));
    write_file(file, "nameserver there\n");
    EXPECT_THAT(refused("custom:" + file.string(), 2), HasSubstr("dns.servers[0]"));
}

TEST_F(NamesTest, TheConfiguredPotIsAsked) {
    EXPECT_THAT(potctl({"create", "-p", "a", "-b", "host", "-N", "public-bridge", "-d", "pot"}, 3),
                HasSubstr("resolver"));
    run_on_bridge("resolver");
    Json spec = on_bridge();
    spec["dns"] = {{"mode", "pot"}};
    spec["hostname"] = "a.example.org";
    run("a", spec);
    EXPECT_EQ(inside("a", "grep -v '^nameserver.*:' /etc/resolv.conf"),
              "# Written by potd.\nsearch example.org\nnameserver " + address("resolver") + "\n");
}

TEST_F(NamesTest, PotsWithAUserNamespaceReadThem) {
    for (const Json& sentence : api_->request("GET", "/v1/info").json()["degraded"]) {
        const std::string text = sentence;
        if (text.rfind("security.user_namespace", 0) == 0) GTEST_SKIP() << text;
    }
    Json spec = on_bridge();
    spec["security"] = {{"user_namespace", "on"}};
    run("a", spec);
    run_on_bridge("b");
    EXPECT_TRUE(comes_to_know("a", "b"));
    EXPECT_TRUE(knows("b", "a"));
}

}  // namespace
}  // namespace potd::test
