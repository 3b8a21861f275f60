#include "bench/support/hand_made.hpp"
#include "daemon/platform/linux/firewall_text.hpp"
#include "daemon/platform/linux/nft.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::bench {
namespace {

constexpr std::array<std::uint8_t, 6> hardware{2, 0, 0, 0, 0xaa, 1};

void shell(const std::string& script) {
    if (std::system(script.c_str()) != 0) throw std::runtime_error("failed: " + script);  // NOLINT
}

core::IpAddress ip(const char* text) {
    return core::parse_ip_address(text).value();
}

void put_rules(std::uint16_t port, std::uint16_t host_port) {
    auto nft = platform::Nft::open();
    if (!nft) throw std::runtime_error(nft.error().message);
    const std::string table = platform::table_name("by-hand");
    const core::IpNetwork network = core::parse_ip_network("10.250.0.0/24", "network").value();
    const std::string rules =
        platform::whole_tables(table, {{"hand", network, std::nullopt, false}}) +
        platform::add_member(table, {"hand0", hardware, {ip("10.250.0.2")}}) +
        platform::add_ports(table, {{"tcp", std::nullopt, host_port, ip("10.250.0.2"), port}});
    if (const core::Status done = nft->run(rules); !done) throw std::runtime_error(done.error().message);
}

}  // namespace

HandMade::HandMade(const std::string& program, std::uint16_t port, std::uint16_t host_port) {
    std::array<int, 2> ready{}, go{};
    if (::pipe(ready.data()) != 0 || ::pipe(go.data()) != 0) throw std::runtime_error("pipe");
    child_ = ::fork();
    if (child_ == 0) {
        char byte = 0;
        const bool apart = ::unshare(CLONE_NEWNET) == 0 && ::write(ready[1], &byte, 1) == 1;
        if (!apart || ::read(go[0], &byte, 1) != 1) ::_exit(1);
        const int set = std::system(  // NOLINT: the benchmark's own words
            "ip link set lo up && ip addr add 10.250.0.2/24 dev eth0 && ip link set eth0 up && "
            "ip route add default via 10.250.0.1");
        if (set != 0) ::_exit(1);
        ::execl(program.c_str(), program.c_str(), std::to_string(port).c_str(), nullptr);
        ::_exit(1);
    }
    char byte = 0;
    const bool apart = ::read(ready[0], &byte, 1) == 1;
    if (!apart) throw std::runtime_error("no network for what is made by hand");
    shell(
        "ip link add hand type bridge && ip addr add 10.250.0.1/24 dev hand && ip link set hand up && "
        "ip link add hand0 type veth peer name eth0 address 02:00:00:00:aa:01 netns " +
        std::to_string(child_) +
        " && ip link set hand0 master hand && "
        "bridge link set dev hand0 hairpin on && ip link set hand0 up");
    put_rules(port, host_port);
    const bool told = ::write(go[1], &byte, 1) == 1;
    for (const int end : {ready[0], ready[1], go[0], go[1]}) ::close(end);
    if (!told) throw std::runtime_error("what is made by hand does not answer");
}

HandMade::~HandMade() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
}

}  // namespace potd::bench
