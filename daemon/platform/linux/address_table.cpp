#include "daemon/platform/linux/address_table.hpp"

#include "daemon/platform/posix/text.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

#include <linux/if_addr.h>

namespace potd::platform {
namespace {

/// As net/ipv6/addrconf.c of the kernel writes it: address, number, prefix, scope and flags in hexadecimal,
/// name.
struct Row {
    core::IpAddress address;
    unsigned scope = 0, flags = 0;
    std::string_view interface;
};

template <class Number>
bool read_hexadecimal(std::string_view text, Number& number) {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

std::optional<Row> read_row(std::string_view line) {
    constexpr std::size_t columns = 6, digits = 32;
    const auto words = split_blanks(line);
    Row row;
    if (words.size() != columns || words[0].size() != digits || !read_hexadecimal(words[3], row.scope) ||
        !read_hexadecimal(words[4], row.flags))
        return std::nullopt;
    row.address.family = core::IpAddress::Family::V6;
    for (std::size_t i = 0; i < row.address.bytes.size(); ++i) {
        if (!read_hexadecimal(words[0].substr(2 * i, 2), row.address.bytes.at(i))) return std::nullopt;
    }
    row.interface = words[5];
    return row;
}

}  // namespace

std::optional<core::IpAddress> advertised_address(std::string_view table, std::string_view interface,
                                                  const core::HardwareAddress& hardware) {
    std::optional<Row> best;
    for (const std::string_view line : split(table, '\n')) {
        const auto row = read_row(line);
        const bool counts = row && row->interface == interface && row->scope == 0 &&
                            (row->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0 &&
                            core::eui64_address(row->address, hardware) == row->address;
        if (!counts) continue;
        const auto is_old = [](const Row& one) { return (one.flags & IFA_F_DEPRECATED) != 0; };
        const bool better = !best || (is_old(*best) && !is_old(*row)) ||
                            (is_old(*best) == is_old(*row) && row->address < best->address);
        if (better) best = row;
    }
    return best ? std::optional(best->address) : std::nullopt;
}

}  // namespace potd::platform
