#pragma once

#include "bench/support/options.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace potd::bench {

/// Lives of /bin/true with another tool, in milliseconds each; `name` is how the tool calls itself.
/// Only tools that are installed and whose first try works are in the list.
struct PeerSeries {
    std::string name;
    std::vector<double> life;   ///< create, start, wait, remove; by its command line
    std::vector<double> start;  ///< of a created one
    std::vector<double> stop;   ///< TERM until removed
};

/// `root`: the directory tree to run in; `work`: scratch. crun by its command line with a bundle made
/// beforehand (in a mount namespace without /sys/fs/cgroup/unified where crun asks for that),
/// docker by `docker run --rm` if its daemon answers and has an image "potd-bench". FreeBSD: jail(8) with a
/// jail.conf(5) of its own; its stop takes no time for TERM but what jail(8) itself takes.
[[nodiscard]] std::vector<PeerSeries> measure_peers(const Options& options, const std::filesystem::path& root,
                                                    const std::filesystem::path& work, int count);

}  // namespace potd::bench
