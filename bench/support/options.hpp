#pragma once

#include <string>

namespace potd::bench {

/// The command line every benchmark understands.
struct Options {
    bool tsv = false;    ///< --tsv: one line per figure, tab separated, no heading
    bool slice = false;  ///< --slice: ask for 0.1 ms scheduler slices, for us and all we start
    bool peers = true;   ///< --no-peers: leave out other container tools
    bool few = false;    ///< --few: leave out what wants 1,000 pots
    std::string state;   ///< --state DIR: where pots and databases live; a tmpfs unless given
    int count = 0;       ///< --count N: repetitions, or pots
};

/// Prints the usage and exits on `--help` or a mistake; applies --slice.
[[nodiscard]] Options parse_options(int argc, char** argv, int default_count);

}  // namespace potd::bench
