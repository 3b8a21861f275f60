#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace potd::client {

/// What potctl exits with; `run` and `exec` exit with the command's own status instead.
namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;
inline constexpr int not_found = 3;
inline constexpr int conflict = 4;
inline constexpr int no_daemon = 5;
inline constexpr int would_change = 6;  ///< of apply --dry-run
}  // namespace exit_code

/// Why a command did not do what it was told. Printed as `potctl: what: why (hint)`.
struct Failure {
    int exit = exit_code::failed;
    std::string why;
    std::string hint;   ///< what to do about it; may be empty
    std::string code;   ///< the API's machine-readable word ("already_running"), empty if potctl found it
    std::string field;  ///< the API's path of the wrong field, empty if none applies
};

[[nodiscard]] inline Failure failed(std::string why, std::string hint = {}) {
    return {exit_code::failed, std::move(why), std::move(hint), {}, {}};
}
[[nodiscard]] inline Failure usage(std::string why, std::string hint = {}) {
    return {exit_code::usage, std::move(why), std::move(hint), {}, {}};
}

/// A value or the Failure that took its place. Reading the wrong side is a bug and asserts.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}            // NOLINT: implicit
    Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT: implicit

    explicit operator bool() const noexcept { return state_.index() == 0; }

    [[nodiscard]] T& value() {
        assert(state_.index() == 0);
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const {
        assert(state_.index() == 0);
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] Failure& failure() {
        assert(state_.index() == 1);
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] const Failure& failure() const {
        assert(state_.index() == 1);
        return *std::get_if<1>(&state_);
    }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

  private:
    std::variant<T, Failure> state_;
};

/// Success carries nothing.
struct Done {};
using Status = Result<Done>;

}  // namespace potd::client
