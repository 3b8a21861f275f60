#pragma once

#include "client/base/result.hpp"
#include "client/command/invocation.hpp"
#include "client/json/value.hpp"

#include <string_view>

namespace potd::client {

/// Of create and clone.
inline constexpr Option keep_option{'k', "keep", "", "keep the pot as it is if a flavour fails"};

/// What -f and -k say, put into the body of a request for a new pot. A flavour that is a file here, by its
/// path or in the working directory, is named by its absolute path; others are potd's to find.
void set_flavours(const Arguments& arguments, Value& body);

/// POSTs a request for a new pot. One with flavours is followed: what they print goes to standard error as it
/// comes, unless -q is given; nothing is waited for with --async. The new pot, or the operation.
[[nodiscard]] Result<Value> post_new_pot(Invocation& invocation, std::string_view target, const Value& body);

/// POSTs it and follows it so in any case. What was asked for.
[[nodiscard]] Result<Value> post_followed(Invocation& invocation, std::string_view target, const Value& body);

/// POSTs what prints nothing and waits for its end; on a terminal standard error says how far it is. What was
/// asked for.
[[nodiscard]] Result<Value> post_awaited(Invocation& invocation, std::string_view target, const Value& body);

}  // namespace potd::client
