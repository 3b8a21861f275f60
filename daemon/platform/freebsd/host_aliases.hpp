#pragma once

#include "core/base/result.hpp"
#include "core/model/network_spec.hpp"

#include <set>
#include <string>
#include <vector>

namespace potd::platform {

/// The addresses that potd puts on interfaces of the host for runs, by their core::kernel_name. What is put
/// there is recorded in a file before, so that any later potd takes off exactly that and nothing of others.
/// Loop thread; each call is a few system calls.
class HostAliases {
  public:
    /// `run_directory` exists; the records go to its folder addresses/. `boot`: of the machine, or empty.
    HostAliases(const std::string& run_directory, std::string boot)
        : directory_(run_directory + "/addresses"), boot_(std::move(boot)) {}

    [[nodiscard]] core::Status prepare();

    /// Puts the addresses of a network of type alias in place. Conflict with the field for an interface that
    /// the host has not and for an address it has; nothing of it stays if it fails.
    [[nodiscard]] core::Status add(const std::string& run, const core::NetworkSpec& network);

    /// Takes them off again; a run that has none is fine.
    [[nodiscard]] core::Status remove(const std::string& run);

    /// Takes off those of all runs but `live` and those added by this process; the first error, once all have
    /// been tried.
    [[nodiscard]] core::Status sweep(const std::set<std::string>& live);

  private:
    [[nodiscard]] std::string file_of(const std::string& run) const { return directory_ + "/" + run; }

    std::string directory_;
    std::string boot_;
    std::set<std::string> added_;
};

}  // namespace potd::platform
