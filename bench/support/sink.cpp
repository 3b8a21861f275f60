// sink PORT: accepts connections to PORT of all addresses, one after the other and for ever, and throws away
// what comes. Static, so that it runs in any root. Ends with 1 where it cannot listen.
#include <array>
#include <cstdint>
#include <cstdlib>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

int listen_at(long port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    return bound && ::listen(socket, 8) == 0 ? socket : -1;
}

}  // namespace

int main(int argc, char** argv) {
    static std::array<char, 1 << 18> buffer;
    const int listener = argc == 2 ? listen_at(std::strtol(argv[1], nullptr, 10)) : -1;
    if (listener < 0) return 1;
    while (true) {
        const int connection = ::accept(listener, nullptr, nullptr);
        if (connection < 0) continue;
        while (::recv(connection, buffer.data(), buffer.size(), 0) > 0) continue;
        ::close(connection);
    }
}
