#include "core/monitor_link/bytes.hpp"

#include <cstring>

namespace potd::core::monitor_link {

std::span<const std::byte> ByteReader::take(std::size_t size) {
    if (!ok_ || size > bytes_.size() - position_) {
        ok_ = false;
        return {};
    }
    const auto part = bytes_.subspan(position_, size);
    position_ += size;
    return part;
}

std::uint64_t ByteReader::number(std::size_t size) {
    const auto part = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < part.size(); ++i) {
        value |= static_cast<std::uint64_t>(part[i]) << (8 * i);
    }
    return value;
}

std::string_view ByteReader::text() {
    const std::size_t size = u32();
    const auto part = take(size);
    const auto end = take(1);
    if (!ok_ || end[0] != std::byte{0}) {
        ok_ = false;
        return {};
    }
    for (const std::byte byte : part) {
        if (byte == std::byte{0}) ok_ = false;
    }
    if (!ok_) return {};
    return {reinterpret_cast<const char*>(part.data()), part.size()};
}

std::span<const std::byte> ByteReader::blob() {
    return take(u32());
}

StringList ByteReader::list() {
    const std::uint32_t count = u32();
    const std::size_t start = position_;
    for (std::uint32_t i = 0; i < count && ok_; ++i) {
        if (text().data() == nullptr) break;
    }
    if (!ok_) return {};
    return {bytes_.subspan(start, position_ - start), count};
}

void ByteWriter::raw(std::span<const std::byte> value) {
    if (!ok_ || value.size() > out_.size() - position_) {
        ok_ = false;
        return;
    }
    if (!value.empty()) std::memcpy(out_.data() + position_, value.data(), value.size());
    position_ += value.size();
}

void ByteWriter::number(std::uint64_t value, std::size_t size) {
    std::byte bytes[8];
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
    raw({bytes, size});
}

void ByteWriter::text(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    raw(std::as_bytes(std::span(value)));
    u8(0);
}

void ByteWriter::blob(std::span<const std::byte> value) {
    u32(static_cast<std::uint32_t>(value.size()));
    raw(value);
}

void ByteWriter::list(const StringList& value) {
    u32(value.size());
    raw(value.bytes());
}

void ByteWriter::patch_u32(std::size_t position, std::uint32_t value) {
    if (!ok_) return;
    ByteWriter patch(out_.subspan(position, 4));
    patch.u32(value);
}

}  // namespace potd::core::monitor_link
