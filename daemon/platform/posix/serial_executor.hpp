#pragma once

#include "core/port/executor.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace potd::platform {

/// Work on the pool in the order in which it was given, one piece at a time. Loop thread. What has not begun
/// when it is destroyed is dropped with its `done`.
class SerialExecutor final : public core::Executor {
  public:
    explicit SerialExecutor(core::Executor& executor) : executor_(executor) {}

    void post(std::function<void()> task) override { executor_.post(std::move(task)); }
    void blocking(std::function<void()> work, std::function<void()> done) override;

  private:
    struct Piece {
        std::function<void()> work, done;
    };
    void begin();

    core::Executor& executor_;
    std::deque<Piece> waiting_;
    bool working_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace potd::platform
