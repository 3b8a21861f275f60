#pragma once

#include "core/base/result.hpp"
#include "core/model/network_spec.hpp"
#include "daemon/platform/linux/kernel_bridges.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace potd::platform {

/// Interfaces of the host that runs have to themselves. A virtual one is gone with the network namespace that
/// it is in, so that namespace must not end by itself: it is made here, held by a mount in a directory of its
/// own, and the run joins it. Whatever ends the run, potd and the monitor included, the interfaces are there
/// until they are taken back. What was moved is written down before it is. Loop thread; some messages to the
/// kernel.
class HostDevices {
  public:
    struct Options {
        std::string directory;
        std::string instance;
        std::function<void(const std::string&)> problem;  ///< for the log; may be empty
    };
    explicit HostDevices(Options options);

    /// Makes the directory.
    [[nodiscard]] core::Status prepare() const;
    /// The path of a namespace with loopback and the devices, up, with their addresses. Conflict with the
    /// field
    /// ("network.devices[0].interface") for what the host has not, does not reach the world without, or has
    /// of this instance's bridges. What a failure leaves, take_back undoes. A run that has some gets them
    /// anew.
    [[nodiscard]] core::Result<std::string> lend(const std::string& run,
                                                 const std::vector<core::MovedInterface>& devices) const;
    /// They are the host's again, by their names and as up as they were; the namespace goes. Idempotent.
    [[nodiscard]] core::Status take_back(const std::string& run) const;
    /// Takes back those of all other runs.
    [[nodiscard]] core::Status sweep(const std::set<std::string>& live) const;

  private:
    struct Moved {
        std::uint32_t index = 0;  ///< in the namespace
        bool up = false;          ///< on the host
        std::string interface;    ///< on the host
    };
    [[nodiscard]] std::string place(const std::string& run, const char* ending) const;
    [[nodiscard]] core::Result<std::vector<Moved>> choose(
        const std::vector<core::MovedInterface>& devices) const;
    [[nodiscard]] core::Result<bool> bring_out(NetlinkSocket& inside, int home, const Moved& one) const;
    [[nodiscard]] core::Status return_to_host(const std::string& network,
                                              const std::vector<Moved>& moved) const;
    void say(const std::string& text) const;

    Options options_;
    KernelBridges bridges_;
};

}  // namespace potd::platform
