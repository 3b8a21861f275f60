#pragma once

#include "core/base/error.hpp"

#include <cassert>
#include <functional>
#include <optional>
#include <utility>
#include <variant>

namespace potd::core {

/// A value or the Error that took its place. To become std::expected with C++23.
/// Reading the wrong side is a bug and asserts.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

    [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    [[nodiscard]] T& value() & {
        assert(ok());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const& {
        assert(ok());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() && {
        assert(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    [[nodiscard]] const Error& error() const& {
        assert(!ok());
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] Error&& error() && {
        assert(!ok());
        return std::move(*std::get_if<1>(&state_));
    }

    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    /// The same result with `context` put in front of the error's message.
    [[nodiscard]] Result in(std::string_view context) && {
        if (ok()) return std::move(*this);
        return std::move(*this).error().in(context);
    }

  private:
    std::variant<T, Error> state_;
};

/// Success or an Error, where there is no value to hand back.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

    [[nodiscard]] bool ok() const noexcept { return !error_; }
    explicit operator bool() const noexcept { return ok(); }
    [[nodiscard]] const Error& error() const& {
        assert(error_);
        return *error_;
    }
    [[nodiscard]] Error&& error() && {
        assert(error_);
        return std::move(*error_);
    }
    [[nodiscard]] Result in(std::string_view context) && {
        if (ok()) return {};
        return std::move(*error_).in(context);
    }

  private:
    std::optional<Error> error_;
};

using Status = Result<void>;

/// Continuation of an asynchronous call: called exactly once, on the loop thread, never before the
/// call that took it has returned unless its comment says otherwise.
template <class T>
using Reply = std::function<void(Result<T>)>;

}  // namespace potd::core
