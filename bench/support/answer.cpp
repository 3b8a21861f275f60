// answer PORT: accepts connections to 127.0.0.1:PORT, one after the other and for ever, and answers a request
// with an empty 200. Static, so that it runs in any root. Ends with 1 where it cannot listen.
#include <cstdlib>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::string_view fine = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
constexpr int backlog = 1024;

int listen_at(long port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    return bound && ::listen(socket, backlog) == 0 ? socket : -1;
}

}  // namespace

int main(int argc, char** argv) {
    const int listener = argc == 2 ? listen_at(std::strtol(argv[1], nullptr, 10)) : -1;
    if (listener < 0) return 1;
    while (true) {
        const int connection = ::accept(listener, nullptr, nullptr);
        if (connection < 0) continue;
        char request[1024];
        if (::recv(connection, request, sizeof request, 0) > 0)
            static_cast<void>(::send(connection, fine.data(), fine.size(), MSG_NOSIGNAL));
        ::close(connection);
    }
}
