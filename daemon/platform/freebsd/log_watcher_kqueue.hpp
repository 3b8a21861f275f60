#pragma once

#include "core/port/executor.hpp"
#include "daemon/platform/posix/log_watcher.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace potd::platform {

/// One kqueue for all waits. A directory tells only of names that come and go, so each wait also watches the
/// files that are there; all of it goes when it has fired once (EVFILT_VNODE in kqueue(2)).
class KqueueLogWatcher final : public LogWatcher {
  public:
    explicit KqueueLogWatcher(core::Reactor& reactor) : reactor_(reactor) {}
    KqueueLogWatcher(const KqueueLogWatcher&) = delete;
    KqueueLogWatcher& operator=(const KqueueLogWatcher&) = delete;
    ~KqueueLogWatcher() override;

    [[nodiscard]] core::Result<Ticket> wait(const std::string& directory,
                                            std::function<void()> changed) override;
    void cancel(Ticket ticket) override;

  private:
    struct Waiter {
        std::vector<UniqueFd> watched;  ///< the directory first; closing one ends its watch
        std::function<void()> changed;
    };
    [[nodiscard]] core::Status open();
    [[nodiscard]] core::Status watch(int fd, Ticket ticket) const;
    [[nodiscard]] core::Status watch_files(Waiter& waiter, Ticket ticket) const;
    void listen();
    void drain();

    core::Reactor& reactor_;
    UniqueFd queue_;
    bool listening_ = false;
    Ticket last_ticket_ = 0;
    std::map<Ticket, Waiter> waiters_;
};

}  // namespace potd::platform
