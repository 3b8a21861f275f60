#pragma once

#include "api/http/problem.hpp"
#include "api/http/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace potd::api {

/// HTTP/1.x requests out of a stream of bytes, by Beast's incremental parser. The views of the
/// request lie in the bytes given to `put`.
class RequestParser {
  public:
    enum class State {
        Head,    ///< more bytes of the head are needed
        Headed,  ///< the head is there, a body follows: `begin_body` says how it is taken
        Body,    ///< more bytes of the body are needed
        Done,    ///< a whole request
        Failed,  ///< `problem` says why; the connection is of no more use
    };

    RequestParser(std::size_t header_limit, std::uint64_t body_limit);
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    /// Forgets the last request. `request` keeps its capacity.
    void reset(Request& request);
    /// Consumes bytes from the front; what it left is given again with more behind it. Until the
    /// request is handled the bytes of its head must stay, or be moved with `relocate`.
    std::size_t put(std::string_view bytes, Request& request);
    /// The body is gathered for the request, up to the limit; or, streamed, whatever its length, taken away
    /// with `take_body` as it comes.
    void begin_body(bool streamed);
    [[nodiscard]] std::string take_body();

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] std::size_t head_size() const { return head_size_; }
    [[nodiscard]] bool keep_alive() const;
    [[nodiscard]] bool is_http_1_0() const;
    /// True once if the client waits for "100 Continue" before it sends the body.
    [[nodiscard]] bool take_expectation() { return std::exchange(expects_continue_, false); }
    [[nodiscard]] const Problem& problem() const { return problem_; }

    /// The bytes of the head have moved from `from` to `to`.
    static void relocate(Request& request, const char* from, const char* to);

  private:
    class Parser;
    void fail(int status, std::string_view code, std::string detail, std::string field = {});
    void refuse(bool body, bool header, const std::string& why);
    std::size_t put_head(std::string_view bytes, Request& request);
    std::size_t put_body(std::string_view bytes, Request& request);
    void read_head(Request& request);

    std::size_t header_limit_;
    std::uint64_t body_limit_;
    std::unique_ptr<Parser> parser_;
    State state_ = State::Head;
    std::size_t head_size_ = 0;
    bool expects_continue_ = false;
    bool streamed_ = false;
    Problem problem_;
};

}  // namespace potd::api
