#include "tests/vm/vm_channel.hpp"

#include <array>
#include <cerrno>
#include <sstream>
#include <stdexcept>

#include <poll.h>
#include <sys/socket.h>

namespace potd::test {
namespace {

void await_socket(int fd, short events, VmChannel::Deadline deadline) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{fd, events, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) != 1)
        throw std::runtime_error("the machine does not answer in time");
}

}  // namespace

void VmChannel::send(const std::string& text, Deadline deadline) {
    for (std::size_t sent = 0; sent < text.size();) {
        await_socket(socket_.get(), POLLOUT, deadline);
        const ssize_t put =
            ::send(socket_.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno != EAGAIN) throw std::runtime_error("the machine has gone");
        if (put > 0) sent += static_cast<std::size_t>(put);
    }
}

void VmChannel::receive(Deadline deadline) {
    await_socket(socket_.get(), POLLIN, deadline);
    std::array<char, 65536> chunk;  // NOLINT: filled by recv
    const ssize_t got = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (got <= 0) throw std::runtime_error("the machine has gone");
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
}

std::string VmChannel::take(std::size_t bytes, Deadline deadline) {
    while (buffer_.size() < bytes) receive(deadline);
    std::string taken = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return taken;
}

std::string VmChannel::take_line(Deadline deadline) {
    while (buffer_.find('\n') == std::string::npos) receive(deadline);
    return take(buffer_.find('\n') + 1, deadline);
}

void VmChannel::await_ready(Deadline deadline) {
    if (const std::string said = take_line(deadline); said != "ready\n")
        throw std::runtime_error("the agent said: " + said);
}

Outcome VmChannel::call(const std::string& script, const std::string& input, Deadline deadline) {
    send(std::to_string(script.size()) + " " + std::to_string(input.size()) + "\n" + script + input,
         deadline);
    std::istringstream head(take_line(deadline));
    std::size_t out = 0;
    std::size_t err = 0;
    Outcome outcome;
    if (!(head >> outcome.status >> out >> err)) throw std::runtime_error("the agent said: " + head.str());
    outcome.out = take(out, deadline);
    outcome.err = take(err, deadline);
    return outcome;
}

}  // namespace potd::test
