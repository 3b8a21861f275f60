#pragma once

#include "client/base/result.hpp"
#include "client/http/endpoint.hpp"
#include "client/http/message.hpp"
#include "client/http/upload.hpp"
#include "client/http/websocket.hpp"
#include "client/json/value.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace potd::client {

/// An answer whose body comes bit by bit.
struct Stream {
    Connection connection;
    BodyReader body;
};

/// An answer that is still to come. It is there when `fd` can be read; `finish` waits for the rest.
class Pending {
  public:
    explicit Pending(Connection connection) : connection_(std::move(connection)) {}
    [[nodiscard]] int fd() const { return connection_.fd(); }
    /// False when `fd` could be read for something else.
    [[nodiscard]] bool is_there() { return connection_.has_input(0); }
    [[nodiscard]] Result<Value> finish();

  private:
    Connection connection_;
};

/// The requests potctl makes. One that changes something carries an Idempotency-Key: when the connection
/// breaks before the answer is there, as when potd is restarted, it is sent again, and done once.
/// Problems become Failures: 404 and 410 not found, 409, 412 and 423 conflict, 400 and 422 usage, nobody
/// there no daemon, all else failed.
class Api {
  public:
    Api(Endpoint endpoint, std::string token) : endpoint_(std::move(endpoint)), token_(std::move(token)) {}

    [[nodiscard]] Result<Value> get(std::string_view target) { return call("GET", target, std::nullopt); }
    [[nodiscard]] Result<Value> post(std::string_view target, const Value& body) {
        return call("POST", target, body);
    }
    /// Without a body there is nothing the user can have said wrongly: what potd refuses is a failure.
    [[nodiscard]] Result<Value> post(std::string_view target);
    [[nodiscard]] Result<Value> remove(std::string_view target) {
        return call("DELETE", target, std::nullopt);
    }
    /// From now on POST and DELETE are answered with the operation (GET /v1/operations/ID), before its end.
    void respond_async(bool yes = true) { respond_async_ = yes; }
    /// A merge patch (RFC 7396); `version` > 0 is sent as If-Match.
    [[nodiscard]] Result<Value> patch(std::string_view target, const Value& body, std::int64_t version = 0);

    /// A request without a body, on a connection of its own, not waited for.
    [[nodiscard]] Result<Pending> begin(std::string_view method, std::string_view target);

    /// All pages of a list as one {"items":[…],"next":null}.
    [[nodiscard]] Result<Value> list(std::string_view target);

    /// An answer to be read as it comes, on a connection of its own.
    [[nodiscard]] Result<Stream> stream(std::string_view target, std::string_view accept);
    /// A PUT whose body is sent as it comes, on a connection of its own; fails with what potd says against it
    /// before anything of the body is sent.
    [[nodiscard]] Result<Upload> upload(std::string_view target, std::string_view type);
    /// A WebSocket on a connection of its own.
    [[nodiscard]] Result<WebSocket> upgrade(std::string_view target);

  private:
    [[nodiscard]] std::string request(std::string_view method, std::string_view target,
                                      const Headers& headers, const std::optional<Value>& body) const;
    [[nodiscard]] Result<Value> call(std::string_view method, std::string_view target,
                                     const std::optional<Value>& body, const Headers& headers = {});
    [[nodiscard]] Result<Value> exchange(std::string_view request, bool& broken);
    [[nodiscard]] Status connect();
    [[nodiscard]] Status connect_again();

    Endpoint endpoint_;
    std::string token_;
    bool respond_async_ = false;
    std::optional<Connection> connection_;  ///< kept for the next request
};

/// A usage failure if a text in it is not UTF-8: JSON cannot carry that as it is.
[[nodiscard]] Status check_texts(const Value& body);

/// The Failure a problem document (or any other answer with that status) stands for.
[[nodiscard]] Failure failure_from(int status, std::string_view body);

/// "/v1/pots/NAME" + `rest`, the name escaped.
[[nodiscard]] std::string pot_url(std::string_view name, std::string_view rest = {});
/// "/v1/fscomps/site", escaped.
[[nodiscard]] std::string fscomp_url(std::string_view name);
/// "/v1/networks/NAME" + `rest`, the name escaped.
[[nodiscard]] std::string network_url(std::string_view name, std::string_view rest = {});

}  // namespace potd::client
