#pragma once

#include "core/service/supervisor.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace potd::core {

/// The graph of PotSpec::depends_on: what may be in it, and what has to be up before a run goes on.
/// Loop thread only.
class Dependencies {
  public:
    using Find = std::function<PotPtr(std::string_view name)>;
    using Pots = std::function<std::vector<PotPtr>()>;

    Dependencies(Supervisor& supervisor, Executor& executor, Find find, Pots pots);

    /// InvalidArgument (field "depends_on[i]") for a pot that does not exist, itself, one named twice,
    /// or a cycle, which the message spells out. What `present` names already may be gone: a forced destroy
    /// of it must not stand in the way of every other change.
    [[nodiscard]] Status check(const PotSpec& spec, const PotSpec* present = nullptr) const;

    // What has been checked and is not yet recorded counts as well, so that two requests at once cannot make
    // together what each alone may not.
    using Hold = std::uint64_t;
    /// `spec` is on its way into the store, until `let_go`.
    Hold hold(const PotSpec& spec);
    /// The pot of this name is being renamed or destroyed, as nobody depends on it; nor may anybody now.
    Hold hold_leaving(const std::string& name);
    void let_go(Hold hold);

    /// The pot of this name is about to go down and to come up again: until `release` no run that is still
    /// waiting goes on on top of it, even if it is up.
    void hold_back(const std::string& name);
    void release(const std::string& name);

    /// The name of a pot that depends on this one, or is about to; empty if there is none.
    [[nodiscard]] std::string dependent(std::string_view name) const;

    /// The pots that name this one, in name order; with `live`, only those that are up or coming up.
    [[nodiscard]] std::vector<PotPtr> dependents(std::string_view name, bool live) const;

    /// The pots that are up or coming up and depend on this one, directly or through others that are.
    [[nodiscard]] std::vector<PotPtr> live_above(std::string_view name) const;

    /// Starts what the run's pot depends on and is not up; observes DependenciesSettled when all of it is, or
    /// when one of them cannot be.
    void await(const RunKey& key);

    /// Must be told of every change of a pot.
    void on_change();

  private:
    struct Need {
        bool met = false;
        bool asking = false;  ///< a start of it is under way
        int tries = 0;
        std::optional<Error> problem;  ///< of the last try
    };
    struct Waiting {
        std::uint32_t run = 0;
        std::map<std::string, Need> on;
    };

    /// A request under way: a spec that will be stored, or a name that will go.
    struct Held {
        std::string name;
        std::vector<std::string> on;
        bool leaving = false;
    };

    /// Whether this pot, or one it cannot come up without, does not exist.
    [[nodiscard]] bool is_hopeless(const std::string& name) const;
    [[nodiscard]] bool is_leaving(std::string_view name) const;
    [[nodiscard]] bool is_about_to_need(std::string_view name, std::string_view needed) const;
    [[nodiscard]] std::vector<std::string> needs_of(std::string_view name) const;
    void look_again(const PotId& id);
    /// Sees how far this one is; starts it if it is down. An error if it cannot be.
    Status look_at(const PotId& id, std::uint32_t run, const std::string& name, Need& need);
    void ask_start(const PotId& id, std::uint32_t run, const PotPtr& pot);
    void answered(const PotId& id, std::uint32_t run, const std::string& name, const Result<PotPtr>& result);
    void settle(const PotId& id, std::uint32_t run, std::optional<Error> problem, bool hopeless = false);
    [[nodiscard]] std::string path_to(std::string_view from, std::string_view target) const;

    Supervisor& supervisor_;
    Executor& executor_;
    Find find_;
    Pots pots_;
    std::unordered_map<PotId, Waiting> waiting_;
    std::multiset<std::string> held_back_;
    bool look_posted_ = false;
    std::map<Hold, Held> held_;
    Hold next_hold_ = 1;
};

}  // namespace potd::core
