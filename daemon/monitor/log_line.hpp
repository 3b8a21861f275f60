#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace potd::monitor {

/// Longest text of one log line; a longer line is cut into partial ones of this length.
inline constexpr std::size_t max_line_text = std::size_t{16} * 1024;

/// "2026-01-31T12:00:00.000000000Z" into `out`, exactly 30 characters.
inline constexpr std::size_t time_text_size = 30;
void format_time(std::int64_t wall_ns, char* out);

/// What stands before the text of a log line:
///     <time> <stdout|stderr> <F|P> <run> <text>\n
/// F: a whole line; P: the line goes on in the next entry of the stream (longer than max_line_text),
/// or it was cut by the end of the output. The text is any bytes but a newline.
class LinePrefix {
  public:
    LinePrefix(std::int64_t wall_ns, std::string_view stream, std::uint32_t run);
    [[nodiscard]] std::string_view full() { return with('F'); }
    [[nodiscard]] std::string_view partial() { return with('P'); }

  private:
    std::string_view with(char flag) {
        text_[flag_] = flag;
        return {text_, size_};
    }
    char text_[time_text_size + 24];
    std::size_t flag_ = 0, size_ = 0;
};

}  // namespace potd::monitor
