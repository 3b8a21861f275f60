#pragma once

#include "core/monitor_link/frame.hpp"
#include "daemon/monitor/link_server.hpp"
#include "daemon/monitor/linux/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

struct pollfd;

namespace potd::monitor {

/// Further commands in the pot. Each is started by a short-lived helper that enters the pot's
/// namespaces and cgroups and makes the command potmon's own child, so that its exact status comes here.
class ExecTable {
  public:
    static constexpr std::size_t max_execs = 128;

    explicit ExecTable(LinkServer& link) : link_(link) {}

    /// Answers with ExecFailed at once or by what poll brings later. Takes the descriptors.
    void start(const core::monitor_link::Exec& frame, sys::Message& packet, int init, int plan_fd);
    void signal(const core::monitor_link::ExecSignal& frame);

    /// Descriptors to poll: one for each exec under way.
    [[nodiscard]] std::size_t fill(std::span<pollfd> entries) const;
    /// The same entries after a poll.
    void handle(std::span<const pollfd> entries);
    /// After the end of the pot: takes every status that is left.
    void finish();
    /// A helper died half-way (out of memory in the pot): its command may be a child nobody knows.
    void reap_strays(int init);
    [[nodiscard]] bool has_strays() const { return strays_; }

  private:
    struct Entry {
        std::uint32_t id = 0;  ///< 0 = free
        int report = -1;       ///< from the helper, while the command is being started
        int helper = -1;       ///< pidfd
        int process = -1;      ///< pidfd of the command
        long pid = 0;
    };
    Entry* find(std::uint32_t id);
    Entry* find_fd(int fd);
    void take_report(Entry& entry);
    void take_end(Entry& entry);
    void release(Entry& entry);
    void refuse(std::uint32_t id, const Fault& fault);
    [[nodiscard]] bool knows(long pid) const;

    LinkServer& link_;
    Entry entries_[max_execs];
    std::size_t used_ = 0;  ///< entries beyond are free
    bool strays_ = false;
};

}  // namespace potd::monitor
