#include "tests/sim/sim_machine.hpp"

#include <memory>
#include <utility>

// Commands inside a run: the stop commands. One that succeeds has asked the pot to end.

namespace potd::sim {
namespace {

using core::RunKey;

/// What potd holds of one; it hears nothing any more once it has let go.
class SimSession : public core::ExecSession {
  public:
    explicit SimSession(std::function<void(Done, std::weak_ptr<bool>)> begin) : begin_(std::move(begin)) {}
    void start(Output, Done done) override { begin_(std::move(done), held_); }
    void pause_output(bool) override {}
    core::Status write(std::string_view) override { return {}; }
    [[nodiscard]] std::size_t unwritten() const override { return 0; }
    void close_stdin() override {}
    core::Status resize(std::uint16_t, std::uint16_t) override { return {}; }
    core::Status signal(int) override { return {}; }

  private:
    std::function<void(Done, std::weak_ptr<bool>)> begin_;
    std::shared_ptr<bool> held_ = std::make_shared<bool>(true);
};

}  // namespace

void SimMachine::exec(const RunKey& key, core::ExecRequest,
                      core::Reply<std::unique_ptr<core::ExecSession>> reply) {
    judge_.note([&] { return "    stop command of " + core::kernel_name(key); });
    const core::Run* const run = store_.run(key);
    judge_.expect(run != nullptr && !run->end && run->stage == core::RunStage::Ending, "I1",
                  [&] { return core::kernel_name(key) + " is asked to end without a record"; });
    push("exec", [this, key, reply = std::move(reply)](std::uint32_t how) {
        const auto found = lives.find(key);
        const bool there = found != lives.end() && found->second.phase == Phase::Running;
        if (!there || how % 5 == 0) {
            loop_.post([reply] { reply(core::error(core::ErrorKind::InvalidArgument, "no such command")); });
            return;
        }
        loop_.post([this, key, reply] {
            reply(std::unique_ptr<core::ExecSession>(std::make_unique<SimSession>(
                [this, key](auto done, auto held) { run_command(key, std::move(done), std::move(held)); })));
        });
    });
}

void SimMachine::run_command(const RunKey& key, core::ExecSession::Done done, std::weak_ptr<bool> held) {
    push("stop command", [this, key, done = std::move(done), held = std::move(held)](std::uint32_t how) {
        const auto found = lives.find(key);
        const bool there = found != lives.end() && found->second.phase == Phase::Running;
        const core::ExecResult result =
            there ? core::ExecResult{how % 4 == 0 ? 7 : 0, 0} : core::ExecResult{137, 9};
        if (result.exit_code == 0) found->second.asked = true;
        loop_.post([done, held, result] {
            if (!held.expired()) done(result);
        });
    });
}

void SimMachine::attach(const RunKey&, const core::AttachOptions&,
                        core::Reply<std::unique_ptr<core::ExecSession>> reply) {
    loop_.post([reply = std::move(reply)] { reply(std::unique_ptr<core::ExecSession>()); });
}

}  // namespace potd::sim
