#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// Little-endian reading and writing over a given buffer. Never allocates, never reads or writes
/// outside: the first step that does not fit makes ok() false for good, and reads then yield zeros.
namespace potd::core::monitor_link {

class StringList;

class ByteReader {
  public:
    explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    [[nodiscard]] std::uint64_t u64() { return number(8); }
    [[nodiscard]] std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
    [[nodiscard]] std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
    /// u32 length, the bytes, a NUL. The view's data() is a C string; a NUL inside is refused.
    [[nodiscard]] std::string_view text();
    /// u32 length and the bytes, which may be any.
    [[nodiscard]] std::span<const std::byte> blob();
    [[nodiscard]] StringList list();

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return position_ == bytes_.size(); }

  private:
    [[nodiscard]] std::uint64_t number(std::size_t size);
    [[nodiscard]] std::span<const std::byte> take(std::size_t size);

    std::span<const std::byte> bytes_;
    std::size_t position_ = 0;
    bool ok_ = true;
};

/// Strings in a buffer, each readable as a C string. Made by ByteReader::list, which checks them all.
class StringList {
  public:
    class Iterator {
      public:
        Iterator(std::span<const std::byte> rest, std::uint32_t left) : reader_(rest), left_(left) { load(); }
        std::string_view operator*() const { return current_; }
        Iterator& operator++() {
            --left_;
            load();
            return *this;
        }
        bool operator!=(const Iterator& other) const { return left_ != other.left_; }

      private:
        void load() {
            if (left_ != 0) current_ = reader_.text();
        }
        ByteReader reader_;
        std::uint32_t left_;
        std::string_view current_;
    };

    StringList() = default;
    /// `bytes`: `count` strings as written by ByteWriter::text, already checked.
    StringList(std::span<const std::byte> bytes, std::uint32_t count) : bytes_(bytes), count_(count) {}

    [[nodiscard]] std::uint32_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] Iterator begin() const { return {bytes_, count_}; }
    [[nodiscard]] Iterator end() const { return {{}, 0}; }
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

  private:
    std::span<const std::byte> bytes_;
    std::uint32_t count_ = 0;
};

class ByteWriter {
  public:
    explicit ByteWriter(std::span<std::byte> out) : out_(out) {}

    void u8(std::uint8_t value) { number(value, 1); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u32(std::uint32_t value) { number(value, 4); }
    void u64(std::uint64_t value) { number(value, 8); }
    void i32(std::int32_t value) { u32(static_cast<std::uint32_t>(value)); }
    void i64(std::int64_t value) { u64(static_cast<std::uint64_t>(value)); }
    void text(std::string_view value);
    void blob(std::span<const std::byte> value);
    void list(const StringList& value);
    /// Overwrites four bytes at `position`, which were written before.
    void patch_u32(std::size_t position, std::uint32_t value);

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::size_t size() const { return position_; }

  private:
    void number(std::uint64_t value, std::size_t size);
    void raw(std::span<const std::byte> value);

    std::span<std::byte> out_;
    std::size_t position_ = 0;
    bool ok_ = true;
};

}  // namespace potd::core::monitor_link
