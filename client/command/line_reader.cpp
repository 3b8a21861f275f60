#include "client/command/line_reader.hpp"

namespace potd::client {

Status LineReader::take_lines() {
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = pending_.find('\n', begin)) != std::string::npos; begin = end + 1) {
        if (end == begin) continue;
        const auto line = parse_json(std::string_view(pending_).substr(begin, end - begin));
        if (!line) return line.failure();
        if (auto taken = take_(*line); !taken) return taken;
    }
    pending_.erase(0, begin);
    return Done{};
}

Result<bool> LineReader::advance() {
    do {
        const auto more = stream_.body.read(stream_.connection, pending_);
        if (!more) return more.failure();
        if (auto taken = take_lines(); !taken) return taken.failure();
        if (!*more) return false;
    } while (has_buffered());
    return true;
}

Status LineReader::read_all() {
    for (;;) {
        const auto more = advance();
        if (!more) return more.failure();
        if (!*more) return Done{};
    }
}

}  // namespace potd::client
