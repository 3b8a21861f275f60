#pragma once

#include "client/command/invocation.hpp"

namespace potd::client {

inline constexpr Option async_option{
    0, "async", "", "do not wait for the end; print the operation's id, for potctl operations"};

/// With --async: requests from now on are answered before their end.
inline void prefer_async(Invocation& invocation) {
    if (invocation.has("async")) invocation.api().respond_async();
}

/// With --async: prints which operation it was that `answer` tells of.
inline void print_operation(Invocation& invocation, const Value& answer) {
    if (invocation.has("async")) invocation.print_line(answer["id"].text());
}

}  // namespace potd::client
