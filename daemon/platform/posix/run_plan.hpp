#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Everything potmon needs to bring one run to life, complete and resolved: potmon decides nothing
/// and reads no configuration. potd fills a system's launch plan, encodes it into a file in memory and hands
/// that to potmon; potmon reads it in place (run_view.hpp and the system's plan_view.hpp). This is the part
/// that every system has.
///
/// Spawn contract. potd executes potmon (Linux: from a sealed memfd, so that /proc/PID/exe cannot be
/// overwritten) with argv {"potmon", pot's name}, an empty environment and
///     0 1   /dev/null
///     2     /dev/null or potd's stderr (potmon lets it go once the pot runs)
///     3     the link, one end of a socketpair(AF_UNIX, SOCK_SEQPACKET)
///     4     the plan, read from its beginning
/// Every signal has its default action; the mask needs no preparation. The first frame potd gets is Hello
/// (state Starting) with potmon's identity, then Started or Failed. core/monitor_link/frame.hpp has the
/// frames.
///
/// Paths are absolute host paths unless said otherwise; "in the pot" means resolved inside its root,
/// so that no symbolic link there leads out.
namespace potd::platform {

struct Rlimit {
    int resource = 0;  ///< RLIMIT_…
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;  ///< ~0 = unlimited; lowered to what the host allows
};

struct RunPlan {
    std::uint32_t run = 0;
    std::string socket_path;    ///< potmon listens here; its directory exists. Any length
    std::string record_path;    ///< exit record; its directory exists; written beside it and renamed
    std::string log_directory;  ///< exists
    std::uint64_t log_max_size = 16 << 20;  ///< bytes of current.log before it is rotated, 0 = never
    std::uint32_t log_max_files = 4;        ///< rotated ones kept: 1.log is the youngest

    std::vector<std::string> argv;  ///< empty = no command
    std::vector<std::string> env;   ///< "NAME=value", complete; HOME is added from the pot's passwd if absent
    std::string user;               ///< "name", "uid", "name:group", "uid:gid" in the pot; empty = root
    std::string workdir;            ///< in the pot; empty = "/"
    bool persistent = false;        ///< the pot stays when its command has ended
    bool terminal = false;          ///< the command gets a pseudo-terminal instead of pipes
    bool open_stdin = false;        ///< its standard input is a pipe for Attach, else /dev/null
    std::uint16_t rows = 24, columns = 80;
    std::vector<Rlimit> rlimits;
};

/// Largest encoded plan potmon accepts.
inline constexpr std::size_t max_plan_size = 1 << 20;

}  // namespace potd::platform
