#include "bench/support/event_clients.hpp"

#include "bench/support/connect.hpp"

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>

namespace potd::bench {
namespace {

constexpr std::string_view request =
    "GET /v1/events HTTP/1.1\r\nHost: potd\r\nAccept: text/event-stream\r\n\r\n";
constexpr int longest_wait_ms = 10'000;

std::string receive(int socket) {
    std::string text(std::size_t{16} << 10, '\0');
    const ssize_t got = ::recv(socket, text.data(), text.size(), 0);
    if (got <= 0) throw std::runtime_error("a client of events was dropped");
    text.resize(static_cast<std::size_t>(got));
    return text;
}

/// Sends the request; returns what came after the head of the answer.
std::string begin(int socket) {
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        throw std::system_error(errno, std::generic_category(), "send");
    std::string text;
    std::size_t end = 0;
    while ((end = text.find("\r\n\r\n")) == std::string::npos) text += receive(socket);
    if (text.substr(9, 3) != "200") throw std::runtime_error("an answer of " + text.substr(0, 40));
    return text.substr(end + 4);
}

}  // namespace

EventClients::EventClients(const std::string& socket_path, int count) {
    for (int i = 0; i < count; ++i) {
        Client& client = clients_.emplace_back();
        client.socket = connect_to(socket_path);
        client.text = begin(client.socket.get());
    }
}

/// Each event is "id: N", some lines, and an empty one; chunk sizes in between are passed over.
void EventClients::take_events(Client& client) {
    constexpr std::string_view mark = "id: ";
    std::size_t end = 0;
    while ((end = client.text.find("\n\n")) != std::string::npos) {
        const std::size_t at = client.text.find(mark);
        if (at > end) throw std::runtime_error("not an event: " + client.text.substr(0, end));
        std::uint64_t number = 0;
        std::from_chars(client.text.data() + at + mark.size(), client.text.data() + end, number);
        if (client.last != 0 && number != client.last + 1)
            throw std::runtime_error("event " + std::to_string(number) + " after " +
                                     std::to_string(client.last));
        client.last = number;
        ++client.seen;
        client.text.erase(0, end + 2);
    }
}

void EventClients::read_some(Client& client) {
    client.text += receive(client.socket.get());
    take_events(client);
}

std::vector<EventClients::Time> EventClients::await_next() {
    ++rounds_;
    std::vector<Time> arrivals(clients_.size());
    std::vector<pollfd> polled;
    for (const Client& client : clients_) polled.push_back({client.socket.get(), POLLIN, 0});
    for (std::size_t left = clients_.size(); left > 0;) {
        if (::poll(polled.data(), static_cast<nfds_t>(polled.size()), longest_wait_ms) <= 0)
            throw std::runtime_error("an event has not come");
        for (std::size_t i = 0; i < clients_.size(); ++i) {
            if (polled[i].revents == 0) continue;
            read_some(clients_[i]);
            if (clients_[i].seen < rounds_) continue;
            arrivals[i] = std::chrono::steady_clock::now();
            polled[i].fd = -1;
            --left;
        }
    }
    return arrivals;
}

}  // namespace potd::bench
