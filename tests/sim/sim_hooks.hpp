#pragma once

#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/hook_runner.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/sim_store.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::sim {

/// Hooks that run until something ends them. A hook's command says which it is: {"/hook", stage, index}.
class SimHooks : public core::HookRunner {
  public:
    struct Alive {
        core::RunKey key;
        core::HookStage stage = core::HookStage::Prestart;
        std::uint32_t index = 0;
        Done done;  ///< empty: of a potd that has died
    };
    enum class Ending { Success, Failure, Signal, Timeout, NotFound };

    SimHooks(core::Executor& loop, core::Clock& clock, SimStore& store, Judge& judge)
        : loop_(loop), clock_(clock), store_(store), judge_(judge) {}

    core::Status check(const core::HookSpec&, std::string_view) override { return {}; }
    void run(core::HookRequest request, Done done) override;
    void cancel(const core::RunKey& key) override;
    core::Status sweep() override;

    [[nodiscard]] const std::vector<Alive>& alive() const { return alive_; }
    void end(std::size_t which, Ending how);
    /// potd dies; what runs goes on.
    void kill();
    /// Everything on the machine is gone.
    void reboot();
    [[nodiscard]] bool is_alive(const core::RunKey& key) const;
    [[nodiscard]] bool poststop_ended(const core::RunKey& key, std::uint32_t index) const {
        return ended_.contains({key, index});
    }

  private:
    void check(const core::HookRequest& request, const Alive& hook);
    void finish(std::size_t which, core::HookResult result);

    core::Executor& loop_;
    core::Clock& clock_;
    SimStore& store_;
    Judge& judge_;
    std::vector<Alive> alive_;
    std::set<std::pair<core::RunKey, std::uint32_t>> ended_;  ///< poststop hooks told to have ended
};

}  // namespace potd::sim
