#pragma once

#include "core/port/executor.hpp"
#include "daemon/platform/posix/log_watcher.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <map>
#include <string>

namespace potd::platform {

/// One inotify instance for all waits (there are few to have, but many watches each). Every watch fires
/// once and is gone, so a pot that writes much wakes potd only as often as somebody reads.
class InotifyLogWatcher final : public LogWatcher {
  public:
    explicit InotifyLogWatcher(core::Reactor& reactor) : reactor_(reactor) {}
    InotifyLogWatcher(const InotifyLogWatcher&) = delete;
    InotifyLogWatcher& operator=(const InotifyLogWatcher&) = delete;
    ~InotifyLogWatcher() override;

    [[nodiscard]] core::Result<Ticket> wait(const std::string& directory,
                                            std::function<void()> changed) override;
    void cancel(Ticket ticket) override;

  private:
    struct Waiter {
        int watch = -1;
        std::function<void()> changed;
    };
    [[nodiscard]] core::Status open();
    void listen();
    void drain();
    void fire(int watch);
    void fire_all();
    [[nodiscard]] bool is_watched(int watch) const;

    core::Reactor& reactor_;
    UniqueFd fd_;
    bool listening_ = false;
    Ticket last_ticket_ = 0;
    std::map<Ticket, Waiter> waiters_;
};

}  // namespace potd::platform
