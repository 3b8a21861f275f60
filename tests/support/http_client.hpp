#pragma once

#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/wait.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace potd::test {

using Json = nlohmann::json;
using Headers = std::map<std::string, std::string>;  ///< of responses: lower-case names

struct Response {
    int status = 0;  ///< 0: no answer came; `body` says why
    Headers headers;
    std::string body;

    /// The body as JSON; a discarded value if it is none.
    [[nodiscard]] Json json() const { return Json::parse(body, nullptr, false); }
    [[nodiscard]] std::string header(const std::string& name) const;
    /// For failure messages.
    [[nodiscard]] std::string describe() const { return std::to_string(status) + " " + body.substr(0, 2000); }
};

/// HTTP/1.1 over one kept-alive connection to a unix socket. One thread at a time. No call throws for what
/// the other side does: it answers status 0.
class HttpConnection {
  public:
    explicit HttpConnection(std::string socket_path, milliseconds timeout = milliseconds(60'000));

    /// One request and its whole answer. Reconnects if the other side closed after the last one.
    Response request(std::string_view method, std::string_view target, std::string_view body = {},
                     const Headers& headers = {});

    /// The same in two steps, for answers that do not end: the status and headers first.
    Response open(std::string_view method, std::string_view target, std::string_view body = {},
                  const Headers& headers = {});
    /// The next piece of the body as it comes; empty at its end, on a lost connection or after `limit`.
    std::string read_some(milliseconds limit);
    /// True once the last piece of the body was handed out in good order (not cut off).
    [[nodiscard]] bool complete() const { return body_left_ == 0; }

    /// Raw bytes out, for malformed requests; the answer is read with `receive`.
    bool send(std::string_view bytes);
    Response receive(std::string_view method = "GET");
    void close();

  private:
    bool connect();
    bool fill(milliseconds limit);
    bool read_head(Response& response);
    void begin_body(std::string_view method, const Response& response);
    bool next_chunk(milliseconds limit);
    std::optional<std::string> read_line(milliseconds limit);
    Response whole(Response response);

    std::string path_;
    milliseconds timeout_;
    platform::UniqueFd socket_;
    std::string buffer_;
    std::size_t body_left_ = 0;  ///< of the chunk or of the body
    bool chunked_ = false;
    bool until_close_ = false;
};

/// One request on a connection of its own.
[[nodiscard]] Response http(const std::string& socket_path, std::string_view method, std::string_view target,
                            const Json& body = nullptr, const Headers& headers = {});

}  // namespace potd::test
