#include "daemon/platform/linux/host_network.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"
#include "daemon/platform/linux/netlink_socket.hpp"
#include "daemon/platform/linux/nft.hpp"
#include "tests/support/network_lab.hpp"
#include "tests/system/own_network.hpp"

#include <algorithm>
#include <memory>
#include <regex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <net/if.h>

namespace potd::test {
namespace {

platform::Nft open_nft() {
    auto nft = platform::Nft::open();
    if (!nft) throw std::runtime_error(nft.error().message);
    return *std::move(nft);
}

void ask(platform::NetlinkMessage request) {
    auto socket = platform::NetlinkSocket::open();
    const core::Status done = socket ? socket->ask(request) : core::Status(socket.error());
    if (!done) throw std::runtime_error(done.error().message);
}

std::string rules() {
    platform::Nft nft = open_nft();
    const auto listed = nft.ask("list ruleset");
    if (!listed) throw std::runtime_error(listed.error().message);
    return *listed;
}

}  // namespace

std::shared_ptr<void> own_network() {
    if (!NetworkLab::lacks().empty()) return nullptr;
    auto lab = std::make_shared<NetworkLab>();
    ask(platform::lower_link(::if_nametoindex(spare_uplink().c_str())));
    return platform::Nft::open() ? lab : nullptr;
}

void flush_own_network() {
    platform::Nft nft = open_nft();
    if (const core::Status done = nft.run("flush ruleset"); !done)
        throw std::runtime_error(done.error().message);
    ask(platform::join_bridge(::if_nametoindex(spare_uplink().c_str()), 0));
}

std::vector<std::string> own_network_objects() {
    std::vector<std::string> found;
    const auto host = platform::read_host_network();
    if (!host) throw std::runtime_error(host.error().message);
    for (const platform::HostInterface& one : host->interfaces) {
        found.push_back("interface " + one.name);
        if (one.up) found.push_back("up " + one.name);
        if (one.master != 0) found.push_back("member " + one.name);
    }
    const std::string text = rules();
    // Of the map: "tcp . 8080 : 10.192.0.2 . 80".
    static const std::regex port("(tcp|udp|sctp) \\. ([0-9]+) :"), table("table ([a-z]+ [A-Za-z0-9_]+)");
    for (std::sregex_iterator it(text.begin(), text.end(), port), end; it != end; ++it)
        found.push_back("port " + it->str(1) + " " + it->str(2));
    // Of the set: "2001:db8:7::2 . tcp . 80", where a map has a target after it.
    static const std::regex open("([0-9a-f:]*:[0-9a-f:]*) \\. (tcp|udp|sctp) \\. ([0-9]+)(?! :|[0-9])");
    for (std::sregex_iterator it(text.begin(), text.end(), open), end; it != end; ++it)
        found.push_back("open " + it->str(1) + " " + it->str(2) + " " + it->str(3));
    for (std::sregex_iterator it(text.begin(), text.end(), table), end; it != end; ++it)
        found.push_back("table " + it->str(1));
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::string spare_uplink() {
    return "spare";
}

std::string spare_interface() {
    return "second";
}

}  // namespace potd::test
