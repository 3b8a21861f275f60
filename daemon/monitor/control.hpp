#pragma once

#include "daemon/monitor/fault.hpp"

#include <cstdint>
#include <span>

/// What the pot's init, or the helper of an exec, tells potmon over a SOCK_SEQPACKET pair. Both are the
/// same program, so the bytes of the struct are the message. Init belongs to the pot: potmon checks
/// what it says and believes it nothing that could harm the host.
namespace potd::monitor {

struct ControlMessage {
    enum Kind : std::uint32_t {
        Failed = 1,     ///< stage, error_number, text; value: pid of the command to be reaped, 0 = none
        Started = 2,    ///< with `processes` pidfds (0 or 1) and `terminals` masters (0 or 1)
        MainEnded = 3,  ///< value: wait status
    };
    std::uint32_t kind = 0;
    std::int32_t value = 0;
    std::int32_t error_number = 0;
    std::uint16_t stage = 0;
    std::uint8_t processes = 0, terminals = 0;
    char text[core::monitor_link::max_failure_text] = {};
};

void send_control(int socket, const ControlMessage& message, std::span<const int> fds = {});
void send_fault(int socket, const Fault& fault, long process = 0);
/// Init reaps nothing before potmon has seen who the command is; a very short one would be gone.
void send_acknowledgement(int socket);
void await_acknowledgement(int socket);
/// What potmon asks of a pot's init that runs: this signal to every process of the pot but itself. Lost if
/// init is behind with very many of them.
void send_order(int socket, int signal);
/// The next such signal, 0 = none; never waits.
[[nodiscard]] int take_order(int socket);
[[nodiscard]] Fault fault_of(const ControlMessage& message);

struct Received {
    bool whole = false;  ///< `message` is one
    bool ended = false;  ///< the other end is gone
    int process = -1;    ///< descriptors that came with Started; the caller's
    int terminal = -1;
};
/// Takes one message if there is one; never waits.
[[nodiscard]] Received receive_control(int socket, ControlMessage& message);

}  // namespace potd::monitor
