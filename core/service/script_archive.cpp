#include "core/service/script_archive.hpp"

#include <cstdint>
#include <utility>

namespace potd::core {
namespace {

constexpr std::size_t tar_block = 512;

/// The fields of a header by their places.
void put_text(std::string& header, std::size_t at, std::string_view text) {
    header.replace(at, text.size(), text);
}

/// Digits with leading zeros, then a NUL that is there already.
void put_octal(std::string& header, std::size_t at, std::size_t digits, std::uint64_t value) {
    for (std::size_t i = digits; i > 0; --i, value >>= 3U)
        header[at + i - 1] = static_cast<char>('0' + (value & 7U));
}

std::string tar_header_of(std::string_view name, std::size_t size) {
    constexpr std::uint64_t mode = 0755;
    std::string header(tar_block, '\0');
    put_text(header, 0, name.substr(0, 100));
    put_octal(header, 100, 7, mode);
    put_octal(header, 108, 7, 0);  // owner
    put_octal(header, 116, 7, 0);  // group
    put_octal(header, 124, 11, size);
    put_octal(header, 136, 11, 0);  // time
    put_text(header, 148, "        ");
    header[156] = '0';
    put_text(header, 257, std::string_view("ustar\00000", 8));
    std::uint64_t sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put_octal(header, 148, 6, sum);
    header[154] = '\0';
    return header;
}

class OnePiece final : public PieceSource {
  public:
    explicit OnePiece(std::string bytes) : bytes_(std::move(bytes)) {}
    void next(Ready ready) override {
        if (bytes_.empty()) return ready(std::optional<std::string>());
        ready(std::optional<std::string>(std::exchange(bytes_, {})));
    }

  private:
    std::string bytes_;
};

}  // namespace

std::shared_ptr<PieceSource> script_archive(std::string_view name, std::string_view content) {
    std::string bytes = tar_header_of(name, content.size());
    bytes += content;
    bytes.append((tar_block - content.size() % tar_block) % tar_block, '\0');
    bytes.append(2 * tar_block, '\0');
    return std::make_shared<OnePiece>(std::move(bytes));
}

}  // namespace potd::core
