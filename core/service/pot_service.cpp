#include "core/service/pot_service.hpp"

#include "core/model/names.hpp"
#include "core/service/reply.hpp"

#include <algorithm>
#include <utility>

namespace potd::core {
namespace {

Error unknown_pot(std::string_view name) {
    return error(ErrorKind::NotFound, "no pot is called '" + std::string(name) + "'");
}

Error unknown_base(const std::string& name) {
    Error missing = error(ErrorKind::NotFound, "base: no base is called '" + name + "'");
    missing.field = "base";
    return missing;
}

Error name_taken(const std::string& name) {
    Error taken = error(ErrorKind::Conflict, "a pot called '" + name + "' exists already");
    taken.field = "name";
    return taken;
}

}  // namespace

PotService::PotService(Ports ports, Supervisor& supervisor, BaseService& bases, VolumeService& volumes,
                       BridgeService& bridges, EventFeed& feed)
    : ports_(std::move(ports)),
      supervisor_(supervisor),
      bases_(bases),
      volumes_(volumes),
      bridges_(bridges),
      feed_(feed),
      dependencies_(
          supervisor, ports_.executor, [this](std::string_view name) { return find(name); },
          [this] { return list("", by_name_.size()); }),
      addresses_([this] { return list("", by_name_.size()); }),
      health_({supervisor, ports_.exec, ports_.prober, ports_.clock, ports_.timers, ports_.executor}),
      stop_commands_(supervisor, {ports_.exec, ports_.clock, ports_.timers, ports_.executor}),
      unstarted_(unstarted_ports()),
      names_({ports_.runtime, ports_.clock, ports_.timers, ports_.executor,
              [this] { return list("", by_name_.size()); },
              [this](std::string_view name) { return find(name); }, ports_.dns_pot, ports_.complain,
              [this](const PotId& id) { return supervisor_.find(id); },
              [this](const Pot& pot) { return bridges_.advertised(pot); }}),
      run_limits_({ports_.limiter, cpu_numbers(ports_.bounds), [this] { return list("", by_name_.size()); },
                   ports_.complain}),
      lost_cables_({ports_.journal, ports_.clock, ports_.timers, feed_,
                    [this](const PotId& id) { return supervisor_.find(id); }, ports_.complain}) {
    bridges_.set_lost(
        [this](const RunKey& run, const std::string& bridge) { lost_cables_.on_lost(run, bridge); });
    supervisor_.set_on_change(
        [this](const PotPtr& before, const PotPtr& next, const Run* done) { on_change(before, next, done); });
    supervisor_.set_consoles({[this](const PotId& id) { return consoles_.contains(id); },
                              [this](const RunKey& key) { connect_console(key); }});
    supervisor_.set_names([this](const Pot& pot) { return names_.for_launch(pot); });
    supervisor_.set_limits([this](const Pot& pot) { return run_limits_.for_launch(pot); });
    serve_bases();
    volumes_.set_users([this] { return volume_uses(); });
    bridges_.set_users([this] { return bridge_uses(); });
}

VolumeService::Uses PotService::volume_uses() const {
    VolumeService::Uses uses;
    for (const auto& [name, id] : by_name_) {
        const PotPtr pot = supervisor_.find(id);
        if (!pot) continue;
        for (const MountSpec& mount : pot->spec.mounts) {
            if (mount.kind == MountSpec::Kind::Volume)
                uses[mount.source].push_back({name, mount.target, mount.read_only});
        }
    }
    return uses;
}

BridgeService::Uses PotService::bridge_uses() const {
    BridgeService::Uses uses;
    for (const auto& [name, id] : by_name_) {
        const PotPtr pot = supervisor_.find(id);
        if (!pot) continue;
        for (const BridgeInterface& one : pot->spec.network.bridges) {
            BridgeUse& use = uses[one.bridge].emplace_back();
            use.pot = name;
            for (const Leases::Address& lease : pot->leases.addresses) {
                if (lease.bridge == one.bridge)
                    (lease.address.family == IpAddress::Family::V4 ? use.ipv4 : use.ipv6) = lease.address;
            }
        }
        for (const auto& [bridge, address] : bridges_.advertised(*pot)) uses[bridge].back().ipv6 = address;
    }
    return uses;
}

template <class T>
std::optional<PotId> PotService::find_or_reply(std::string_view name, const Reply<T>& reply) {
    const PotPtr pot = find(name);
    if (pot) return pot->id;
    reply_later<T>(ports_.executor, reply, unknown_pot(name));
    return std::nullopt;
}

// Reading

PotPtr PotService::find(std::string_view name_or_id) const {
    if (const auto found = by_name_.find(name_or_id); found != by_name_.end())
        return supervisor_.find(found->second);
    return with_id(name_or_id);
}

PotPtr PotService::with_id(std::string_view id) const {
    return supervisor_.find(PotId{std::string(id)});
}

/// Nor does a pot get another one's id for its name: whoever asked for that one by its id would have this
/// one.
Status PotService::check_free_name(const std::string& name) const {
    if (!by_name_.contains(name) && !reserved_.contains(name) && !with_id(name)) return {};
    return name_taken(name);
}

std::vector<PotPtr> PotService::list(std::string_view after, std::size_t limit) const {
    std::vector<PotPtr> pots;
    auto next = after.empty() ? by_name_.begin() : by_name_.upper_bound(after);
    for (; next != by_name_.end() && pots.size() < limit; ++next)
        pots.push_back(supervisor_.find(next->second));
    return pots;
}

// Making, changing, destroying

Status PotService::check_spec(const PotSpec& spec, const PotId& id, const PotSpec* present) const {
    Status valid = check_parts(spec, present);
    if (valid) valid = addresses_.check(spec.network, id);
    return valid;
}

Status PotService::check_new(const PotSpec& spec, const PotSpec* present) const {
    Status valid = check_parts(spec, present);
    if (valid && present == nullptr && bases_.find(spec.base) == nullptr) return unknown_base(spec.base);
    return valid;
}

Status PotService::check_parts(const PotSpec& spec, const PotSpec* present) const {
    Status valid = validate(spec, ports_.bounds);
    if (valid)
        valid = volumes_.check(spec.mounts, present == nullptr ? std::vector<MountSpec>{} : present->mounts);
    // What it mounted before may be away just now; a start says so.
    const Result<PotSpec> resolved = volumes_.resolved(spec);
    if (valid) valid = ports_.runtime.check(resolved ? *resolved : spec);
    if (valid) valid = check_hooks(spec);
    if (valid) valid = check_snapshots(spec);
    if (valid) valid = check_limit(spec, present);
    // A pot that is gone by now is in the way of its next start, but of no other change.
    if (valid && (present == nullptr || present->dns.mode != DnsMode::Pot)) valid = names_.check(spec);
    if (valid) valid = dependencies_.check(spec, present);
    return valid;
}

Status PotService::check_hooks(const PotSpec& spec) const {
    for (const HookStage stage :
         {HookStage::Prestart, HookStage::Poststart, HookStage::Prestop, HookStage::Poststop}) {
        const auto& hooks = spec.hooks.of(stage);
        for (std::size_t i = 0; i < hooks.size(); ++i) {
            const std::string field =
                "hooks." + std::string(to_string(stage)) + "[" + std::to_string(i) + "]";
            if (Status can = ports_.hooks.check(hooks[i], field); !can) return can;
        }
    }
    return {};
}

Status PotService::check_no_dependents(const Pot& pot, std::string_view verb) const {
    const std::string dependent = dependencies_.dependent(pot.spec.name);
    if (dependent.empty()) return {};
    return error(ErrorKind::Conflict, "pot " + pot.spec.name + " cannot be " + std::string(verb) + ": " +
                                          dependent + " depends on it");
}

Status PotService::check_creatable(PotSpec spec) const {
    if (spec.hostname.empty()) spec.hostname = spec.name;
    const PotId id = ports_.new_id();
    Status able = room_ ? room_() : Status();
    if (able) able = check_spec(spec, id);
    if (able) able = check_free_name(spec.name);
    if (able && bases_.find(spec.base) == nullptr) able = unknown_base(spec.base);
    if (!able) return able;
    auto leased = bridges_.lease(spec, id);
    if (!leased) return std::move(leased).error();
    bridges_.let_go(leased->hold);
    return {};
}

void PotService::create(PotSpec spec, std::optional<Source> source, Reply<PotPtr> reply, Along along,
                        Begun unfinished) {
    if (spec.hostname.empty()) spec.hostname = spec.name;
    const PotId id = along.new_pot ? *along.new_pot : ports_.new_id();
    Status valid = room_ ? room_() : Status();
    if (valid) valid = check_spec(spec, id);
    if (valid && !source && spec.level == 2)
        valid = invalid_field("level", "2", "0 or 1 for a pot without a parent");
    if (!valid) {
        reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(valid).error());
        return;
    }
    if (Status free = check_free_name(spec.name); !free) {
        reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(free).error());
        return;
    }
    const Base* base = bases_.find(spec.base);
    if (base == nullptr) {
        reply_later<PotPtr>(ports_.executor, std::move(reply), unknown_base(spec.base));
        return;
    }
    auto pot = std::make_shared<Pot>();
    pot->id = id;
    pot->base_revision = revision_for(*base, source);
    pot->spec = std::move(spec);
    pot->created_at = pot->changed_at = ports_.clock.wall();
    pot->driver = ports_.files.name();
    if (source && source->is_clone) pot->origin = source->origin;
    if (unfinished) pot->unfinished = std::make_shared<const Unfinished>(Unfinished{*unfinished, pot->spec});
    auto leased = bridges_.lease(pot->spec, id);
    Status taken = leased ? take_ids(*pot) : Status(leased.error());
    if (!taken) {
        if (leased) bridges_.let_go(leased->hold);
        reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(taken).error());
        return;
    }
    pot->leases = std::move(leased->leases);
    reserved_.emplace(pot->spec.name, id);
    const Dependencies::Hold hold = dependencies_.hold(pot->spec);
    const AddressBook::Hold addresses = addresses_.hold(*pot, pot->spec.network);
    const VolumeService::Hold volumes = volumes_.hold(pot->spec.mounts);
    make_files(
        pot, *base, source,
        [this, hold, addresses, volumes, leases = leased->hold,
         reply = std::move(reply)](Result<PotPtr> result) {
            dependencies_.let_go(hold);
            addresses_.let_go(addresses);
            bridges_.let_go(leases);
            volumes_.let_go(volumes);
            reply(std::move(result));
        },
        bridges_.boarding(pot->spec, std::move(along)));
}

Status PotService::take_ids(Pot& pot) {
    if (!pot.spec.security.user_namespace) return {};
    Result<std::uint32_t> first = ports_.ids.take();
    if (!first) {
        Error none = std::move(first).error().in("security.user_namespace");
        none.field = "security.user_namespace";
        return none;
    }
    pot.first_host_id = *first;
    return {};
}

void PotService::change(std::string_view name, const PotPatch& patch, Reply<PotPtr> reply, Along along) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (!id) return;
    const PotPtr pot = supervisor_.find(*id);
    Result<PotSpec> wanted = changed(*pot, patch);
    if (!wanted) {
        reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(wanted).error());
        return;
    }
    PotSpec next = std::move(wanted).value();
    Reply<PotPtr> answer =
        [this, hold = dependencies_.hold(next), addresses = addresses_.hold(*pot, next.network),
         volumes = volumes_.hold(next.mounts), reply = std::move(reply)](Result<PotPtr> result) {
            dependencies_.let_go(hold);
            addresses_.let_go(addresses);
            volumes_.let_go(volumes);
            reply(std::move(result));
        };
    if (limits_change(*pot, next)) return change_limits(pot, next, std::move(answer), std::move(along));
    store_change(pot, std::move(next), std::move(answer), std::move(along));
}

void PotService::rename(std::string_view name, const std::string& new_name, Reply<PotPtr> reply,
                        Along along) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (!id) return;
    const PotPtr pot = supervisor_.find(*id);
    Status allowed = check_name(new_name);
    if (allowed) allowed = check_not_base_pot(*pot, "renamed");
    if (allowed && is_live(pot->state)) {
        allowed =
            error(ErrorKind::Conflict, "pot " + pot->spec.name + " is " + std::string(to_string(pot->state)) +
                                           "; stop it before it is renamed");
    }
    if (allowed) allowed = check_no_dependents(*pot, "renamed");
    if (allowed) allowed = check_free_name(new_name);
    PotSpec next = pot->spec;
    if (next.hostname == next.name) next.hostname = new_name;
    next.name = new_name;
    // Somebody may depend on a pot of that name, long gone.
    if (allowed) allowed = dependencies_.check(next, &pot->spec);
    if (!allowed) {
        reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(allowed).error());
        return;
    }
    reserved_.emplace(new_name, *id);
    supervisor_.request(
        *id,
        [&](RequestId request) {
            return ChangeAsked{request, pot->spec, next};
        },
        [this, new_name, left = dependencies_.hold_leaving(pot->spec.name), hold = dependencies_.hold(next),
         reply = std::move(reply)](Result<PotPtr> result) {
            reserved_.erase(new_name);
            dependencies_.let_go(left);
            dependencies_.let_go(hold);
            reply(std::move(result));
        },
        std::move(along));
}

void PotService::destroy(std::string_view name, bool force, Reply<void> reply, Along along) {
    const auto id = find_or_reply<void>(name, reply);
    if (!id) return;
    const PotPtr pot = supervisor_.find(*id);
    Status allowed = check_not_base_pot(*pot, "destroyed");
    if (!allowed) return reply_later<void>(ports_.executor, std::move(reply), std::move(allowed));
    destroy_any(pot, force, std::move(reply), std::move(along));
}

void PotService::destroy_any(const PotPtr& pot, bool force, Reply<void> reply, Along along) {
    Status allowed;
    if (!force) allowed = check_no_dependents(*pot, "destroyed without force");
    if (!force && allowed) allowed = check_no_clones(*pot);
    if (!allowed) {
        reply_later<void>(ports_.executor, std::move(reply), std::move(allowed));
        return;
    }
    supervisor_.request(
        pot->id,
        [force](RequestId request) {
            return DestroyAsked{request, force};
        },
        [this, left = dependencies_.hold_leaving(pot->spec.name),
         reply = std::move(reply)](const Result<PotPtr>& result) {
            dependencies_.let_go(left);
            reply(result ? Status() : Status(result.error()));
        },
        std::move(along));
}

// Life

void PotService::start(std::string_view name, Reply<PotPtr> reply, Along along) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (id)
        supervisor_.request(
            *id, [](RequestId request) { return StartAsked{request}; }, std::move(reply), std::move(along));
}

void PotService::stop(std::string_view name, const StopRequest& request, Reply<PotPtr> reply, Along along) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (!id) return;
    const PotPtr pot = supervisor_.find(*id);
    if (const auto dependents = dependencies_.dependents(pot->spec.name, true); !dependents.empty()) {
        stop_dependents(dependents, [this, id = *id, request, reply = std::move(reply),
                                     along = std::move(along)](const Status& stopped) {
            if (stopped)  // looks again: one may have come up meanwhile
                stop(id.text, request, reply, along);
            else
                reply(stopped.error());
        });
        return;
    }
    const StopSpec own = pot->spec.stop;
    supervisor_.request(
        *id,
        [&](RequestId number) {
            return StopAsked{number, request.timeout.value_or(own.timeout),
                             request.signal.value_or(own.signal), request.signal.has_value()};
        },
        std::move(reply), std::move(along));
}

void PotService::stop_dependents(const std::vector<PotPtr>& dependents, Reply<void> reply) {
    struct Progress {
        std::size_t left = 0;
        Status status;
        Reply<void> reply;
    };
    auto progress = std::make_shared<Progress>(Progress{dependents.size(), {}, std::move(reply)});
    for (const PotPtr& pot : dependents) {
        stop(pot->id.text, {}, [progress, name = pot->spec.name](const Result<PotPtr>& result) {
            const bool gone = !result && result.error().kind == ErrorKind::NotFound;
            if (!result && !gone) progress->status = Error(result.error()).in("dependent pot " + name);
            if (--progress->left == 0) progress->reply(std::move(progress->status));
        });
    }
}

void PotService::stop_all(Reply<std::vector<std::string>> reply, Ended told) {
    struct Progress {
        std::size_t left = 1;  // so that it does not end before the last was begun
        std::size_t of = 0;
        std::vector<std::string> stopped;
        std::optional<Error> error;
        Reply<std::vector<std::string>> reply;
    };
    auto progress = std::make_shared<Progress>();
    progress->reply = std::move(reply);
    const auto one_less = [progress, told = std::move(told)] {
        --progress->left;
        if (told) told(progress->of - std::min(progress->left, progress->of), progress->of);
        if (progress->left != 0) return;
        progress->reply(progress->error ? Result<std::vector<std::string>>(*progress->error)
                                        : Result<std::vector<std::string>>(progress->stopped));
    };
    for (const PotPtr& pot : list("", by_name_.size())) {
        if (!is_live(pot->state) && pot->state != PotState::Backoff) continue;
        ++progress->left;
        ++progress->of;
        stop(pot->id.text, {}, [progress, one_less, name = pot->spec.name](const Result<PotPtr>& result) {
            const bool gone = !result && result.error().kind == ErrorKind::NotFound;
            if (result || gone)
                progress->stopped.push_back(name);
            else if (!progress->error)
                progress->error = result.error();
            one_less();
        });
    }
    ports_.executor.post(one_less);
}

void PotService::kill(std::string_view name, int signal_number, const SignalTarget& target,
                      Reply<PotPtr> reply) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (!id) return;
    const PotPtr pot = supervisor_.find(*id);
    const bool running =
        pot->state == PotState::Running || pot->state == PotState::Paused || pot->state == PotState::Stopping;
    if (!running || !pot->run || pot->run->end) {
        reply_later<PotPtr>(
            ports_.executor, std::move(reply),
            error(ErrorKind::Conflict, "pot " + pot->spec.name + " is " + std::string(to_string(pot->state)) +
                                           ", there is nothing to signal"));
        return;
    }
    constexpr int sigkill = 9;  // the same number on every system potd knows
    const RunKey key{*id, pot->run->number};
    const bool nobody = target.whom == SignalTarget::Main && pot->run->processes.main.pid == 0;
    const bool whole = signal_number == sigkill && (target.whom == SignalTarget::All || nobody);
    Status sent;
    if (whole)
        ports_.runtime.kill_all(key);
    else
        sent = ports_.runtime.signal(key, signal_number, target);
    reply_later<PotPtr>(ports_.executor, std::move(reply),
                        sent ? Result<PotPtr>(pot) : Result<PotPtr>(sent.error()));
}

void PotService::pause(std::string_view name, Reply<PotPtr> reply, Along along) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (id)
        supervisor_.request(
            *id, [](RequestId request) { return PauseAsked{request}; }, std::move(reply), std::move(along));
}

void PotService::freeze_for(const std::string& rule, std::string_view name, Reply<PotPtr> reply) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (id)
        supervisor_.request(
            *id,
            [rule](RequestId request) {
                return PauseAsked{request, rule};
            },
            std::move(reply));
}

void PotService::resume(std::string_view name, Reply<PotPtr> reply, Along along) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (id)
        supervisor_.request(
            *id, [](RequestId request) { return ResumeAsked{request}; }, std::move(reply), std::move(along));
}

}  // namespace potd::core
