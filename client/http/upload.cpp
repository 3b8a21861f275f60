#include "client/http/upload.hpp"

#include "client/http/api.hpp"
#include "client/http/message.hpp"

#include <array>
#include <charconv>

namespace potd::client {
namespace {

constexpr std::string_view blank_line = "\r\n\r\n";

Result<bool> is_told_to_go_on(Connection& connection) {
    for (;;) {
        const std::size_t end = connection.buffered().find(blank_line);
        if (end == std::string_view::npos) {
            const auto received = connection.fill();
            if (!received) return received.failure();
            if (*received == 0) return false;
            continue;
        }
        const auto head = parse_head(connection.buffered().substr(0, end + blank_line.size()));
        if (!head || head->status != 100) return false;
        connection.consume(end + blank_line.size());
        return true;
    }
}

}  // namespace

Result<Upload> Upload::begin(Connection connection) {
    Upload upload(std::move(connection));
    const auto goes_on = is_told_to_go_on(upload.connection_);
    if (!goes_on) return goes_on.failure();
    if (*goes_on) return upload;
    auto answer = upload.answer();
    return answer ? failed("potd answered before it was sent anything") : answer.failure();
}

Result<bool> Upload::send(std::string_view bytes) {
    if (bytes.empty()) return true;
    if (is_answered()) return false;
    std::array<char, 20> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
    for (const std::string_view part :
         {std::string_view(size.data(), static_cast<std::size_t>(end - size.data())),
          std::string_view("\r\n"), bytes, std::string_view("\r\n")}) {
        if (auto sent = connection_.send(part); !sent) return sent.failure();
    }
    return true;
}

Result<Value> Upload::finish() {
    if (auto sent = connection_.send("0\r\n\r\n"); !sent) return sent.failure();
    return answer();
}

Result<Value> Upload::answer() {
    return Pending(std::move(connection_)).finish();
}

}  // namespace potd::client
