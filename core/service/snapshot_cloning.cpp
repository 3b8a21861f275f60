#include "core/service/reply.hpp"
#include "core/service/snapshot_service.hpp"

#include <utility>

// New pots with the files of a snapshot.

namespace potd::core {
namespace {

/// Pots of level 0 are the base itself, as in pot.
Status check_has_clones(const PotSpec& source) {
    if (source.type == PotType::Single || source.level != 0) return {};
    return error(ErrorKind::Conflict, "pot " + source.name +
                                          " is of level 0, which is not cloned; create a pot of the base " +
                                          source.base + ", or clone one of level 1 or 2");
}

/// What a clone has in common with its source, because its files do.
Status check_same_ground(const PotSpec& source, const PotSpec& clone) {
    if (clone.base != source.base)
        return invalid_field("changes.base", clone.base, "'" + source.base + "', that of the source");
    if (clone.type != source.type || clone.level != source.level)
        return invalid_field("changes.level", std::to_string(clone.level), "type and level of the source");
    return {};
}

/// A fixed address stays with the source: as in pot, a clone is given one of its own.
Status check_own_addresses(const NetworkSpec& source, const NetworkSpec& clone) {
    const auto kept = addresses_of(source);
    for (const PlacedAddress& one : addresses_of(clone)) {
        for (const PlacedAddress& other : kept) {
            if (!(one.address == other.address)) continue;
            Error taken =
                error(ErrorKind::Conflict,
                      "changes." + one.field + ": " + to_string(one.address) +
                          " stays with the source; give the clone an address of its own (potctl clone "
                          "-i INTERFACE|ADDRESS) or another network (-N inherit)");
            taken.field = "changes." + one.field;
            return taken;
        }
    }
    return {};
}

/// Which pots may be made of which, as pot has it.
Status check_descent(const PotSpec& parent, const PotSpec& child) {
    if (child.base != parent.base)
        return invalid_field("base", child.base, "'" + parent.base + "', that of the parent");
    if (child.type != parent.type)
        return invalid_field("type", child.type == PotType::Single ? "single" : "multi",
                             "the type of the parent");
    if (child.security.user_namespace != parent.security.user_namespace)
        return invalid_field("security.user_namespace", child.security.user_namespace ? "on" : "off",
                             "that of the parent, whose owners the files have");
    if (child.type == PotType::Single) return {};
    if (parent.level == 0)
        return invalid_field("parent", parent.name, "a pot of level 1 or 2, or one of the type single");
    if (child.level == 0 || (child.level == 1 && parent.level != 1))
        return invalid_field(
            "level", std::to_string(child.level),
            parent.level == 1 ? "1 or 2, with a parent of level 1" : "2, with a parent of level 2");
    return {};
}

PotService::Source source_of(const Pot& pot, const Snapshot& snapshot, bool is_clone) {
    return {PotOrigin{snapshot.key, pot.spec.name, snapshot.name}, is_clone};
}

}  // namespace

void SnapshotService::derive(std::string_view parent, PotSpec spec, Reply<PotPtr> reply, Along along,
                             PotService::Begun unfinished) {
    const PotPtr pot = ports_.pots.find(parent);
    Status able;
    if (!pot) able = invalid_field("parent", parent, "the name of a pot");
    if (pot && spec.base.empty()) spec.base = pot->spec.base;
    if (able) able = check_descent(pot->spec, spec);
    if (!able) return reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(able).error());
    if (const Result<Snapshot> newest = pick(*pot, ""); newest)
        return create_of(source_of(*pot, *newest, false), std::move(spec), std::move(reply), std::move(along),
                         unfinished);
    // What is refused leaves no snapshot behind.
    able = ports_.pots.check_creatable(spec);
    if (!able) return reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(able).error());
    take(pot->id.text, {}, [this, pot, spec, reply, along, unfinished](const Result<Snapshot>& taken) {
        if (!taken) return reply(taken.error());
        create_of(source_of(*pot, *taken, false), spec, reply, along, unfinished);
    });
}

void SnapshotService::clone(std::string_view source, const Cloning& request, Reply<PotPtr> reply,
                            Along along) {
    const auto refused = [&](Error error) { reply_later<PotPtr>(ports_.executor, reply, std::move(error)); };
    const Result<PotPtr> known = known_pot(source);
    if (!known) return refused(known.error());
    const PotPtr& pot = *known;
    if (Status can = check_has_clones(pot->spec); !can) return refused(std::move(can).error());
    const Result<Snapshot> found = pick(*pot, request.snapshot);
    if (found) return copy(pot, *found, request, std::move(reply), std::move(along));
    if (!request.snapshot.empty()) return refused(found.error());
    if (!request.take) {
        Error none = error(ErrorKind::Conflict, "pot " + pot->spec.name +
                                                    " has no snapshot to clone; take one, or ask for it with "
                                                    "take_snapshot");
        none.field = "take_snapshot";
        return refused(std::move(none));
    }
    const Result<PotSpec> spec = spec_of_clone(*pot, request);
    if (!spec) return refused(spec.error());
    // What is refused leaves no snapshot behind.
    if (Status able = ports_.pots.check_creatable(*spec); !able) return refused(std::move(able).error());
    take(pot->id.text, {}, [this, pot, request, reply, along](const Result<Snapshot>& taken) {
        if (!taken) return reply(taken.error());
        copy(pot, *taken, request, reply, along);
    });
}

Result<PotSpec> SnapshotService::spec_of_clone(const Pot& source, const Cloning& request) const {
    PotSpec spec = source.spec;
    if (spec.hostname == spec.name) spec.hostname = request.name;
    spec.name = request.name;
    Status able = request.change ? request.change(spec) : Status();
    if (able && spec.name != request.name)
        able = invalid_field("changes.name", spec.name, "'" + request.name + "', or none: name says it");
    if (able) able = check_same_ground(source.spec, spec);
    if (able) able = check_own_addresses(source.spec.network, spec.network);
    if (able && spec.security.user_namespace && !ports_.files.abilities().shifted_snapshots)
        able = invalid_field("changes.security.user_namespace", "on",
                             "off: the file system driver makes no such clones");
    if (!able) return std::move(able).error();
    return spec;
}

void SnapshotService::copy(const PotPtr& source, const Snapshot& snapshot, const Cloning& request,
                           Reply<PotPtr> reply, Along along) {
    Result<PotSpec> spec = spec_of_clone(*source, request);
    if (!spec) return reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(spec).error());
    create_of(source_of(*source, snapshot, true), std::move(spec).value(), std::move(reply), std::move(along),
              request.unfinished);
}

void SnapshotService::create_of(PotService::Source source, PotSpec spec, Reply<PotPtr> reply, Along along,
                                PotService::Begun unfinished) {
    const SnapshotKey key = source.origin.key;
    begin_use(key);
    ports_.pots.create(
        std::move(spec), std::move(source),
        [this, key, reply = std::move(reply)](Result<PotPtr> result) {
            end_use(key);
            reply(std::move(result));
        },
        std::move(along), unfinished);
}

}  // namespace potd::core
