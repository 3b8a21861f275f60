#include "daemon/platform/freebsd/jail_enclosures.hpp"

#include "daemon/platform/freebsd/bridge_links.hpp"
#include "daemon/platform/freebsd/jail_kernel.hpp"
#include "daemon/platform/freebsd/oom_log.hpp"
#include "daemon/platform/freebsd/process_table.hpp"
#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "daemon/platform/freebsd/pure/racct_text.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>
#include <utility>

namespace potd::platform {
namespace {

core::RunKey key_of(const std::string& kernel_name) {
    const std::size_t dot = kernel_name.rfind('.');
    core::RunKey key{{kernel_name.substr(0, dot)}, 0};
    if (dot == std::string::npos) return key;
    key.run = static_cast<std::uint32_t>(parse_number(kernel_name.substr(dot + 1)).value_or(0));
    return key;
}

/// False also where it cannot be told: then the next look may.
bool is_empty(int jail) {
    const auto processes = jail_processes(jail);
    return processes && processes->empty();
}

/// The path as the kernel tells paths of jails and mounts.
std::string without_links(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
    return real ? std::string(real.get()) : path;
}

}  // namespace

JailEnclosures::JailEnclosures(Loop loop, HostAliases& aliases, std::string instance,
                               const std::string& state_directory)
    : loop_(loop),
      aliases_(aliases),
      instance_(std::move(instance)),
      state_(without_links(state_directory)) {}

std::array<std::string, 2> JailEnclosures::roots_of(const core::PotId& pot) const {
    return {state_ + "/pots/" + pot.text + "/root", state_ + "/jails/" + pot.text + "/m"};
}

bool JailEnclosures::is_root_of(const core::PotId& pot, const std::string& path) const {
    const auto roots = roots_of(pot);
    return std::find(roots.begin(), roots.end(), path) != roots.end();
}

int JailEnclosures::find(const std::string& name) const {
    const core::RunKey key = key_of(name);
    const auto jail = jail_named(jail_name(instance_, key));
    return jail && is_root_of(key.pot, jail->path) ? jail->id : -1;
}

std::optional<std::string> JailEnclosures::root_of(const std::string& name) const {
    const core::RunKey key = key_of(name);
    auto jail = jail_named(jail_name(instance_, key));
    if (!jail || jail->dying || !is_root_of(key.pot, jail->path)) return std::nullopt;
    return std::move(jail->path);
}

core::Status JailEnclosures::kill(const std::string& name) {
    const int jail = find(name);
    if (jail < 0) return {};
    // Before the jail: see JailPot::take_down.
    if (auto gone = remove_cables(instance_, name); !gone) return gone;
    return remove_jail(jail);
}

core::Status JailEnclosures::signal(const std::string& name, int number,
                                    const std::vector<std::int32_t>& pids) {
    const int jail = find(name);
    if (jail < 0) return core::error(core::ErrorKind::NotFound, "the pot is not running");
    return signal_in_jail(jail, number, pids);
}

std::int64_t JailEnclosures::unseen_oom_kills(const std::string& name) const {
    const auto matches = read_memory_matches();
    const auto found = matches.find(jail_name(instance_, key_of(name)));
    return found == matches.end() ? 0 : static_cast<std::int64_t>(found->second.size());
}

core::OomFacts JailEnclosures::oom_facts(const std::string& name) {
    const std::string jail = jail_name(instance_, key_of(name));
    core::OomFacts facts;
    const auto matches = read_memory_matches();
    if (const auto found = matches.find(jail); found != matches.end()) facts.victim = found->second.back();
    const auto rules = parse_rules(limit_rules_of(jail));
    if (const auto limit = rules.find("memoryuse"); limit != rules.end()) facts.limit = limit->second;
    return facts;
}

std::unique_ptr<Waiting> JailEnclosures::wait_until_empty(const std::string& name, core::milliseconds limit,
                                                          core::Reply<void> reply) {
    Awaited awaited;
    // The number stays the dying jail's own while a process is in it.
    awaited.condition = [jail = find(name)] { return jail < 0 || is_empty(jail); };
    awaited.limit = limit;
    awaited.too_late = "processes of the jail do not end";
    return wait_until(loop_, std::move(awaited), std::move(reply));
}

core::Status JailEnclosures::remove(const std::string& name) {
    const core::RunKey key = key_of(name);
    const std::string wanted = jail_name(instance_, key);
    if (auto gone = remove_cables(instance_, name); !gone) return gone;
    const int jail = find(name);
    if (jail >= 0) {
        if (auto removed = remove_jail(jail); !removed) return removed;
        if (!is_empty(jail)) return core::error(core::ErrorKind::Conflict, "processes of the jail still end");
    }
    for (const std::string& root : roots_of(key.pot)) {
        if (auto gone = unmount_below(root); !gone) return gone;
    }
    const auto rulesets = owned_rulesets();
    if (!rulesets) return rulesets.error();
    for (const OwnedRuleset& set : *rulesets) {
        if (set.jail != wanted) continue;
        if (auto removed = remove_ruleset(set.number); !removed) return removed;
    }
    remove_limit_rules(wanted);
    return aliases_.remove(name);
}

/// A jail that is dying has no process and no mount any more: what keeps it (a connection that lingers) goes
/// by itself. What a monitor left that was killed while it mounted has its ruleset, which comes first.
std::vector<std::string> JailEnclosures::runs() const {
    std::set<std::string> names;
    const auto add = [&](const std::string& jail) {
        if (const auto key = run_of_jail(instance_, jail)) names.insert(core::kernel_name(*key));
    };
    if (const auto jails = all_jails()) {
        for (const FoundJail& jail : *jails) {
            const auto key = run_of_jail(instance_, jail.name);
            if (key && is_root_of(key->pot, jail.path) && (!jail.dying || !is_empty(jail.id))) add(jail.name);
        }
    }
    if (const auto rulesets = owned_rulesets()) {
        for (const OwnedRuleset& set : *rulesets) add(set.jail);
    }
    if (const auto cabled = runs_with_cables(instance_)) names.insert(cabled->begin(), cabled->end());
    return {names.begin(), names.end()};
}

}  // namespace potd::platform
