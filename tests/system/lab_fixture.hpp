#pragma once

#include "tests/support/network_lab.hpp"
#include "tests/system/fixture.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace potd::test {

using Names = std::vector<std::string>;

/// Tests against a potd whose host is a NetworkLab, with the base "host". Skips, with the reason, where there
/// can be no lab, no tables of nftables or not the programs. After each test its pots and networks are gone,
/// and the lab has the interfaces and settings that it had, but for what forwarding changes.
class LabTest : public OwnPotdTest {
  protected:
    /// `programs`: of the host, which pots use.
    explicit LabTest(PotdOptions options = {}, Names programs = {"busybox", "bash"})
        : OwnPotdTest(std::move(options)), programs_(std::move(programs)) {}
    void SetUp() override;
    void TearDown() override;

    static Json on_public() { return {{"type", "public-bridge"}}; }
    static Json on_private(const std::string& bridge) {
        return {{"type", "private-bridge"}, {"bridge", bridge}};
    }
    void make_bridge(const std::string& name, Json request = Json::object());

    /// A pot that serves its name at port 8080 of every address.
    Json server(const std::string& name, const Json& network, const Json& ports = Json::array());
    /// One that idles until it is stopped.
    Json idler(const std::string& name, const Json& network, const Json& ports = Json::array());
    void start(const Json& spec);
    /// After kill -9, or in place of one that was stopped.
    void start_potd_again();

    /// Of the pot's, the first of this family.
    std::string address_of(const std::string& name, bool six = false);
    /// The answer at /ok, once there is one: the server needs a moment to listen.
    std::string from_outside(const std::string& address, int port = 8080);
    std::string from_host(const std::string& address, int port = 8080);
    /// What a pot is answered within two seconds; empty if nothing.
    std::string from_pot(const std::string& name, const std::string& address, int port = 8080);
    /// What a script of bash prints in a pot.
    std::string inside(const std::string& name, const std::string& script);
    /// On a thread in the pot's network.
    void in_network_of(const std::string& name, const std::function<void()>& act);
    /// potctl with these words: what it prints.
    std::string potctl(Argv words, int exit = 0);

    /// Of nftables in the lab.
    static std::string tables() { return listed("list tables"); }
    static std::string rules() { return listed("list ruleset"); }

    std::optional<NetworkLab> lab_;
    std::optional<PotApi> api_;
    Names made_, before_;

  private:
    using Settings = std::map<std::string, std::string>;
    static std::string listed(const std::string& command);
    /// Of all interfaces and of new ones (sysctl).
    static Settings settings();

    Names programs_;
    Settings settings_;
};

}  // namespace potd::test
