#include "tests/integration/client/potctl_fixture.hpp"

#include <algorithm>

namespace potd::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string web_bridge =
    R"({"name":"web","created_at":"2026-01-31T12:00:00.000Z",)"
    R"("ipv4":{"network":"10.193.0.0/27","gateway":"10.193.0.1"},"ipv6":null,"isolated":true,"routed":true,)"
    R"("used_by":[{"pot":"a","ipv4":"10.193.0.2","ipv6":null},{"pot":"b","ipv4":"10.193.0.3","ipv6":null}]})";

/// A pot on a bridge, as the API shows it.
const std::string bridged_pot =
    R"({"name":"a","state":"running","version":4,"run":{"number":1,"pid":4711},)"
    R"("addresses":[{"interface":"eth0","bridge":"web","address":"10.193.0.2"}],)"
    R"("ports":[{"protocol":"tcp","container":80,"host":8080,"count":1,"address":null},)"
    R"({"protocol":"udp","container":53,"host":5300,"count":3,"address":"fd00::1"}],)"
    R"("spec":{"name":"a","base":"host","network":{"type":"private-bridge","bridge":"web","interfaces":[]},)"
    R"("ports":[{"protocol":"tcp","container":80,"host":8080,"count":1},)"
    R"({"protocol":"udp","container":53,"count":3,"address":"fd00::1"}]}})";

class PotctlNetworksTest : public PotctlTest {};

TEST_F(PotctlNetworksTest, MakesABridge) {
    potd_.answer("POST /v1/networks", 201, web_bridge);
    EXPECT_EQ(potctl({"create-private-bridge", "-B", "web", "-S", "30"}).out, "web\n");
    EXPECT_EQ(potd_.body_of("POST /v1/networks"), R"({"name":"web","hosts":30})");
    EXPECT_EQ(potctl({"create-private-bridge", "-q", "-B", "web", "--ipv4", "10.1.0.0/24", "--ipv6", "none",
                      "--isolated", "--routed"})
                  .out,
              "");
    EXPECT_EQ(potd_.body_of("POST /v1/networks"),
              R"({"name":"web","ipv4":"10.1.0.0/24","ipv6":"none","isolated":true,"routed":true})");
    potd_.answer("POST /v1/networks", 409, problem(409, "conflict", "it exists already", "name"));
    EXPECT_EQ(potctl({"create-private-bridge", "-B", "web"}).status, 4);
}

TEST_F(PotctlNetworksTest, ListsAndShowsBridges) {
    potd_.answer("GET /v1/networks", 200, list({web_bridge}));
    potd_.answer("GET /v1/networks/web", 200, web_bridge);
    EXPECT_THAT(potctl({"ls", "-B"}).out, AllOf(HasSubstr("ISOLATED"), HasSubstr("ROUTED"),
                                                HasSubstr("10.193.0.0/27"), HasSubstr("a b")));
    EXPECT_EQ(potctl({"list", "-B", "-q"}).out, "web\n");
    EXPECT_EQ(potctl({"__names", "networks"}).out, "web\n");
    EXPECT_THAT(potctl({"info", "-B", "web"}).out, ContainsRegex("routed:? +true"));
    EXPECT_THAT(potctl({"info", "-B", "web"}).out,
                AllOf(HasSubstr("10.193.0.0/27, gateway 10.193.0.1"), HasSubstr("10.193.0.3")));
    EXPECT_EQ(potctl({"info", "-qB", "none"}).status, 3);
    EXPECT_EQ(potctl({"info", "-B", "web", "-f", "site"}).status, 2);
    EXPECT_THAT(potctl({"inspect", "-B", "web"}).out, HasSubstr(R"("isolated": true)"));
}

TEST_F(PotctlNetworksTest, DestroysABridge) {
    potd_.answer("DELETE /v1/networks/web", 409, problem(409, "conflict", "network web is used by a b"));
    const auto used = potctl({"destroy", "-B", "web"});
    EXPECT_EQ(used.status, 4);
    EXPECT_THAT(used.err, HasSubstr("used by a b"));
    potd_.answer("DELETE /v1/networks/web", 204, "");
    EXPECT_EQ(potctl({"destroy", "-B", "web"}).status, 0);
    EXPECT_EQ(potctl({"destroy", "-B", "none"}).status, 3);
    EXPECT_EQ(potctl({"destroy", "-B", "web", "a"}).status, 2);
}

TEST_F(PotctlNetworksTest, VnetStartRaisesOneOrThePublicOne) {
    potd_.answer("POST /v1/networks/public/start", 200, web_bridge);
    potd_.answer("POST /v1/networks/web/start", 200, web_bridge);
    EXPECT_EQ(potctl({"vnet-start"}).status, 0);
    EXPECT_EQ(potctl({"vnet-start", "-B", "web"}).status, 0);
    EXPECT_THAT(potd_.lines(), SizeIs(2));
    EXPECT_EQ(potctl({"vnet-start", "-B", "none"}).status, 3);
}

TEST_F(PotctlNetworksTest, PotsShowTheirAddressesAndPorts) {
    potd_.answer("GET /v1/pots", 200, list({bridged_pot}));
    potd_.answer("GET /v1/pots/a", 200, bridged_pot);
    potd_.answer("GET /v1/pots/a/stats", 409, problem(409, "conflict", "it has just ended"));
    const std::string ports = "8080->80/tcp [fd00::1]:5300-5302->53-55/udp";
    EXPECT_THAT(potctl({"ps"}).out, AllOf(HasSubstr("10.193.0.2"), HasSubstr(ports)));
    EXPECT_THAT(potctl({"list"}).out, HasSubstr("10.193.0.2"));
    EXPECT_THAT(potctl({"show", "-p", "a"}).out, AllOf(HasSubstr("PORTS"), HasSubstr(ports)));
    EXPECT_THAT(potctl({"info", "a"}).out, AllOf(HasSubstr("eth0|10.193.0.2"), HasSubstr("8080->80/tcp")));
    EXPECT_THAT(potctl({"info", "-E", "a"}).out,
                AllOf(HasSubstr("export _POT_BRIDGE=web\n"), HasSubstr("export _POT_IP=10.193.0.2\n")));
}

TEST_F(PotctlNetworksTest, ExportPortsReplacesOrChangesTheList) {
    potd_.answer("GET /v1/pots/a", 200, bridged_pot);
    potd_.answer("PATCH /v1/pots/a", 200, bridged_pot);
    EXPECT_EQ(potctl({"export-ports", "-p", "a", "-e", "443:8443", "-e", "udp:53"}).status, 0);
    EXPECT_EQ(potd_.body_of("PATCH /v1/pots/a"), R"({"ports":["443:8443","udp:53"]})");
    EXPECT_EQ(potctl({"export-ports", "a", "--clear"}).status, 0);
    EXPECT_EQ(potd_.body_of("PATCH /v1/pots/a"), R"({"ports":[]})");
    EXPECT_EQ(potctl({"export-ports", "a", "--remove", "udp:53", "--add", "443"}).status, 0);
    EXPECT_EQ(potd_.body_of("PATCH /v1/pots/a"),
              R"({"ports":[{"protocol":"tcp","container":80,"host":8080,"count":1},"443"]})");
    EXPECT_EQ(potctl({"export-ports", "a", "--remove", "81"}).status, 1);
}

TEST_F(PotctlNetworksTest, MistakesAreSaidInOneLine) {
    const auto mistake = [&](std::vector<std::string> words, int status, const std::string& says) {
        const auto result = potctl(std::move(words));
        EXPECT_EQ(result.status, status) << result.err;
        EXPECT_THAT(result.err, HasSubstr(says));
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    };
    mistake({"export-ports", "a"}, 2, "one of -e, --add, --remove and --clear is needed");
    mistake({"export-ports", "a", "-e", "80", "--clear"}, 2, "exclude each other");
    mistake({"create-private-bridge", "-S", "30"}, 2, "--bridge");
    mistake({"create-private-bridge", "-B", "web", "-S", "many"}, 2, "'many' is not a number");
    mistake({"create", "-p", "a", "-b", "host", "-e", "80:8080"}, 2, "--publish publishes a port");
    mistake({"create", "-p", "a", "-b", "host", "-N", "bridge"}, 2, "public-bridge");
    EXPECT_THAT(potd_.lines(), IsEmpty());
    potd_.answer("POST /v1/pots", 422,
                 problem(422, "invalid_argument", "ports[0]: expected a port from 1 to 65535", "ports[0]"));
    mistake({"create", "-p", "a", "-b", "host", "-N", "public-bridge", "--publish", "80:70000"}, 2,
            "ports[0]");
}

TEST_F(PotctlNetworksTest, ACloneOfAnotherTypeLeavesTheNetworkOfItsSource) {
    potd_.answer("POST /v1/pots/a/clone", 201, bridged_pot);
    EXPECT_EQ(potctl({"clone", "-P", "a", "-p", "b", "-N", "inherit"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/a/clone"),
              R"({"name":"b","changes":{"network":{"type":"inherit","stack":null,"bridge":null,"ipv4":null,)"
              R"("ipv6":null,"mac":null,"devices":[],"interfaces":[]},"ports":[],)"
              R"("limits":{"network_rx":null,"network_tx":null}}})");
    EXPECT_EQ(potctl({"clone", "-P", "a", "-p", "b", "-i", "auto", "--publish", "80"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/a/clone"),
              R"({"name":"b","changes":{"network":{"ipv4":null,"ipv6":null},"ports":["80"]}})");
}

}  // namespace
}  // namespace potd::test
