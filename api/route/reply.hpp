#pragma once

#include "api/http/exchange.hpp"
#include "openapi/wire/codec.hpp"

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace potd::api {

// What every route does the same way.

[[nodiscard]] Problem to_problem(const wire::DecodeError& error);

/// The request's body as T; nullopt after having answered what is wrong with it. An absent body is
/// an empty object where `optional`.
template <class T>
[[nodiscard]] std::optional<T> read_body(Exchange& exchange, bool optional = false) {
    T body;
    const std::string_view text = exchange.request().body;
    if (text.empty() && optional) return body;
    if (const auto error = wire::decode(text, body)) {
        exchange.fail(to_problem(*error));
        return std::nullopt;
    }
    return body;
}

/// 200 with the JSON of `value`.
template <class T>
void answer_json(Exchange& exchange, const T& value) {
    exchange.answer({200, json_type, wire::encode(value), {}, {}});
}
template <class T>
void answer_json(const Later& later, const T& value) {
    later.answer({200, json_type, wire::encode(value), {}, {}});
}

/// Runs a continuation; what it throws becomes status 500 instead of potd's end.
template <class Act>
void guarded(const Later& later, const Act& act) {
    try {
        act();
    } catch (const std::exception& problem) {
        later.fail(core::error(core::ErrorKind::Internal, std::string("unexpected: ") + problem.what()));
    }
}

/// A reply that answers an error itself and hands a value to `act(later, value)`. `pot` goes into the
/// problem.
template <class T, class Act>
[[nodiscard]] core::Reply<T> on_reply(Later later, std::string pot, Act act) {
    return [later = std::move(later), pot = std::move(pot), act = std::move(act)](core::Result<T> result) {
        guarded(later, [&] {
            if constexpr (std::is_void_v<T>) {
                result ? act(later) : later.fail(result.error(), pot);
            } else {
                result ? act(later, *result) : later.fail(result.error(), pot);
            }
        });
    };
}

/// Value or, after having answered the error, nothing.
template <class T>
[[nodiscard]] std::optional<T> value_or_fail(Exchange& exchange, core::Result<T> result) {
    if (result) return std::move(result).value();
    exchange.fail(result.error());
    return std::nullopt;
}

/// Flavours run in a pot that is still being made, and are not given its secrets.
[[nodiscard]] core::Error secrets_with_flavours();

/// The error for a pot nobody knows.
[[nodiscard]] core::Error unknown_pot(std::string_view name);

struct PageQuery {
    std::size_t limit = 100;
    std::string after;
};
/// `limit` and `after` of a list.
[[nodiscard]] core::Result<PageQuery> page_query(const Query& query);

}  // namespace potd::api
