#pragma once

#include <signal.h>

namespace potd::monitor {

/// Says that potmon has sent an order. Below SIGCHLD: the kernel hands out the lowest first, and a pot can
/// have children end all the time. It never has to leave out such a plain one, however many the pot has
/// queued.
constexpr int order_signal = SIGSTKFLT;

/// What the pot's pid 1 does once the pot runs: reaps every orphan, tells potmon the main command's
/// status, forwards signals, and sends those for everybody that potmon orders. Ends with the main command,
/// or, where that is not the pot's end (persistent, or no command), when it is told to and nothing else is
/// left.
class Reaper {
  public:
    /// main_process: pid in the pot, 0 = none.
    Reaper(int control, long main_process, bool persistent)
        : control_(control), main_(main_process), stays_(persistent || main_process == 0) {}

    /// Returns when the pot shall end.
    void run();

  private:
    /// True when the pot shall end.
    bool reap_all();
    bool take_signal(int number, bool from_outside);
    void obey();

    int control_;
    long main_;
    bool stays_;
    bool ending_ = false;
};

}  // namespace potd::monitor
