#pragma once

#include "api/http/exchange.hpp"
#include "core/port/clock.hpp"
#include "core/port/exec.hpp"

#include <memory>
#include <optional>
#include <string>

namespace potd::api {

/// One POST exec: feeds the input, gathers the output, answers with the result. Keeps itself alive
/// through the Later's cancel and the session until the command has ended, the time is over or the
/// client is gone; then the command is killed.
class ExecCall : public std::enable_shared_from_this<ExecCall> {
  public:
    struct Plan {
        core::RunKey key;
        core::ExecRequest request;
        std::string input;
        std::optional<core::milliseconds> timeout;
        std::string pot;
    };

    ExecCall(Later later, Plan plan, core::Clock& clock, core::Timers& timers);
    void begin(core::ExecHost& host);

    static constexpr std::size_t kept_of_each_stream = std::size_t{1} << 20U;

  private:
    void opened(core::Result<std::unique_ptr<core::ExecSession>> session);
    void feed();
    void take(core::Stream stream, std::string_view bytes);
    void ended(const core::ExecResult& result);
    void give_up();
    void end();

    Later later_;
    Plan plan_;
    core::Clock& clock_;
    core::Timers& timers_;
    core::Timers::Id timer_ = 0;
    std::unique_ptr<core::ExecSession> session_;
    std::string output_;
    std::string errors_;
    bool truncated_ = false;
    bool over_ = false;
};

}  // namespace potd::api
