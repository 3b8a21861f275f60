#include "daemon/platform/linux/host_network.hpp"

#include "daemon/platform/linux/netlink_message.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

using NetlinkBytes = std::span<const std::byte>;
using TakePart = std::function<void(const NetlinkPart&)>;

constexpr std::size_t most_answer = 32768;  // what the kernel puts at most into one answer

core::Result<std::size_t> receive_some(int socket, std::vector<std::byte>& buffer) {
    for (;;) {
        const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), MSG_TRUNC);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return core::os_error(errno, "ask the kernel for its network");
        if (static_cast<std::size_t>(got) <= buffer.size()) return static_cast<std::size_t>(got);
        return core::error(core::ErrorKind::TooLarge, "the kernel's answer about its network is cut short");
    }
}

/// All there are of one kind (RTM_GETLINK …); `take` is called for each.
core::Status dump_all(int socket, NetlinkMessage request, const TakePart& take) {
    const NetlinkBytes bytes = request.bytes();
    if (::send(socket, bytes.data(), bytes.size(), 0) < 0)
        return core::os_error(errno, "ask the kernel for its network");
    std::vector<std::byte> buffer(most_answer);
    for (;;) {
        const auto got = receive_some(socket, buffer);
        if (!got) return got.error();
        NetlinkBytes rest = NetlinkBytes(buffer).first(*got);
        NetlinkPart part;
        while (take_netlink_part(rest, part)) {
            if (part.type == NLMSG_DONE) return {};
            if (const int error = part.error(); error != 0)
                return core::os_error(-error, "ask the kernel for its network");
            take(part);
        }
    }
}

std::optional<core::IpAddress> address_of(NetlinkBytes bytes) {
    if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
    core::IpAddress address;
    address.family = bytes.size() == 4 ? core::IpAddress::Family::V4 : core::IpAddress::Family::V6;
    std::memcpy(address.bytes.data(), bytes.data(), bytes.size());
    return address;
}

std::uint32_t number_of(NetlinkBytes bytes) {
    std::uint32_t number = 0;
    if (bytes.size() == sizeof number) std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

/// Fills one HostNetwork from three dumps.
class Reading {
  public:
    core::Result<HostNetwork> read() {
        const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
        if (!socket) return core::os_error(errno, "open a netlink socket");
        NetlinkMessage all_links(RTM_GETLINK, NLM_F_DUMP), all_addresses(RTM_GETADDR, NLM_F_DUMP),
            all_routes(RTM_GETROUTE, NLM_F_DUMP);
        all_links.header(ifinfomsg{});
        all_addresses.header(ifaddrmsg{});
        all_routes.header(rtmsg{});
        core::Status done =
            dump_all(socket.get(), all_links, [this](const NetlinkPart& part) { take_link(part); });
        if (done)
            done = dump_all(socket.get(), all_addresses,
                            [this](const NetlinkPart& part) { take_address(part); });
        if (done)
            done = dump_all(socket.get(), all_routes, [this](const NetlinkPart& part) { take_route(part); });
        if (!done) return std::move(done).error();
        add_gateways();
        return std::move(network_);
    }

  private:
    struct Route {
        std::uint32_t index, metric;
        core::IpAddress gateway;
    };

    HostInterface* find(std::uint32_t index) {
        const auto found = std::find_if(network_.interfaces.begin(), network_.interfaces.end(),
                                        [&](const HostInterface& one) { return one.index == index; });
        return found == network_.interfaces.end() ? nullptr : &*found;
    }

    void take_link(const NetlinkPart& part) {
        if (part.type != RTM_NEWLINK) return;
        const auto name = part.attribute(sizeof(ifinfomsg), IFLA_IFNAME);
        if (name.empty()) return;
        HostInterface& one = network_.interfaces.emplace_back();
        one.index = static_cast<std::uint32_t>(part.header<ifinfomsg>().ifi_index);
        one.name.assign(reinterpret_cast<const char*>(name.data()), name.size() - 1);
    }

    void take_address(const NetlinkPart& part) {
        if (part.type != RTM_NEWADDR) return;
        const auto header = part.header<ifaddrmsg>();
        // Of a point-to-point link IFA_ADDRESS is the other end's.
        auto bytes = part.attribute(sizeof header, IFA_LOCAL);
        if (bytes.empty()) bytes = part.attribute(sizeof header, IFA_ADDRESS);
        const auto address = address_of(bytes);
        HostInterface* const one = find(header.ifa_index);
        if (address && one != nullptr) one->addresses.push_back({*address, header.ifa_prefixlen});
    }

    void take_route(const NetlinkPart& part) {
        if (part.type != RTM_NEWROUTE) return;
        const auto header = part.header<rtmsg>();
        if (header.rtm_dst_len != 0 || header.rtm_table != RT_TABLE_MAIN || header.rtm_type != RTN_UNICAST)
            return;
        const auto gateway = address_of(part.attribute(sizeof header, RTA_GATEWAY));
        if (!gateway) return;
        routes_.push_back({number_of(part.attribute(sizeof header, RTA_OIF)),
                           number_of(part.attribute(sizeof header, RTA_PRIORITY)), *gateway});
    }

    void add_gateways() {
        std::stable_sort(routes_.begin(), routes_.end(),
                         [](const Route& left, const Route& right) { return left.metric < right.metric; });
        for (const Route& route : routes_) {
            if (HostInterface* const one = find(route.index)) one->gateways.push_back(route.gateway);
        }
    }

    HostNetwork network_;
    std::vector<Route> routes_;
};

}  // namespace

core::Result<HostNetwork> read_host_network() {
    return Reading().read();
}

}  // namespace potd::platform
