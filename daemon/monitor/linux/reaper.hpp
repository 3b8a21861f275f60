#pragma once

namespace potd::monitor {

/// What the pot's pid 1 does once the pot runs: reaps every orphan, tells potmon the main command's
/// status, forwards signals. Ends with the main command, or, where that is not the pot's end
/// (persistent, or no command), when it is told to and nothing else is left.
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

    int control_;
    long main_;
    bool stays_;
    bool ending_ = false;
};

}  // namespace potd::monitor
