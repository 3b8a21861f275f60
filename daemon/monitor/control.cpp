#include "daemon/monitor/control.hpp"

#include "daemon/monitor/sys.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace potd::monitor {

namespace {

void close_all(const sys::Message& packet) {
    for (int i = 0; i < packet.fd_count; ++i) sys::close(packet.fds[i]);
}

/// Descriptors come with Started alone, as many as it says.
bool fits(const ControlMessage& message, int fd_count) {
    if (message.kind != ControlMessage::Started) return fd_count == 0;
    return message.processes <= 1 && message.terminals <= 1 &&
           message.processes + message.terminals == fd_count;
}

}  // namespace

void send_control(int socket, const ControlMessage& message, std::span<const int> fds) {
    // Fails only when potmon is gone, and then this process is about to be killed.
    (void)sys::send(socket, std::as_bytes(std::span(&message, 1)), fds);
}

void send_fault(int socket, const Fault& fault, long process) {
    ControlMessage message;
    message.kind = ControlMessage::Failed;
    message.value = static_cast<std::int32_t>(process);
    message.error_number = fault.error_number;
    message.stage = static_cast<std::uint16_t>(fault.stage);
    const std::string_view text = fault.text.view();
    std::memcpy(message.text, text.data(),
                text.size() < sizeof message.text ? text.size() : sizeof message.text);
    send_control(socket, message);
}

void send_acknowledgement(int socket) {
    constexpr std::byte seen{1};
    (void)sys::send(socket, {&seen, 1});  // an init that is gone waits for nothing
}

void await_acknowledgement(int socket) {
    char seen = 0;
    while (sys::read(socket, &seen, 1) == -EINTR) {
    }
}

void send_order(int socket, int signal) {
    const auto number = static_cast<std::byte>(signal);
    (void)sys::send(socket, {&number, 1});
}

int take_order(int socket) {
    std::byte number{};
    sys::Message packet;
    packet.buffer = {&number, 1};
    const long size = sys::receive(socket, packet);
    close_all(packet);
    return size == 1 ? std::to_integer<int>(number) : 0;
}

Fault fault_of(const ControlMessage& message) {
    Fault fault;
    fault.stage = static_cast<Stage>(message.stage);
    fault.error_number = message.error_number;
    std::size_t size = 0;
    while (size < sizeof message.text && message.text[size] != '\0') ++size;
    fault.text.add({message.text, size});
    return fault;
}

Received receive_control(int socket, ControlMessage& message) {
    sys::Message packet;
    packet.buffer = std::as_writable_bytes(std::span(&message, 1));
    const long size = sys::receive(socket, packet);
    Received result;
    result.ended = size == 0 || (size < 0 && size != -EAGAIN && size != -EINTR);
    result.whole =
        size == static_cast<long>(sizeof message) && !packet.truncated && fits(message, packet.fd_count);
    if (!result.whole) {
        close_all(packet);
        return result;
    }
    if (message.processes == 1) result.process = packet.fds[0];
    if (message.terminals == 1) result.terminal = packet.fds[message.processes];
    return result;
}

}  // namespace potd::monitor
