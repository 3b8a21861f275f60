#pragma once

#include "tests/support/http_client.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace potd::test {

/// What is tried while potd can die, and what may come of it. There is one pot that it is about; another one
/// that it depends on, a base and a volume are there if a request makes them.
struct CrashScenario {
    using States = std::set<std::string>;

    std::string name;
    std::string command;  ///< a shell script; the files by which a test tells it what to do are below /signs
    std::vector<std::string> before;  ///< requests that are done before points are counted
    /// Requests, signs ("+gate"), states waited for ("=stopped"), "reboot" of the machine, as potd sees it.
    std::vector<std::string> act;
    int accepted = 200;                 ///< how the last request is answered
    States after;                       ///< what the pot is if it was answered so
    States otherwise;                   ///< what it may be if potd died first
    std::string prestart = {};          ///< of the prestart hook; SIGNS is the directory of the files
    std::string flavour = {};           ///< the script of one that the pot is made with
    Json more = Json::object();         ///< of the spec
    std::optional<int> exit_code = {};  ///< how every run that was not asked to end ended
    std::optional<bool> base = {};      ///< whether the base is there after the answer
    std::optional<bool> volume = {};    ///< likewise the volume
    std::optional<bool> network = {};   ///< likewise the private network; if set, potd has a host of its own
    bool uplinked = false;              ///< that network has the spare uplink
    std::string network_request = "network";  ///< by which that network is made
    std::string awaited = {};                 ///< at a start: what is waited for, if not the state in `after`
    bool at_start = false;  ///< `act` is done while no potd runs, the points are those of its start
    bool bounded = false;   ///< on a btrfs: what is recorded of limits must be what the file system has
    bool seldom = false;    ///< much as another: few of its points where not every one is tried
    bool keyed = false;     ///< the request has a key, and is repeated with it once potd is back
};

namespace crash_names {
inline const std::string gone = "gone";  ///< the state of a pot that is not there
inline const std::string pot = "web";
inline const std::string dependency = "db";
inline const std::string base = "small";
inline const std::string base_pot = "base-small";
inline const std::string volume = "site";
inline const std::string volume_clone = "copy";
inline const std::string network = "back";
inline const std::string routed_network = "2001:db8:7::/64";  ///< of `network` where it is routed
}  // namespace crash_names

[[nodiscard]] std::vector<CrashScenario> crash_scenarios();

}  // namespace potd::test
