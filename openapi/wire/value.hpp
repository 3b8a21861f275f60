#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace potd::wire {

// JSON values that C++ has no plain type for. Everything here is a value; null on the wire is
// std::nullopt or, where there is no optional, the empty value.

/// A value that may be written as a number, a truth value or text: sizes (268435456 or "256M"),
/// signals (15 or "TERM"), pot's attributes (true or "YES"). Holds it as text; empty = absent.
/// Encoded as an integer if it reads as one, as true or false if it is that word, else as a string.
struct Loose {
    std::string text;
    friend bool operator==(const Loose&, const Loose&) = default;
};

/// True for all of something, or a list of words that are some of it; false, null and an empty list: nothing.
struct AllOrSome {
    bool all = false;
    std::vector<std::string> some;
    friend bool operator==(const AllOrSome&, const AllOrSome&) = default;
};

/// Any JSON, kept as its compact text. Empty = absent, and then not encoded at all.
struct Raw {
    std::string json;
    friend bool operator==(const Raw&, const Raw&) = default;
};

/// An object of strings whose order is kept, such as an environment.
struct Pairs {
    std::vector<std::pair<std::string, std::string>> items;
    friend bool operator==(const Pairs&, const Pairs&) = default;
};

/// Variables that are given and never shown: an object of values is read, where null takes one away, or the
/// names of those that stay; written are names alone.
struct SecretEnv {
    bool is_given = false;  ///< as an object
    std::vector<std::pair<std::string, std::optional<std::string>>> given;
    std::optional<std::vector<std::string>> names;
    friend bool operator==(const SecretEnv&, const SecretEnv&) = default;
};

}  // namespace potd::wire
