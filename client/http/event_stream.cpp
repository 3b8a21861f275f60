#include "client/http/event_stream.hpp"

#include <utility>

namespace potd::client {

std::optional<std::string> EventParser::next() {
    for (;;) {
        const std::size_t end = pending_.find('\n');
        if (end == std::string::npos) return {};
        std::string line = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty()) {
            if (!data_.empty()) return std::exchange(data_, {});
            continue;
        }
        if (!line.starts_with("data:")) continue;
        if (!data_.empty()) data_ += '\n';
        data_ += line.substr(line.size() > 5 && line[5] == ' ' ? 6 : 5);
    }
}

Result<std::optional<Value>> EventStream::next() {
    for (;;) {
        if (const auto data = parser_.next()) {
            auto event = parse_json(*data);
            if (!event) return event.failure();
            return std::optional(std::move(*event));
        }
        std::string bytes;
        const auto more = stream_.body.read(stream_.connection, bytes);
        if (!more) return more.failure();
        if (!*more) return std::optional<Value>();
        parser_.add(bytes);
    }
}

}  // namespace potd::client
