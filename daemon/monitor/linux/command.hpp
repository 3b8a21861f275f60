#pragma once

#include "daemon/monitor/linux/fault.hpp"
#include "daemon/monitor/user_db.hpp"
#include "daemon/platform/linux/plan_view.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace potd::monitor {

/// argv and env as execve wants them, pointing into the plan or the request. A pot's environment is put
/// together from several lists: the first to name a variable wins.
class Strings {
  public:
    static constexpr std::size_t max_count = 8192;

    explicit Strings(std::span<const char*> room) : room_(room) { room_[0] = nullptr; }
    /// False when there is no room.
    [[nodiscard]] bool add(std::string_view text);
    [[nodiscard]] bool add_all(const core::monitor_link::StringList& list);
    /// "NAME=value" unless NAME is there already.
    [[nodiscard]] bool add_variable(std::string_view assignment);
    [[nodiscard]] bool add_variables(const core::monitor_link::StringList& list);
    /// Value of a variable; data() is null if it is not set.
    [[nodiscard]] std::string_view value_of(std::string_view name) const;
    [[nodiscard]] const char* const* data() const { return room_.data(); }
    [[nodiscard]] const char* front() const { return room_[0]; }

  private:
    std::span<const char*> room_;
    std::size_t count_ = 0;
};

/// A command to be run in the pot by a process that is in it already.
struct CommandOrder {
    const platform::PlanView* plan = nullptr;
    const Strings* argv = nullptr;
    const Strings* env = nullptr;
    const Credentials* who = nullptr;
    const char* workdir = "/";
    int standard[3] = {-1, -1, -1};
    bool terminal = false;          ///< the three are a terminal that shall control the command
    std::uint64_t clone_flags = 0;  ///< CLONE_PARENT for an exec
    int user_namespace = -1;        ///< entered before the command gets its user; -1 = none
};

struct CommandProcess {
    long pid = 0;  ///< as the caller's pid namespace numbers it
    int pidfd = -1;
};

/// Starts the command and returns when its exec has succeeded (true) or it could not be run. Until then
/// the command shares the caller's memory, so nothing is copied and the reason needs no pipe.
[[nodiscard]] bool start_command(const CommandOrder& order, CommandProcess& process, Fault& fault);

/// Gives back what starting commands has touched; for a process that lives on.
void release_command_stack();

/// The next place to look for `command` along `path`: into `candidate`, moving `path` on. False at the
/// end. A command with a slash is its own only place; an empty element is the working directory.
[[nodiscard]] bool next_candidate(std::string_view command, std::string_view& path, bool& first,
                                  FixedText<4096>& candidate);

/// PATH for a command whose environment has none.
inline constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace potd::monitor
