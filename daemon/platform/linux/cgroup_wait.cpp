#include "daemon/platform/linux/cgroup_wait.hpp"

#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <array>

#include <sys/inotify.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr core::milliseconds first_pause{1}, longest_pause{50};

class Wait final : public CgroupWait {
  public:
    Wait(Loop loop, std::function<bool()> condition, core::milliseconds limit, core::Reply<void> reply)
        : loop_(loop),
          condition_(std::move(condition)),
          reply_(std::move(reply)),
          deadline_(loop.clock.steady().plus(limit)) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() override { stop(); }

    void start(const std::string& file) {
        if (!file.empty()) watch_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        if (watch_ && ::inotify_add_watch(watch_.get(), file.c_str(), IN_MODIFY) < 0) watch_.reset();
        // The first look comes after the watch is armed, so that no change is missed.
        if (watch_) await_change();
        arm(core::milliseconds{0});
    }

  private:
    void await_change() {
        loop_.reactor.wait(watch_.get(), core::Reactor::Interest::Read, [this] {
            std::array<char, 4096> events{};
            while (::read(watch_.get(), events.data(), events.size()) > 0) {
            }
            await_change();
            look();
        });
    }

    void arm(core::milliseconds delay) {
        timer_ = loop_.timers.arm(std::min(deadline_, loop_.clock.steady().plus(delay)), [this] {
            timer_ = 0;
            look();
        });
    }

    void look() {
        if (condition_()) return finish({});
        if (loop_.clock.steady() >= deadline_) {
            return finish(core::error(core::ErrorKind::Timeout, "the control group did not change in time"));
        }
        if (timer_ != 0) return;
        // A watched file tells by itself; the timer is then only for the deadline.
        arm(watch_ ? core::milliseconds{deadline_.ms} : pause_);
        pause_ = std::min(pause_ * 2, longest_pause);
    }

    void finish(core::Status status) {
        stop();
        // The reply may destroy us.
        const core::Reply<void> reply = std::move(reply_);
        reply(std::move(status));
    }

    void stop() {
        if (timer_ != 0) loop_.timers.cancel(timer_);
        timer_ = 0;
        if (watch_) loop_.reactor.forget(watch_.get());
        watch_.reset();
    }

    Loop loop_;
    std::function<bool()> condition_;
    core::Reply<void> reply_;
    core::SteadyTime deadline_;
    core::milliseconds pause_ = first_pause;
    core::Timers::Id timer_ = 0;
    UniqueFd watch_;
};

}  // namespace

std::unique_ptr<CgroupWait> wait_for_cgroup(Loop loop, const std::string& file,
                                            std::function<bool()> condition, core::milliseconds limit,
                                            core::Reply<void> reply) {
    auto wait = std::make_unique<Wait>(loop, std::move(condition), limit, std::move(reply));
    wait->start(file);
    return wait;
}

}  // namespace potd::platform
