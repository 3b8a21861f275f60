#pragma once

#include "openapi/wire/codec.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::wire::detail {

/// Collects the names a struct's listing gives.
class Names {
  public:
    template <class T>
    void field(std::string_view name, const T& /*member*/) {
        found_.push_back({std::string(name), false});
    }
    template <class T>
    void required(std::string_view name, const T& /*member*/) {
        found_.push_back({std::string(name), true});
    }
    template <class T>
    void present(std::string_view name, const T& member) {
        field(name, member);
    }
    template <class T>
    void input(std::string_view name, const T& member) {
        field(name, member);
    }
    [[nodiscard]] std::vector<FieldInfo> take() { return std::move(found_); }

  private:
    std::vector<FieldInfo> found_;
};

}  // namespace potd::wire::detail
