#pragma once

#include "client/http/api.hpp"

#include <string>

namespace potd::client {

/// How far an operation is, for people: "fetching  [#####     ] 50%", or what it does where nobody knows how
/// much is left; empty if it does not say.
[[nodiscard]] std::string progress_text(const Value& operation);

/// Waits for the end of an operation and answers with it. On a terminal, standard error says meanwhile how
/// far it is.
[[nodiscard]] Result<Value> await_operation(Api& api, const std::string& id);

}  // namespace potd::client
