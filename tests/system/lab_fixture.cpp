#include "tests/system/lab_fixture.hpp"

#include "daemon/platform/linux/firewall_text.hpp"
#include "daemon/platform/linux/nft.hpp"
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/host_probe.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sched.h>

namespace potd::test {

using ::testing::HasSubstr;
using ::testing::Not;

void LabTest::SetUp() {
    OwnPotdTest::SetUp();
    if (IsSkipped()) return;
    if (const std::string reason = NetworkLab::lacks(); !reason.empty()) GTEST_SKIP() << reason;
    for (const std::string& program : programs_) {
        if (const std::string reason = lacks_program(program); !reason.empty()) GTEST_SKIP() << reason;
    }
    lab_.emplace();
    if (const auto nft = platform::Nft::open(); !nft) GTEST_SKIP() << nft.error().message;
    before_ = lab_->interfaces();
    settings_ = settings();
    start_potd();
    api_.emplace(potd.socket());
}

void LabTest::TearDown() {
    if (api_) {
        for (const std::string& name : made_) api_->request("DELETE", "/v1/pots/" + name + "?force=true");
        const Json networks = api_->expect(200, "GET", "/v1/networks");
        for (const Json& one : networks["items"]) {
            const Response gone = api_->request("DELETE", "/v1/networks/" + one["name"].get<std::string>());
            EXPECT_EQ(gone.status, 204) << gone.describe();
        }
        EXPECT_TRUE(wait_until([&] { return lab_->interfaces() == before_; })) << "left on the host";
        EXPECT_THAT(tables(), Not(HasSubstr(platform::table_name(potd.instance()))));
        EXPECT_EQ(settings(), settings_);
    }
    OwnPotdTest::TearDown();
}

LabTest::Settings LabTest::settings() {
    Settings all;
    for (const char* const folder :
         {"ipv4/conf/all", "ipv4/conf/default", "ipv6/conf/all", "ipv6/conf/default"}) {
        for (const auto& entry :
             std::filesystem::directory_iterator("/proc/sys/net/" + std::string(folder))) {
            const std::string key = entry.path().filename();
            // A host that forwards takes no redirects; potd has it take advertisements of routers all the
            // same.
            if (key.ends_with("forwarding") || key == "accept_redirects" || key == "accept_ra") continue;
            std::ifstream file(entry.path());
            std::getline(file, all[entry.path()]);
        }
    }
    return all;
}

void LabTest::make_bridge(const std::string& name, Json request) {
    request["name"] = name;
    api_->expect(201, "POST", "/v1/networks", request);
}

Json LabTest::server(const std::string& name, const Json& network, const Json& ports) {
    Json spec = idler(name, network, ports);
    spec["command"] = sh("cd /tmp && echo " + name + " > ok && exec busybox httpd -f -p 8080");
    return spec;
}

Json LabTest::idler(const std::string& name, const Json& network, const Json& ports) {
    made_.push_back(name);
    return {{"name", name},
            {"base", "host"},
            {"network", network},
            {"ports", ports},
            {"command", sh("trap 'exit 0' TERM; while :; do sleep 1000 & wait; done")}};
}

void LabTest::start(const Json& spec) {
    api_->create(spec);
    api_->start(spec["name"]);
}

void LabTest::start_potd_again() {
    potd.start();
    api_.emplace(potd.socket());
}

std::string LabTest::address_of(const std::string& name, bool six) {
    const Json pot = api_->inspect(name);
    for (const Json& one : pot["addresses"]) {
        const std::string address = one["address"];
        if ((address.find(':') != std::string::npos) == six) return address;
    }
    ADD_FAILURE() << name << " has no such address";
    return {};
}

std::string LabTest::from_outside(const std::string& address, int port) {
    std::string answer;
    static_cast<void>(
        wait_until([&] { return !(answer = lab_->fetch_from_outside(address, port)).empty(); }));
    return answer;
}

std::string LabTest::from_host(const std::string& address, int port) {
    std::string answer;
    static_cast<void>(wait_until([&] { return !(answer = lab_->fetch_from_host(address, port)).empty(); }));
    return answer;
}

std::string LabTest::from_pot(const std::string& name, const std::string& address, int port) {
    const Json done =
        api_->exec(name, {"timeout", "2", "bash", "-c",
                          "exec 3<>/dev/tcp/" + address + "/" + std::to_string(port) +
                              " && printf 'GET /ok HTTP/1.0\r\n\r\n' >&3 && cat <&3 | tail -n 1"});
    return done["stdout"];
}

std::string LabTest::inside(const std::string& name, const std::string& script) {
    const Json done = api_->exec(name, {"/bin/bash", "-c", script});
    EXPECT_EQ(done["exit_code"], 0) << done;
    return done["stdout"];
}

void LabTest::in_network_of(const std::string& name, const std::function<void()>& act) {
    const pid_t pid = api_->inspect(name)["run"]["pid"];
    const platform::UniqueFd network(
        ::open(("/proc/" + std::to_string(pid) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
    std::thread([&] {
        ASSERT_EQ(::setns(network.get(), CLONE_NEWNET), 0);
        act();
    }).join();
}

std::string LabTest::potctl(Argv words, int exit) {
    const Outcome outcome = potd.potctl(std::move(words));
    EXPECT_EQ(outcome.status, exit) << outcome.err;
    return exit == 0 ? outcome.out : outcome.err;
}

std::string LabTest::listed(const std::string& command) {
    auto nft = platform::Nft::open();
    const auto text = nft ? nft->ask(command) : core::Result<std::string>(nft.error());
    EXPECT_TRUE(text) << text.error().message;
    return text ? *text : std::string();
}

}  // namespace potd::test
