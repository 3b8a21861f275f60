#pragma once

#include "core/base/result.hpp"
#include "core/model/name_files.hpp"
#include "daemon/platform/posix/name_texts.hpp"

#include <optional>
#include <set>
#include <string>

namespace potd::platform {

/// Where a run's own files of names are, to be mounted in the pot; empty where it has none.
struct NamePaths {
    std::string hosts, resolver;
};

/// The files of names of runs, in a directory of their own: one that is there is no trace of a run, as it is
/// made before its monitor. A pot sees them by a mount of the file, which shows that very file for good; so
/// they are written in place (rewrite) and never replaced.
class RunNames {
  public:
    explicit RunNames(std::string directory, HostNameFiles host = {})
        : directory_(std::move(directory)), host_(std::move(host)) {}

    /// Makes the directory.
    [[nodiscard]] core::Status prepare() const;
    /// Makes those of a run. The host's own are the paths for Host.
    [[nodiscard]] core::Result<NamePaths> make(const std::string& run, const core::NameFiles& files) const;
    /// Those that the run has say this from now on.
    [[nodiscard]] core::Status put(const std::string& run, const core::NameFiles& files) const;
    /// Idempotent.
    [[nodiscard]] core::Status remove(const std::string& run) const;
    /// Removes those of all other runs.
    [[nodiscard]] core::Status sweep(const std::set<std::string>& live) const;

  private:
    struct Pair {
        std::string hosts, resolver;
    };
    [[nodiscard]] Pair paths_of(const std::string& run) const;

    std::string directory_;
    HostNameFiles host_;
};

}  // namespace potd::platform
