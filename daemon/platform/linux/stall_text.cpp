#include "daemon/platform/linux/stall_text.hpp"

#include "daemon/platform/linux/counter_directory.hpp"

#include <charconv>

namespace potd::platform {
namespace {

/// The number behind "key="; 0 if it is none.
template <typename Value>
Value value_of(std::string_view word) {
    word.remove_prefix(word.find('=') + 1);
    Value value{};
    std::from_chars(word.data(), word.data() + word.size(), value);
    return value;
}

void take_stall_words(std::string_view line, double& last_10, double& last_60, std::int64_t& total) {
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
        if (word.starts_with("avg10=")) last_10 = value_of<double>(word);
        if (word.starts_with("avg60=")) last_60 = value_of<double>(word);
        if (word.starts_with("total=")) total = value_of<std::int64_t>(word);
    }
}

}  // namespace

std::optional<core::Stall> parse_stall(std::string_view text) {
    std::optional<core::Stall> stall;
    while (!text.empty()) {
        std::string_view line = take_line(text);
        const std::string_view kind = take_word(line);
        if (kind == "some") {
            stall.emplace();
            take_stall_words(line, stall->some_10, stall->some_60, stall->some_us);
        } else if (kind == "full" && stall) {
            take_stall_words(line, stall->full_10, stall->full_60, stall->full_us);
        }
    }
    return stall;
}

}  // namespace potd::platform
