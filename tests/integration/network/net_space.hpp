#pragma once

#include "core/model/ip_address.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace potd::test {

/// A network namespace that lives as long as this; nothing in it is seen outside.
class NetSpace {
  public:
    NetSpace();
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// On a thread that is in it.
    void run(const std::function<void()>& act) const;

    /// Its interface of that name, up, with these addresses ("10.1.0.2/24").
    void set_up(const std::string& link, const std::vector<std::string>& addresses) const;
    void add_gateway(const std::string& link, const std::string& gateway) const;
    void set(const std::string& sysctl, const std::string& value) const;

  private:
    platform::UniqueFd fd_;
};

/// A cable between two of them. `bridge`: of the first, what its end is put on; 0: nothing.
void lay_cable(const NetSpace& from, const std::string& from_name, std::uint32_t bridge, const NetSpace& to,
               const std::string& to_name, const std::array<std::uint8_t, 6>& hardware);

/// The number of an interface in the space.
[[nodiscard]] std::uint32_t link_number(const NetSpace& space, const std::string& name);

/// What is sent and received on an interface as it is: frames of Ethernet.
[[nodiscard]] platform::UniqueFd packet_socket(const NetSpace& space, const std::string& link);

/// Answers each who asks on that port of all addresses with the address it sees him come from.
class Answerer {
  public:
    Answerer(const NetSpace& space, int type, std::uint16_t port);
    ~Answerer();
    Answerer(const Answerer&) = delete;
    Answerer& operator=(const Answerer&) = delete;

  private:
    void serve(int type);
    platform::UniqueFd socket_, stop_;
    std::thread thread_;
};

/// What an Answerer answers to whoever asks from there; nothing if nobody does within ten seconds, which is
/// for busy machines: datagrams are sent again. `from`: the address to ask with; empty: the system's choice.
[[nodiscard]] std::optional<std::string> asked(const NetSpace& space, int type, const std::string& address,
                                               std::uint16_t port, const std::string& from = {});
/// The same where nobody is expected to answer: half a second, once.
[[nodiscard]] std::optional<std::string> asked_in_vain(const NetSpace& space, int type,
                                                       const std::string& address, std::uint16_t port,
                                                       const std::string& from = {});

}  // namespace potd::test
