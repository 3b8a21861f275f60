#include "daemon/platform/posix/tar_writer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

namespace potd::platform {
namespace {

// Places and sizes of the fields of a ustar block.
struct Field {
    std::size_t at;
    std::size_t size;
};
constexpr Field name_field{0, 100};
constexpr Field mode_field{100, 8};
constexpr Field uid_field{108, 8};
constexpr Field gid_field{116, 8};
constexpr Field size_field{124, 12};
constexpr Field time_field{136, 12};
constexpr Field sum_field{148, 8};
constexpr Field type_field{156, 1};
constexpr Field link_field{157, 100};
constexpr Field magic_field{257, 8};

constexpr char pax_type = 'x';

/// The most an octal field holds: one byte is its end.
constexpr std::uint64_t largest_in(Field field) {
    return (std::uint64_t{1} << (3U * (field.size - 1))) - 1;
}

void put_text(std::string& block, Field field, std::string_view text) {
    block.replace(field.at, std::min(text.size(), field.size), text.substr(0, field.size));
}

void put_number(std::string& block, Field field, std::uint64_t number) {
    number = std::min(number, largest_in(field));
    for (std::size_t i = field.size - 1; i-- > 0; number >>= 3U)
        block[field.at + i] = static_cast<char>('0' + (number & 7U));
}

void put_sum(std::string& block) {
    block.replace(sum_field.at, sum_field.size, std::string(sum_field.size, ' '));
    const unsigned sum = std::accumulate(block.begin(), block.end(), 0U, [](unsigned all, char byte) {
        return all + static_cast<unsigned char>(byte);
    });
    std::array<char, 8> text{};
    (void)std::snprintf(text.data(), text.size(), "%06o", sum);  // six digits hold every sum of a block
    block.replace(sum_field.at, 7, std::string_view(text.data(), 7));
}

char type_of(const TarMember& member) {
    if (member.is_hard_link) return '1';
    switch (member.like.st_mode & S_IFMT) {
        case S_IFLNK: return '2';
        case S_IFDIR: return '5';
        case S_IFIFO: return '6';
        default: return '0';
    }
}

std::uint64_t seconds_of(const struct stat& like) {
    return like.st_mtime > 0 ? static_cast<std::uint64_t>(like.st_mtime) : 0;
}

std::uint64_t content_of(const TarMember& member) {
    return type_of(member) == '0' ? static_cast<std::uint64_t>(member.like.st_size) : 0;
}

/// "LENGTH key=value\n", where LENGTH counts itself.
void add_record(std::string& out, std::string_view key, std::string_view value) {
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (length != rest + std::to_string(length).size()) length = rest + std::to_string(length).size();
    out += std::to_string(length) + ' ';
    ((out += key) += '=') += value;
    out += '\n';
}

void add_if_larger(std::string& out, std::string_view key, std::uint64_t number, Field field) {
    if (number > largest_in(field)) add_record(out, key, std::to_string(number));
}

std::string records_of(const TarMember& member) {
    std::string records;
    if (member.path.size() > name_field.size) add_record(records, "path", member.path);
    if (member.link.size() > link_field.size) add_record(records, "linkpath", member.link);
    add_if_larger(records, "uid", member.like.st_uid, uid_field);
    add_if_larger(records, "gid", member.like.st_gid, gid_field);
    add_if_larger(records, "size", content_of(member), size_field);
    if (member.like.st_mtime < 0) add_record(records, "mtime", std::to_string(member.like.st_mtime));
    for (const auto& [name, value] : member.attributes) add_record(records, "SCHILY.xattr." + name, value);
    return records;
}

std::string block_of(std::string_view path, char type, std::uint64_t size) {
    std::string block(tar_block, '\0');
    put_text(block, name_field, path);
    put_number(block, size_field, size);
    block[type_field.at] = type;
    put_text(block, magic_field, std::string_view("ustar\00000", 8));
    return block;
}

std::string extended_header(const std::string& records) {
    std::string block = block_of("PaxHeader", pax_type, records.size());
    put_number(block, mode_field, 0644);
    put_number(block, uid_field, 0);
    put_number(block, gid_field, 0);
    put_number(block, time_field, 0);
    put_sum(block);
    return block + records + std::string(tar_padding(records.size()), '\0');
}

}  // namespace

std::string tar_header(const TarMember& member) {
    std::string block = block_of(member.path, type_of(member), content_of(member));
    put_number(block, mode_field, member.like.st_mode & 07777U);
    put_number(block, uid_field, member.like.st_uid);
    put_number(block, gid_field, member.like.st_gid);
    put_number(block, time_field, seconds_of(member.like));
    put_text(block, link_field, member.link);
    put_sum(block);
    const std::string records = records_of(member);
    return records.empty() ? block : extended_header(records) + block;
}

}  // namespace potd::platform
