#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace potd::test {

/// Two networks of their own, joined by three cables; no packet leaves them. The thread that makes the lab,
/// and so what it starts, is in the "host" from then on until the lab is gone.
///
///     host     uplink  10.99.0.1/24 fd99::1/64     second 10.98.0.1/24     way out by 10.99.0.9
///     outside  far     10.99.0.9/24 fd99::9/64     far2   10.98.0.9/24     and 192.0.2.1 on lo
///
/// The third is "spare" of the host, without an address, and "far3" 2001:db8:5::9/64 of the outside.
///
/// Needs root. Throws std::runtime_error where something cannot be made.
class NetworkLab {
  public:
    NetworkLab();
    ~NetworkLab();
    NetworkLab(const NetworkLab&) = delete;
    NetworkLab& operator=(const NetworkLab&) = delete;

    /// Why there can be no lab here; empty if there can. Asked once.
    [[nodiscard]] static std::string lacks();

    /// Names of the interfaces of the host, sorted.
    [[nodiscard]] std::vector<std::string> interfaces() const;

    /// What a server at this address answers to "GET /ok" within five seconds, asked from outside or from the
    /// host; empty if it cannot be reached.
    [[nodiscard]] std::string fetch_from_outside(const std::string& address, int port) const;
    [[nodiscard]] std::string fetch_from_host(const std::string& address, int port) const;

    /// A server on the outside: whoever connects is told the address that was seen.
    class Server {
      public:
        explicit Server(int listener) : listener_(listener) {}
        ~Server();
        Server(const Server&) = delete;
        Server& operator=(const Server&) = delete;
        /// The next one who connects, within five seconds; empty if nobody does.
        [[nodiscard]] std::string next_client() const;

      private:
        int listener_;
    };
    [[nodiscard]] Server serve_outside(int port) const;
    /// Takes what is sent to this port of the outside and forgets it.
    [[nodiscard]] Server take_datagrams(int port) const;
    /// Bytes that came to the outside by its first cable.
    [[nodiscard]] std::int64_t received_outside() const;
    /// On a thread that is there.
    void outside(const std::function<void()>& act) const;

  private:
    int before_ = -1;   ///< the network the thread came from
    int outside_ = -1;  ///< the other one
};

}  // namespace potd::test
