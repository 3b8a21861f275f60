#pragma once

#include "tests/fakes/zfs/pool.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace potd::fakes::zfs {

/// Words that zfs(8) does not understand: it says so with its usage and ends with status 2.
struct WrongUsage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The words of one call, taken apart: `-o name=value` as properties, other options by their letter.
struct Call {
    std::string command;
    std::map<char, std::string> options;
    std::vector<std::pair<std::string, std::string>> properties;
    std::vector<std::string> arguments;
    std::string input;  ///< of `receive`: what it was sent

    [[nodiscard]] bool has(char option) const { return options.contains(option); }
};

/// `allowed` as for getopt(3). WrongUsage for other options, for more arguments than `most`, and for fewer
/// than there are texts about missing ones.
[[nodiscard]] Call parse_call(const std::vector<std::string>& words, const std::string& allowed,
                              const std::vector<const char*>& missing, std::size_t most);

/// One command of zfs(8). WrongUsage or Failure; what it prints goes to standard output.
void run_zfs(Pool& pool, const std::vector<std::string>& words, const std::string& input);
/// create, destroy and sync of zpool(8).
void run_zpool(Pool& pool, const std::vector<std::string>& words);

/// `zfs list`.
void list(Pool& pool, const Call& call);
/// `zfs destroy`.
void destroy(Pool& pool, const Call& call);

}  // namespace potd::fakes::zfs
