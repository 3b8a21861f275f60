#pragma once

#include "client/json/value.hpp"

#include <string>

namespace potd::client {

/// A size as it was typed; "none" is 0, which potd has for no bound.
[[nodiscard]] inline Value quota_value(const std::string& text) {
    return text == "none" ? Value(0) : Value(text);
}

}  // namespace potd::client
