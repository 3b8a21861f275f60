#include "daemon/platform/linux/rule_watch.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/prctl.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

constexpr std::string_view somebody = "somebody";

std::string_view name_in(std::span<const std::byte> attribute) {
    const std::string_view text(reinterpret_cast<const char*>(attribute.data()), attribute.size());
    return text.substr(0, text.find('\0'));
}

std::string_view attribute_text(const NetlinkPart& part, std::uint16_t type) {
    return name_in(part.attribute(sizeof(nfgenmsg), type));
}

/// As the kernel knows this thread.
std::string own_name() {
    std::array<char, 17> name{};
    ::prctl(PR_GET_NAME, name.data());
    return name.data();
}

}  // namespace

RuleWatch::RuleWatch(core::Reactor& reactor, std::string table,
                     std::function<void(const std::string& by)> changed)
    : reactor_(reactor), table_(std::move(table)), changed_(std::move(changed)) {}

RuleWatch::~RuleWatch() {
    if (fd_) reactor_.forget(fd_.get());
}

core::Status RuleWatch::begin() {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_NETFILTER));
    sockaddr_nl own{};
    own.nl_family = AF_NETLINK;
    own.nl_groups = 1U << (NFNLGRP_NFTABLES - 1);
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
        return core::os_error(errno, "watch the firewall");
    fd_ = std::move(fd);
    listen();
    return {};
}

void RuleWatch::listen() {
    reactor_.wait(fd_.get(), core::Reactor::Interest::Read, [this] {
        const std::string by = read_all(false);
        listen();
        if (!by.empty()) changed_(by);
    });
}

void RuleWatch::skip_own() {
    if (!fd_) return;
    if (const std::string by = read_all(true); !by.empty()) changed_(by);
}

std::string RuleWatch::read_all(bool after_own) {
    alignas(8) static thread_local std::array<std::byte, 1 << 16> buffer;
    std::string by;
    while (true) {
        const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == ENOBUFS) {
            // Of our own it is no news.
            if (!after_own) by = somebody;
            continue;
        }
        if (got <= 0) return by;
        std::span<const std::byte> rest(buffer.data(), static_cast<std::size_t>(got));
        for (NetlinkPart part; take_netlink_part(rest, part);) take(part, by);
    }
}

/// Of every kind of message but the last the first attribute is the name of the table.
void RuleWatch::take(const NetlinkPart& part, std::string& by) {
    if (part.type >> 8U != NFNL_SUBSYS_NFTABLES) return;
    if ((part.type & 0xffU) != NFT_MSG_NEWGEN) {
        is_touched_ = is_touched_ || attribute_text(part, NFTA_TABLE_NAME) == table_;
        return;
    }
    const std::string_view program = attribute_text(part, NFTA_GEN_PROC_NAME);
    if (std::exchange(is_touched_, false) && program != own_name()) by = program.empty() ? somebody : program;
}

}  // namespace potd::platform
