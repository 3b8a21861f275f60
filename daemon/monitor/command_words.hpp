#pragma once

#include "core/monitor_link/bytes.hpp"
#include "daemon/monitor/fault.hpp"
#include "daemon/monitor/user_db.hpp"

#include <cstddef>
#include <span>
#include <string_view>

/// A command from its words to its exec, as every system does it.
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

/// Room for "HOME=…", which an environment points to.
using HomeVariable = FixedText<300>;

/// What a command's words are put together from; `env` counts before the plan's.
struct WordLists {
    core::monitor_link::StringList argv, env, plan_env;
};

/// Fills argv and env; HOME is the user's if nobody sets it. False when there is no room.
[[nodiscard]] bool join_words(const WordLists& lists, const Credentials& who, HomeVariable& home,
                              Strings& argv, Strings& env);

/// Resolves `user` in /etc/passwd and /etc/group of the caller's root, which is the pot's. `own_files`: of
/// sys::own_files before that root was entered.
[[nodiscard]] bool find_user(std::string_view user, int own_files, Credentials& who, Fault& fault);

/// The next place to look for `command` along `path`: into `candidate`, moving `path` on. False at the
/// end. A command with a slash is its own only place; an empty element is the working directory.
[[nodiscard]] bool next_candidate(std::string_view command, std::string_view& path, bool& first,
                                  FixedText<4096>& candidate);

/// Executes argv, looked for along the PATH of env. Returns, with false, only if nothing could be executed.
bool execute(const Strings& argv, const Strings& env, Fault& fault);

/// PATH for a command whose environment has none.
inline constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace potd::monitor
