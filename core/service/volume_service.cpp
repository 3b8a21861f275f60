#include "core/service/volume_service.hpp"

#include "core/model/names.hpp"
#include "core/service/reply.hpp"

#include <memory>
#include <utility>

namespace potd::core {
namespace {

Event volume_event(std::string_view type, const Volume& volume, WallTime now) {
    return {0, now, std::string(type), {}, {}, 0, {{"fscomp", volume.name}}};
}

Error unknown_volume(std::string_view name) {
    return error(ErrorKind::NotFound, "no fscomp is called '" + std::string(name) + "'");
}

}  // namespace

// Reading

const Volume* VolumeService::find(std::string_view name) const {
    if (busy_.contains(name)) return nullptr;
    const auto found = volumes_.find(name);
    return found == volumes_.end() ? nullptr : &found->second;
}

std::vector<Volume> VolumeService::list() const {
    std::vector<Volume> all;
    all.reserve(volumes_.size());
    for (const auto& [name, volume] : volumes_) {
        if (!busy_.contains(name)) all.push_back(volume);
    }
    return all;
}

void VolumeService::measure(std::string_view name, Reply<std::int64_t> reply) const {
    if (find(name) == nullptr)
        return reply_later<std::int64_t>(ports_.executor, std::move(reply), unknown_volume(name));
    ports_.store.measure(std::string(name), std::move(reply));
}

// Making

Status VolumeService::check_new(const std::string& name) const {
    if (Status legal = check_name(name); !legal) return legal;
    if (!volumes_.contains(name) && !busy_.contains(name)) return {};
    Error taken = error(ErrorKind::Conflict, "an fscomp called '" + name + "' exists already");
    taken.field = "name";
    return taken;
}

void VolumeService::create(const std::string& name, Reply<Volume> reply, Along along) {
    if (Status allowed = check_new(name); !allowed)
        return reply_later<Volume>(ports_.executor, std::move(reply), std::move(allowed).error());
    busy_.insert(name);
    ports_.store.create(name, [this, name, reply = std::move(reply), along = std::move(along)](Status made) {
        if (made) return record({name, ports_.clock.wall()}, reply, along);
        busy_.erase(name);
        reply(std::move(made).error().in("fscomp " + name));
    });
}

void VolumeService::record(const Volume& volume, const Reply<Volume>& reply, const Along& along) {
    auto stored = std::make_shared<bool>(false);
    auto recorded = [this, volume, stored, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        *stored = true;
        busy_.erase(volume.name);
        volumes_[volume.name] = volume;
        for (const Event& event : *result) ports_.feed.publish(event);
    };
    auto durable = [this, volume, stored, reply](const Status& status) {
        if (status) return reply(volume);
        Error cause = status.error();
        if (!*stored) {
            // What was made goes again; what resists is swept at the next start.
            if (Status gone = ports_.store.discard(volume.name); !gone)
                cause.message += "; " + gone.error().message;
            busy_.erase(volume.name);
        }
        reply(std::move(cause).in("fscomp " + volume.name));
    };
    std::vector<Change> changes{PutVolume{volume},
                                AppendEvent{volume_event("fscomp.created", volume, ports_.clock.wall())}};
    if (along) along.board(changes, nullptr);
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

// Removing

Status VolumeService::check_removable(std::string_view name) const {
    if (find(name) == nullptr) return unknown_volume(name);
    const std::string what = "fscomp " + std::string(name);
    if (held_.contains(name))
        return error(ErrorKind::Conflict, what + ": a pot that mounts it is being made or changed");
    constexpr std::size_t most_named = 5;
    std::set<std::string> pots;
    const Uses all = uses();
    if (const auto found = all.find(name); found != all.end()) {
        for (const VolumeUse& use : found->second) pots.insert(use.pot);
    }
    if (pots.empty()) return {};
    std::string text = what + " is used by";
    std::size_t named = 0;
    for (const std::string& pot : pots) {
        if (named++ < most_named) text += " " + pot;
    }
    if (named > most_named) text += " and " + std::to_string(named - most_named) + " more";
    return error(ErrorKind::Conflict, std::move(text));
}

void VolumeService::remove(std::string_view name, Reply<void> reply, Along along) {
    if (Status allowed = check_removable(name); !allowed)
        return reply_later<void>(ports_.executor, std::move(reply), std::move(allowed));
    const Volume volume = volumes_.find(name)->second;
    busy_.insert(volume.name);
    // The record goes first: a crash in between leaves a tree that no volume owns, and the sweep takes it.
    forget(volume, reply, along);
}

void VolumeService::forget(const Volume& volume, const Reply<void>& reply, const Along& along) {
    auto recorded = [this, volume, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        volumes_.erase(volume.name);
        for (const Event& event : *result) ports_.feed.publish(event);
    };
    // The files cannot come back, so they go once a power cut cannot bring back the row. After a failed sync
    // they stay, and with them the name, until the sweep of the next start.
    auto durable = [this, volume, reply](Status status) {
        if (status) status = ports_.store.discard(volume.name);
        busy_.erase(volume.name);
        reply(std::move(status).in("fscomp " + volume.name));
    };
    std::vector<Change> changes{RemoveVolume{volume.name},
                                AppendEvent{volume_event("fscomp.removed", volume, ports_.clock.wall())}};
    if (along) along.board(changes, nullptr);
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

// For the pots

Status VolumeService::check(const std::vector<MountSpec>& mounts) const {
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        if (mounts[i].kind != MountSpec::Kind::Volume || find(mounts[i].source) != nullptr) continue;
        return invalid_field("mounts[" + std::to_string(i) + "].fscomp", mounts[i].source,
                             "an fscomp that exists");
    }
    return {};
}

VolumeService::Hold VolumeService::hold(const std::vector<MountSpec>& mounts) {
    Hold names;
    for (const MountSpec& mount : mounts) {
        if (mount.kind != MountSpec::Kind::Volume) continue;
        ++held_[mount.source];
        names.push_back(mount.source);
    }
    return names;
}

void VolumeService::let_go(const Hold& hold) {
    for (const std::string& name : hold) {
        if (--held_[name] == 0) held_.erase(name);
    }
}

PotSpec VolumeService::resolved(PotSpec spec) const {
    for (MountSpec& mount : spec.mounts) {
        if (mount.kind == MountSpec::Kind::Volume) mount.source = ports_.store.path(mount.source);
    }
    return spec;
}

// Starting

Status VolumeService::recover(std::vector<Volume> stored) {
    std::vector<std::string> names;
    names.reserve(stored.size());
    for (const Volume& volume : stored) names.push_back(volume.name);
    Status swept = ports_.store.sweep(names);
    for (Volume& volume : stored) volumes_[volume.name] = std::move(volume);
    return swept;
}

}  // namespace potd::core
