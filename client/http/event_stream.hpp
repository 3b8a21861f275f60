#pragma once

#include "client/base/result.hpp"
#include "client/http/api.hpp"
#include "client/json/value.hpp"

#include <optional>
#include <string>

namespace potd::client {

/// Takes Server-Sent Events apart; the data of each is one JSON document.
class EventParser {
  public:
    void add(std::string_view bytes) { pending_ += bytes; }
    /// The data of the next whole event that has any; unset if more bytes are needed.
    [[nodiscard]] std::optional<std::string> next();

  private:
    std::string pending_;
    std::string data_;
};

class EventStream {
  public:
    explicit EventStream(Stream stream) : stream_(std::move(stream)) {}

    /// Waits for the next event; unset = the end.
    [[nodiscard]] Result<std::optional<Value>> next();

  private:
    Stream stream_;
    EventParser parser_;
};

}  // namespace potd::client
