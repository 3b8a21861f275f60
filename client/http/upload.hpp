#pragma once

#include "client/http/connection.hpp"
#include "client/json/value.hpp"

#include <string_view>

namespace potd::client {

/// A request whose body goes out bit by bit, in chunks, once potd has said that it wants it.
class Upload {
  public:
    /// `connection` has been sent the head, with "Expect: 100-continue". Waits for the word to go on; the
    /// failure is the answer that came instead.
    [[nodiscard]] static Result<Upload> begin(Connection connection);

    /// False: potd has answered already and wants no more of it.
    [[nodiscard]] Result<bool> send(std::string_view bytes);
    /// Ends the body and waits for the answer.
    [[nodiscard]] Result<Value> finish();
    /// The answer to a body that is not finished.
    [[nodiscard]] Result<Value> answer();

  private:
    explicit Upload(Connection connection) : connection_(std::move(connection)) {}
    [[nodiscard]] bool is_answered() { return connection_.has_input(0); }

    Connection connection_;
};

}  // namespace potd::client
