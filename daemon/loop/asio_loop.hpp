#pragma once

#include "core/port/clock.hpp"
#include "core/port/executor.hpp"

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace potd::loop {

/// The one event loop of potd: the thread that calls `run` is the loop thread. Implements every port
/// of core that waits for something. Made and destroyed on the loop thread.
class AsioLoop final : public core::Executor, public core::Reactor, public core::Timers, public core::Clock {
  public:
    /// `workers`: threads for blocking work, started when first needed.
    explicit AsioLoop(unsigned workers = 2);
    ~AsioLoop() override;
    AsioLoop(const AsioLoop&) = delete;
    AsioLoop& operator=(const AsioLoop&) = delete;

    /// Runs until `stop`.
    void run();
    /// Ends `run` after the callback under way. Any thread.
    void stop();
    /// After `run`: ends the pool (begun work is waited for, the rest dropped) and runs what is queued, so
    /// that nothing waits any more that refers to objects about to be destroyed.
    void drain();
    /// Calls `act` on the loop thread at each arrival of the signal, from now on.
    void on_signal(int signal_number, const std::function<void()>& act);
    /// For adapters that speak Asio themselves (the HTTP server).
    [[nodiscard]] boost::asio::io_context& context();

    // Executor
    void post(std::function<void()> task) override;
    void blocking(std::function<void()> work, std::function<void()> done) override;
    // Reactor
    void wait(int fd, Interest interest, std::function<void()> ready) override;
    void forget(int fd) override;
    // Timers
    Id arm(core::SteadyTime due, std::function<void()> fire) override;
    void cancel(Id id) override;
    // Clock
    [[nodiscard]] core::WallTime wall() const override;
    [[nodiscard]] core::SteadyTime steady() const override;

  private:
    struct Parts;
    void schedule();
    void fire_due();

    std::unique_ptr<Parts> parts_;
};

}  // namespace potd::loop
