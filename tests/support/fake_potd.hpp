#pragma once

#include "tests/support/temp_dir.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace potd::test {

/// A request as it came over the socket.
struct FakeRequest {
    std::string method, target, head, body;
    /// "POST /v1/pots"
    [[nodiscard]] std::string line() const { return method + ' ' + target; }
};

/// One connection, handed to what takes it over (a stream, a WebSocket).
class FakePeer {
  public:
    explicit FakePeer(int fd) : fd_(fd) {}

    void send(std::string_view bytes) const;
    /// A whole answer with a JSON body.
    void answer(int status, std::string_view body) const;
    void hang_up() const;
    /// Up to the blank line of a head, or an empty text at the end of the connection.
    [[nodiscard]] std::string read_head();
    [[nodiscard]] std::string read_exactly(std::size_t bytes);

    /// Answers an upgrade.
    void accept_websocket(const FakeRequest& request) const;
    void send_frame(unsigned opcode, std::string_view payload) const;
    void send_text(std::string_view payload) const { send_frame(1, payload); }
    /// A client's frame unmasked, its opcode in front as one byte; empty at the end.
    [[nodiscard]] std::string read_frame();

    /// The head of an answer in chunks, and one chunk.
    void begin_chunks(std::string_view type) const;
    void send_chunk(std::string_view bytes) const;
    void end_chunks() const { send("0\r\n\r\n"); }

  private:
    int fd_;
    std::string buffer_;
};

/// Stands for potd on a unix socket: canned answers to exact request lines, 404 to anything else.
/// Serves every connection on a thread of its own; ends them all at destruction.
class FakePotd {
  public:
    using Handler = std::function<void(FakePeer& peer, const FakeRequest& request)>;

    FakePotd();
    ~FakePotd();
    FakePotd(const FakePotd&) = delete;
    FakePotd& operator=(const FakePotd&) = delete;

    /// `line`: method and target, "GET /v1/pots/web".
    void answer(const std::string& line, int status, std::string body);
    void handle(const std::string& line, Handler handler);
    /// What has no answer of its own gets this one.
    void answer_otherwise(int status, std::string body);

    [[nodiscard]] std::string socket() const { return (directory_ / "potd.sock").string(); }
    [[nodiscard]] std::vector<FakeRequest> requests() const;
    /// How many connections there have been.
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::vector<std::string> lines() const;
    /// The body of the last request with that line; empty if there was none.
    [[nodiscard]] std::string body_of(std::string_view line) const;

    /// Waits until every handler under way has returned; nothing is answered any more.
    void finish();

  private:
    void serve();
    void serve_connection(int fd);
    [[nodiscard]] Handler handler_for(const FakeRequest& request);

    TempDir directory_{"potd-client"};
    int listener_ = -1;
    std::atomic<bool> ending_ = false;
    mutable std::mutex mutex_;  ///< guards what follows
    std::map<std::string, Handler> handlers_;
    Handler otherwise_;
    std::vector<FakeRequest> requests_;
    std::vector<int> open_;
    std::vector<std::thread> connections_;
    std::thread acceptor_;
};

/// A problem document.
[[nodiscard]] std::string problem(int status, std::string_view code, std::string_view detail,
                                  std::string_view field = {});

}  // namespace potd::test
