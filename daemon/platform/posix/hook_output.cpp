#include "daemon/platform/posix/hook_output.hpp"

#include "core/model/names.hpp"

#include <algorithm>

namespace potd::platform {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::size_t longest_character = 4;
constexpr unsigned char first_of_many = 0xC2;

/// Bytes of the character the text begins with; 0 if it begins with none.
std::size_t character(std::string_view text) {
    for (std::size_t length = 1; length <= std::min(longest_character, text.size()); ++length) {
        if (core::is_text(text.substr(0, length))) return length;
    }
    return 0;
}

struct Cleaned {
    std::string text;
    bool whole = true;
};

/// `cut`: the bytes end where the limit was, not where the writer ended.
Cleaned clean(std::string_view bytes, bool cut) {
    Cleaned out;
    while (!bytes.empty()) {
        const std::size_t length = character(bytes);
        const bool begun = static_cast<unsigned char>(bytes.front()) >= first_of_many;
        if (length == 0 && cut && begun && bytes.size() < longest_character) break;
        const std::string_view next = length == 0 ? replacement : bytes.substr(0, length);
        if (out.text.size() + next.size() > HookOutput::limit) {
            out.whole = false;
            break;
        }
        out.text += next;
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

}  // namespace

void HookOutput::add(std::string_view bytes) {
    const std::size_t taken = std::min(bytes.size(), limit - kept_.size());
    kept_.append(bytes.substr(0, taken));
    if (taken < bytes.size()) more_ = true;
}

std::string HookOutput::text() const {
    return clean(kept_, more_).text;
}

bool HookOutput::truncated() const {
    return more_ || !clean(kept_, more_).whole;
}

}  // namespace potd::platform
