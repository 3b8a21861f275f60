#pragma once

#include "core/port/executor.hpp"
#include "core/port/process_lister.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace potd::platform {

/// Reads the processes of a run. Any thread; one call at a time.
using ReadProcesses = std::function<core::Result<std::vector<core::ProcessRow>>(const core::RunKey&)>;

/// Lists on the pool, one run at a time: however many ask, others get their turn there. Those that ask for a
/// run while it waits for its own are told the same. Loop thread.
class PooledProcessLister final : public core::ProcessLister {
  public:
    PooledProcessLister(core::Executor& executor, ReadProcesses read)
        : executor_(executor), read_(std::make_shared<ReadProcesses>(std::move(read))) {}

    void list(const core::RunKey& key, core::Reply<std::vector<core::ProcessRow>> reply) override;

  private:
    using Replies = std::vector<core::Reply<std::vector<core::ProcessRow>>>;
    void begin();

    core::Executor& executor_;
    std::shared_ptr<ReadProcesses> read_;
    std::deque<core::RunKey> order_;             ///< of waiting_
    std::map<core::RunKey, Replies> waiting_{};  ///< not begun
    bool reading_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace potd::platform
