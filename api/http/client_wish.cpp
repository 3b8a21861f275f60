#include "api/http/client_wish.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace potd::api {
namespace {

constexpr std::size_t longest_key = 255;
constexpr std::string_view key_header = "Idempotency-Key";

/// Two unlike sums over parts and their borders. It need not stand against somebody who looks for two
/// requests with the same one: the key is that client's own.
class Sums {
  public:
    void add(std::string_view part) {
        for (const char c : part) add(static_cast<unsigned char>(c));
        add(0x100U + part.size());
    }
    [[nodiscard]] std::string text() const { return hex(first_) + hex(second_); }

  private:
    void add(std::uint64_t value) {
        first_ = (first_ ^ value) * 0x100000001b3U;
        second_ += value + 0x9e3779b97f4a7c15U;
        second_ = (second_ ^ (second_ >> 30U)) * 0xbf58476d1ce4e5b9U;
        second_ ^= second_ >> 27U;
    }
    static std::string hex(std::uint64_t value) {
        std::array<char, 16> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
        const std::string text(digits.data(), end);
        return std::string(digits.size() - text.size(), '0') + text;
    }
    std::uint64_t first_ = 0xcbf29ce484222325U;
    std::uint64_t second_ = 0;
};

std::string fingerprint_of(const Request& request) {
    Sums sums;
    for (const std::string_view part : {request.method_text, request.path, request.query, request.body})
        sums.add(part);
    return sums.text();
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// "respond-async, wait=10": whether one of the preferences is this one.
bool prefers(std::string_view header, std::string_view wanted) {
    while (!header.empty()) {
        const std::string_view one = header.substr(0, header.find(','));
        header.remove_prefix(std::min(header.size(), one.size() + 1));
        if (equal_ignoring_case(trimmed(one.substr(0, one.find(';'))), wanted)) return true;
    }
    return false;
}

bool is_key(std::string_view text) {
    return !text.empty() && text.size() <= longest_key &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::optional<Problem> read_wish(const Request& request, ClientWish& wish) {
    int keys = 0;
    for (const Header& header : request.headers) {
        if (equal_ignoring_case(header.name, "Prefer") && prefers(header.value, "respond-async"))
            wish.respond_async = true;
        if (!equal_ignoring_case(header.name, key_header)) continue;
        ++keys;
        wish.key = header.value;
    }
    if (keys == 0) return std::nullopt;
    if (keys > 1 || !is_key(wish.key)) {
        const std::string what = keys > 1 ? "comes twice" : "is not valid";
        return Problem{400,
                       "invalid_argument",
                       "Idempotency-Key: " + what + ", expected one of 1 to 255 visible ASCII characters",
                       std::string(key_header),
                       {}};
    }
    wish.fingerprint = fingerprint_of(request);
    return std::nullopt;
}

}  // namespace potd::api
