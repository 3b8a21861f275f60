#pragma once

#include "client/base/result.hpp"
#include "client/http/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::client {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The beginning of an answer; header names in lower case.
struct ResponseHead {
    int status = 0;
    bool keep_alive = true;
    Headers headers;

    /// The first header of that (lower-case) name, empty if there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// The text up to and with the blank line; unset if it is not an HTTP/1.x answer.
[[nodiscard]] std::optional<ResponseHead> parse_head(std::string_view text);

/// Reads an answer's head from the connection, skipping 1xx other than 101; at most 64 KiB.
[[nodiscard]] Result<ResponseHead> read_head(Connection& connection);

/// The bytes behind a head: with a length, in chunks, or up to the end of the connection.
class BodyReader {
  public:
    explicit BodyReader(const ResponseHead& head);

    /// Appends at least one byte, waiting for it, and returns true; false = the end.
    [[nodiscard]] Result<bool> read(Connection& connection, std::string& out);

  private:
    enum class Framing { Length, Chunked, UntilClose };

    [[nodiscard]] Result<bool> read_counted(Connection& connection, std::string& out);
    [[nodiscard]] Result<bool> read_chunked(Connection& connection, std::string& out);
    [[nodiscard]] Result<bool> next_chunk(Connection& connection);
    [[nodiscard]] Result<bool> read_until_close(Connection& connection, std::string& out);

    Framing framing_ = Framing::UntilClose;
    std::uint64_t left_ = 0;  ///< of the body, or of the current chunk with its line end
    bool ended_ = false;
};

/// `text` for use inside a URL's path or query: all but unreserved characters as %XX.
[[nodiscard]] std::string url_escape(std::string_view text);

}  // namespace potd::client
