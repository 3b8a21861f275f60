#include "daemon/platform/linux/link_watch.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

/// Of the messages alone that say RTM_DELLINK with a family: AF_UNSPEC of an interface, AF_BRIDGE of a member
/// that a bridge loses. The kernel reads numbers of a message in network order, which this one is not in.
bool let_removals_pass(int socket, std::uint32_t family) {
    constexpr std::uint32_t type_at = offsetof(nlmsghdr, nlmsg_type);
    constexpr std::uint32_t family_at = NLMSG_HDRLEN + offsetof(ifinfomsg, ifi_family);
    std::array<sock_filter, 6> steps{{
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, type_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELLINK), 0, 3),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, family_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, family, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffffU),
        BPF_STMT(BPF_RET | BPF_K, 0),
    }};
    const sock_fprog program{steps.size(), steps.data()};
    return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

std::string link_name(const NetlinkPart& part) {
    const auto bytes = part.attribute(sizeof(ifinfomsg), IFLA_IFNAME);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return std::string(text.substr(0, text.find('\0')));
}

}  // namespace

LinkWatch::LinkWatch(core::Reactor& reactor, Of of, Told told)
    : reactor_(reactor), of_(of), told_(std::move(told)) {}

LinkWatch::~LinkWatch() {
    if (fd_) reactor_.forget(fd_.get());
}

core::Status LinkWatch::begin() {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
    sockaddr_nl own{};
    own.nl_family = AF_NETLINK;
    own.nl_groups = 1U << (RTNLGRP_LINK - 1);
    if (!fd || !let_removals_pass(fd.get(), of_ == Of::Links ? AF_UNSPEC : AF_BRIDGE) ||
        ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
        return core::os_error(errno, "watch the host's interfaces");
    fd_ = std::move(fd);
    listen();
    return {};
}

void LinkWatch::listen() {
    reactor_.wait(fd_.get(), core::Reactor::Interest::Read, [this] {
        // What is told of may remove this watch.
        listen();
        read_all();
    });
}

void LinkWatch::read_all() {
    alignas(8) std::array<std::byte, 8192> buffer{};
    std::vector<std::pair<std::uint32_t, std::string>> gone;
    bool missed = false;
    while (true) {
        const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == ENOBUFS) {
            missed = true;
            continue;
        }
        if (got <= 0) break;
        std::span<const std::byte> rest(buffer.data(), static_cast<std::size_t>(got));
        for (NetlinkPart part; take_netlink_part(rest, part);) {
            if (part.type != RTM_DELLINK) continue;
            gone.emplace_back(static_cast<std::uint32_t>(part.header<ifinfomsg>().ifi_index),
                              link_name(part));
        }
    }
    const Told told = told_;
    for (const auto& [index, name] : gone) told.gone(index, name);
    if (missed) told.missed();
}

}  // namespace potd::platform
