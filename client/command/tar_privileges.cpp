#include "client/command/tar_privileges.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

namespace potd::client {
namespace {

constexpr std::size_t tar_block = 512;
constexpr std::size_t most_records = std::size_t{64} * 1024 * 1024;
constexpr unsigned privileges = 06000;
constexpr std::size_t mode_at = 100, mode_size = 8;
constexpr std::size_t size_at = 124, size_size = 12;
constexpr std::size_t sum_at = 148, sum_size = 8;
constexpr std::size_t type_at = 156;

Failure no_archive() {
    return failed("what came is no archive of tar");
}

/// An octal number, or one of 256ths as GNU tar writes large ones.
std::optional<std::uint64_t> number_in(std::string_view field) {
    std::uint64_t number = 0;
    constexpr char binary = '\x80';
    if (field.front() == binary) {
        for (const char byte : field.substr(1)) number = number << 8U | static_cast<unsigned char>(byte);
        return number;
    }
    const std::size_t start = std::min(field.find_first_not_of(' '), field.size());
    const std::string_view digits =
        field.substr(start, field.find_first_of(std::string_view(" \0", 2), start) - start);
    if (digits.empty()) return number;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number, 8);
    if (end.ec != std::errc() || end.ptr != digits.data() + digits.size()) return std::nullopt;
    return number;
}

unsigned sum_of(std::string_view block) {
    unsigned sum = sum_size * ' ';
    for (std::size_t at = 0; at < block.size(); ++at) {
        if (at < sum_at || at >= sum_at + sum_size) sum += static_cast<unsigned char>(block[at]);
    }
    return sum;
}

void put_octal(std::string& block, std::size_t at, int digits, unsigned number) {
    std::array<char, 16> text{};
    // No number here has more digits than its field.
    (void)std::snprintf(text.data(), text.size(), "%0*o", digits, number);
    block.replace(at, static_cast<std::size_t>(digits) + 1, text.data(),
                  static_cast<std::size_t>(digits) + 1);
}

std::uint64_t padded(std::uint64_t size) {
    return (size + tar_block - 1) / tar_block * tar_block;
}

}  // namespace

Status TarPrivileges::drop(std::string_view bytes, std::string& out) {
    while (!bytes.empty()) {
        const std::uint64_t missing = content_ > 0 ? content_ : tar_block - block_.size();
        const std::string_view part =
            bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(missing, bytes.size())));
        bytes.remove_prefix(part.size());
        if (content_ == 0) {
            block_ += part;
            if (block_.size() < tar_block) continue;
            if (auto taken = take_header(out); !taken) return taken;
        } else {
            const auto kept = static_cast<std::size_t>(std::min<std::uint64_t>(wanted_, part.size()));
            records_ += part.substr(0, kept);
            wanted_ -= kept;
            content_ -= part.size();
            out += part;
        }
        if (content_ == 0 && !records_.empty()) {
            if (auto taken = take_records(); !taken) return taken;
        }
    }
    return Done{};
}

Status TarPrivileges::take_header(std::string& out) {
    std::string block = std::move(block_);
    block_.clear();
    // Two such blocks are the end.
    if (block.find_first_not_of('\0') == std::string::npos) {
        out += block;
        return Done{};
    }
    const auto mode = number_in(std::string_view(block).substr(mode_at, mode_size));
    const auto size = number_in(std::string_view(block).substr(size_at, size_size));
    const auto sum = number_in(std::string_view(block).substr(sum_at, sum_size));
    if (!mode || !size || sum != sum_of(block)) return no_archive();
    const char type = block[type_at];
    const bool is_pax = type == 'x' || type == 'g';
    if (is_pax) {
        if (*size > most_records) return no_archive();
        wanted_ = *size;
    }
    content_ = padded(!is_pax && has_next_size_ ? next_size_ : *size);
    if (!is_pax) has_next_size_ = false;
    if ((*mode & privileges) != 0) {
        put_octal(block, mode_at, mode_size - 1, static_cast<unsigned>(*mode) & ~privileges & 07777U);
        put_octal(block, sum_at, 6, sum_of(block));
    }
    out += block;
    return Done{};
}

/// "LENGTH key=value\n", where LENGTH counts itself.
Status TarPrivileges::take_records() {
    std::string_view rest = records_;
    while (!rest.empty()) {
        std::size_t length = 0;
        const char* const end = rest.data() + rest.size();
        const auto read = std::from_chars(rest.data(), end, length);
        if (read.ec != std::errc() || read.ptr == end || *read.ptr != ' ' || length > rest.size())
            return no_archive();
        const auto head = static_cast<std::size_t>(read.ptr - rest.data()) + 1;
        if (length < head + 1) return no_archive();
        std::string_view record = rest.substr(head, length - head - 1);
        rest.remove_prefix(length);
        constexpr std::string_view key = "size=";
        if (!record.starts_with(key)) continue;
        record.remove_prefix(key.size());
        const auto number = std::from_chars(record.data(), record.data() + record.size(), next_size_);
        if (number.ec != std::errc() || number.ptr != record.data() + record.size()) return no_archive();
        has_next_size_ = true;
    }
    records_.clear();
    return Done{};
}

}  // namespace potd::client
