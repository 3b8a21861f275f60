#pragma once

#include "client/base/result.hpp"
#include "client/http/api.hpp"
#include "client/json/value.hpp"

#include <functional>
#include <string>

namespace potd::client {

/// Lines of JSON as they come over a stream.
class LineReader {
  public:
    using Take = std::function<Status(const Value& line)>;

    LineReader(Stream stream, Take take) : stream_(std::move(stream)), take_(std::move(take)) {}

    [[nodiscard]] int fd() const { return stream_.connection.fd(); }
    /// True if bytes wait that no poll would tell of.
    [[nodiscard]] bool has_buffered() const { return !stream_.connection.buffered().empty(); }
    /// Reads what is there, waiting for at least one byte, and hands over the lines that are whole;
    /// false = the end.
    [[nodiscard]] Result<bool> advance();
    /// Until the end.
    [[nodiscard]] Status read_all();

  private:
    [[nodiscard]] Status take_lines();

    Stream stream_;
    Take take_;
    std::string pending_;
};

}  // namespace potd::client
