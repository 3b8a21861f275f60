#pragma once

#include "core/monitor_link/frame.hpp"
#include "daemon/monitor/link_server.hpp"
#include "daemon/monitor/pot.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

struct pollfd;

namespace potd::monitor {

/// Further commands in the pot. Each becomes potmon's own child, so that its exact status comes here.
class ExecTable {
  public:
    static constexpr std::size_t max_execs = 128;

    ExecTable(LinkServer& link, Pot& pot) : link_(link), pot_(pot) {}

    /// Answers with ExecFailed at once or by what poll brings later. Takes the descriptors.
    void start(const core::monitor_link::Exec& frame, sys::Message& packet, bool running, int plan_fd);
    void signal(const core::monitor_link::ExecSignal& frame);

    /// Descriptors to poll: one for each exec under way.
    [[nodiscard]] std::size_t fill(std::span<pollfd> entries) const;
    /// The same entries after a poll.
    void handle(std::span<const pollfd> entries);
    /// After the end of the pot: takes every status that is left.
    void finish();
    /// A helper died half-way (out of memory in the pot): its command may be a child nobody knows. Takes all
    /// that have ended: as long as one is left the pot cannot end.
    void reap_strays();
    /// Milliseconds until give_up_late() is due; -1: nothing is on its way.
    [[nodiscard]] int patience() const;
    /// Refuses what has been on its way for too long, and lets its helper go.
    void give_up_late();
    [[nodiscard]] bool has_strays() const { return strays_; }

  private:
    struct Entry {
        std::uint32_t id = 0;  ///< 0 = free
        ExecStart command;     ///< polled by its report until it runs, then by its process
        std::int64_t late_ms = 0;
        bool given_up = false;  ///< its process is its helper, of which nobody is told any more
    };
    Entry* find(std::uint32_t id);
    Entry* find_fd(int fd);
    void take_report(Entry& entry);
    void take_end(Entry& entry);
    void release(Entry& entry);
    void refuse(std::uint32_t id, const Fault& fault);
    [[nodiscard]] bool knows(long pid) const;

    LinkServer& link_;
    Pot& pot_;
    Entry entries_[max_execs];
    std::size_t used_ = 0;  ///< entries beyond are free
    bool strays_ = false;
};

}  // namespace potd::monitor
