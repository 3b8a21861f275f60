#pragma once

#include "api/http/exchange.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace potd::api {

/// What is still to be sent on one connection: small answers one after the other in one flat text,
/// large bodies by reference between them, so that a batch of answers is one write.
class Output {
  public:
    /// How the head of an answer is written.
    struct Frame {
        std::string_view request_id;
        std::string_view date;   ///< "Sun, 22 Nov 2026 04:13:15 GMT"
        bool head_only = false;  ///< HEAD: the length is that of the body that is not sent
        bool close = false;
        bool http_1_0 = false;
    };

    void add(const Answer& answer, const Frame& frame);
    /// The head of an answer of unknown length; its pieces follow by `add_piece`.
    void add_stream(std::string_view type, const Frame& frame);
    /// One piece of a stream; an empty one ends it. `chunked` as the head said (not HTTP/1.0).
    void add_piece(std::string_view piece, bool chunked);
    void add_raw(std::string_view bytes) {
        flat_ += bytes;
        grown_ = true;
    }

    [[nodiscard]] bool empty() const { return flat_.empty(); }
    [[nodiscard]] std::size_t size() const { return flat_.size() + shared_size_; }

    /// The parts not yet sent, in order; good until something is added.
    [[nodiscard]] std::vector<std::string_view>& parts();
    /// So many bytes of `parts` were sent. After the last one everything is cleared.
    void consume(std::size_t bytes);

  private:
    struct Shared {
        std::size_t position;  ///< in flat_: it goes before this
        std::shared_ptr<const std::string> body;
    };
    void begin_head(int status, const Frame& frame);
    void drop_sent(std::size_t bytes);
    void clear();

    std::string flat_;
    std::vector<Shared> shared_;
    std::size_t shared_size_ = 0;
    std::vector<std::string_view> parts_;
    std::size_t sent_ = 0;  ///< bytes of all that is here
    bool grown_ = false;    ///< since parts_ was made: flat_ may have moved
};

}  // namespace potd::api
