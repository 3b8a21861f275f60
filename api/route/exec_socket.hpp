#pragma once

#include "api/http/problem.hpp"
#include "api/http/web_socket.hpp"
#include "core/base/result.hpp"
#include "core/port/clock.hpp"
#include "core/port/exec.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::api {

/// Joins a WebSocket and an ExecSession, in the frames that potd.yaml describes at GET exec. Either
/// may come first. Both sides are slowed down to the slower one.
class ExecSocket : public std::enable_shared_from_this<ExecSocket> {
  public:
    /// Asked to start a session when the client's request has come; none for attach.
    using Start = std::function<void(std::string_view request)>;

    ExecSocket(core::Clock& clock, core::Timers& timers, std::string pot);
    ~ExecSocket();
    ExecSocket(const ExecSocket&) = delete;
    ExecSocket& operator=(const ExecSocket&) = delete;

    /// The first text message goes to `start` instead of being a control message.
    void set_start(Start start) { start_ = std::move(start); }
    /// The command's input ends with this client, however it leaves; not with potd.
    void set_owns_input() { owns_input_ = true; }
    /// Called when the client is gone before a session came.
    void set_on_gone(std::function<void()> on_gone) { on_gone_ = std::move(on_gone); }

    void on_socket(WebSocket& socket);
    void on_session(core::Result<std::unique_ptr<core::ExecSession>> session);
    /// Tells the client why and closes.
    void fail(const core::Error& error);
    void fail(const Problem& problem);

  private:
    void begin();
    void on_message(std::string_view message, bool binary);
    void on_control(std::string_view message);
    void on_input(std::string_view bytes);
    void resume_input();
    void pace();
    bool keep_early(std::string_view message, bool binary);
    void take_early();
    void on_output(core::Stream stream, std::string_view bytes);
    void on_done(const core::ExecResult& result);
    void on_closed(bool by_client);
    void send_problem(const Problem& problem);
    [[nodiscard]] Problem problem_of(const core::Error& error) const;
    void drop_session();

    core::Clock& clock_;
    core::Timers& timers_;
    std::string pot_;
    Start start_;
    std::function<void()> on_gone_;
    WebSocket* socket_ = nullptr;     ///< null before it is open and after it was closed
    bool gone_ = false;               ///< it was closed
    bool left_ = false;               ///< and by the client
    std::optional<Problem> problem_;  ///< came before the socket
    std::unique_ptr<core::ExecSession> session_;
    bool started_ = false;
    bool output_held_ = false;
    bool early_is_full_ = false, input_is_full_ = false, answers_wait_ = false;  ///< why it is not read
    bool owns_input_ = false;
    std::vector<std::pair<std::string, bool>> early_;  ///< messages before the session, with "binary"
    std::size_t early_bytes_ = 0;
    core::Timers::Id input_timer_ = 0;
};

}  // namespace potd::api
