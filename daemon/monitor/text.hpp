#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace potd::monitor {

/// Decimal digits of `value` into `out` (room for 20); how many.
std::size_t format_number(std::uint64_t value, char* out);

/// All of `text` as a decimal number of at most 32 bits; nothing for anything else.
[[nodiscard]] std::optional<std::uint32_t> parse_number(std::string_view text);

/// `text` from `position` on; empty beyond the end. (string_view::substr may throw.)
[[nodiscard]] inline std::string_view tail(std::string_view text, std::size_t position) {
    return position < text.size() ? std::string_view(text.data() + position, text.size() - position)
                                  : std::string_view();
}

/// Text in place, always a C string; what does not fit is cut and remembered.
template <std::size_t Size>
class FixedText {
  public:
    FixedText() { text_[0] = '\0'; }  // the rest stays untouched: it may be a page nobody needs
    FixedText& add(std::string_view text) {
        for (const char c : text) {
            if (size_ + 1 >= Size) {
                overflowed_ = true;
                break;
            }
            text_[size_++] = c;
        }
        text_[size_] = '\0';
        return *this;
    }
    FixedText& add_number(std::int64_t value) {
        char digits[20];
        if (value < 0) add("-");
        const auto magnitude =
            value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
        return add({digits, format_number(magnitude, digits)});
    }
    void clear() {
        size_ = 0;
        overflowed_ = false;
        text_[0] = '\0';
    }
    [[nodiscard]] const char* c_str() const { return text_; }
    [[nodiscard]] std::string_view view() const { return {text_, size_}; }
    [[nodiscard]] bool overflowed() const { return overflowed_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

  private:
    char text_[Size];
    std::size_t size_ = 0;
    bool overflowed_ = false;
};

/// Puts the directory part of an absolute path into `directory` and returns the last name.
template <std::size_t Size>
std::string_view split_path(std::string_view path, FixedText<Size>& directory) {
    std::size_t slash = path.size();
    while (slash > 0 && path[slash - 1] != '/') --slash;
    directory.clear();
    directory.add(slash <= 1 ? std::string_view("/") : std::string_view(path.data(), slash - 1));
    return tail(path, slash);
}

}  // namespace potd::monitor
