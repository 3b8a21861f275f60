#pragma once

#include "client/json/value.hpp"

#include <string>
#include <vector>

namespace potd::client {

/// A place where two documents differ: "limits.memory". Null stands for what is not there.
struct Difference {
    std::string path;
    Value before, after;
};

/// The same value; the order of members does not matter, nor whether a whole number is signed.
[[nodiscard]] bool same(const Value& left, const Value& right);

/// Where `after` is another than `before`: member by member, lists as a whole, in the order of `after`.
[[nodiscard]] std::vector<Difference> differences(const Value& before, const Value& after);

}  // namespace potd::client
