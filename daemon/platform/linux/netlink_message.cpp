#include "daemon/platform/linux/netlink_message.hpp"

#include <linux/netlink.h>

namespace potd::platform {
namespace {

constexpr std::size_t aligned(std::size_t size) {
    return (size + 3) & ~std::size_t{3};
}

}  // namespace

NetlinkMessage::NetlinkMessage(std::uint16_t type, std::uint16_t flags) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
    raw(&header, sizeof header);
}

void NetlinkMessage::raw(const void* data, std::size_t size) {
    if (!ok_ || aligned(size) > capacity - size_) {
        ok_ = false;
        return;
    }
    if (size != 0) std::memcpy(bytes_.data() + size_, data, size);
    size_ += aligned(size);
}

void NetlinkMessage::attribute(std::uint16_t type, const void* data, std::size_t size) {
    if (size > capacity) {
        ok_ = false;
        return;
    }
    const nlattr head{static_cast<std::uint16_t>(sizeof(nlattr) + size), type};
    raw(&head, sizeof head);
    raw(data, size);
}

void NetlinkMessage::text(std::uint16_t type, std::string_view value) {
    const std::size_t begun = begin(type);
    if (value.size() >= capacity - size_) {
        ok_ = false;
        return;
    }
    raw(value.data(), value.size());
    // The bytes behind are zeros up to the next multiple of four: one more if there are none.
    if (value.size() % 4 == 0) raw("\0\0\0", 4);
    if (!ok_) return;
    const nlattr head{static_cast<std::uint16_t>(sizeof(nlattr) + value.size() + 1), type};
    std::memcpy(bytes_.data() + begun, &head, sizeof head);
}

std::size_t NetlinkMessage::begin(std::uint16_t type) {
    const std::size_t begun = size_;
    attribute(type, nullptr, 0);
    return begun;
}

void NetlinkMessage::end(std::size_t begun) {
    if (!ok_) return;
    const auto size = static_cast<std::uint16_t>(size_ - begun);
    std::memcpy(bytes_.data() + begun, &size, sizeof size);
}

std::span<const std::byte> NetlinkMessage::bytes() {
    const auto size = static_cast<std::uint32_t>(size_);
    std::memcpy(bytes_.data(), &size, sizeof size);
    return {bytes_.data(), size_};
}

int NetlinkPart::error() const {
    return type == NLMSG_ERROR ? header<nlmsgerr>().error : 0;
}

std::span<const std::byte> NetlinkPart::attribute(std::size_t header_size, std::uint16_t wanted) const {
    for (std::size_t at = aligned(header_size); at + sizeof(nlattr) <= payload.size();) {
        nlattr head{};
        std::memcpy(&head, payload.data() + at, sizeof head);
        if (head.nla_len < sizeof head || head.nla_len > payload.size() - at) return {};
        if ((head.nla_type & NLA_TYPE_MASK) == wanted)
            return payload.subspan(at + sizeof head, head.nla_len - sizeof head);
        at += aligned(head.nla_len);
    }
    return {};
}

bool take_netlink_part(std::span<const std::byte>& rest, NetlinkPart& part) {
    nlmsghdr header{};
    if (rest.size() < sizeof header) return false;
    std::memcpy(&header, rest.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest.size()) return false;
    part.type = header.nlmsg_type;
    part.payload = rest.subspan(sizeof header, header.nlmsg_len - sizeof header);
    const std::size_t whole = aligned(header.nlmsg_len);
    rest = rest.subspan(whole < rest.size() ? whole : rest.size());
    return true;
}

}  // namespace potd::platform
