#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

/// Messages of netlink(7) built and read in place: no allocation, so that potmon can use them, too. Numbers
/// are in the machine's order. What does not fit makes ok() false for good; what is cut short is not read.
namespace potd::platform {

/// One request with its attributes.
class NetlinkMessage {
  public:
    static constexpr std::size_t capacity = 1024;

    /// NLM_F_REQUEST is always among the flags.
    NetlinkMessage(std::uint16_t type, std::uint16_t flags);

    /// The family's header (struct ifinfomsg …); once, before the attributes.
    template <class Header>
    void header(const Header& value) {
        raw(&value, sizeof value);
    }
    void attribute(std::uint16_t type, const void* data, std::size_t size);
    void text(std::uint16_t type, std::string_view value);  ///< with its NUL
    void number(std::uint16_t type, std::uint32_t value) { attribute(type, &value, sizeof value); }

    /// What is added until end() stands inside.
    [[nodiscard]] std::size_t begin(std::uint16_t type);
    void end(std::size_t begun);

    [[nodiscard]] bool ok() const { return ok_; }
    /// The whole of it, with its length filled in.
    [[nodiscard]] std::span<const std::byte> bytes();

  private:
    void raw(const void* data, std::size_t size);

    alignas(8) std::array<std::byte, capacity> bytes_{};
    std::size_t size_ = 0;
    bool ok_ = true;
};

/// One message of an answer. The views are valid as long as the bytes.
struct NetlinkPart {
    std::uint16_t type = 0;
    std::span<const std::byte> payload;  ///< behind the message's header

    /// NLMSG_ERROR: 0, or minus errno; any other type: 0.
    [[nodiscard]] int error() const;
    /// The family's header, zeros where it is cut short.
    template <class Header>
    [[nodiscard]] Header header() const {
        Header value{};
        if (payload.size() >= sizeof value) std::memcpy(&value, payload.data(), sizeof value);
        return value;
    }
    /// The attribute of that type behind a header of that size; empty if there is none.
    [[nodiscard]] std::span<const std::byte> attribute(std::size_t header_size, std::uint16_t type) const;
};

/// Takes the next message off the front of what was received; false when there is none.
[[nodiscard]] bool take_netlink_part(std::span<const std::byte>& rest, NetlinkPart& part);

}  // namespace potd::platform
