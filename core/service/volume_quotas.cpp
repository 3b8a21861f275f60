#include "core/model/validate.hpp"
#include "core/service/reply.hpp"
#include "core/service/volume_service.hpp"

#include <memory>
#include <utility>

// Changes of a volume, and bounds on what may be in it. These hold before they are recorded, since it is then
// that they can fail; if a crash comes between, the record counts at the next start (VolumeStore::sweep).

namespace potd::core {
namespace {

constexpr const char* quota_field = "quota";

Error of_quota(Error error) {
    if (error.field.empty()) error.field = quota_field;
    return std::move(error).in(quota_field);
}

Event changed_event(const Volume& volume, WallTime now) {
    return {0,
            now,
            "fscomp.changed",
            {},
            {},
            0,
            {{"fscomp", volume.name}, {"quota", std::to_string(volume.quota)}}};
}

}  // namespace

Status VolumeService::check_quota(std::int64_t quota, std::int64_t before) const {
    if (Status legal = check_disk_limit(quota_field, quota); !legal) return legal;
    if (quota == 0 || quota == before || ports_.store.has_quotas()) return {};
    return of_quota(error(ErrorKind::Unsupported,
                          "fscomps have none on this file system; with a state directory on btrfs or zfs "
                          "they have"));
}

/// `made` once it has its bound, too; one that cannot have it goes again.
Reply<void> VolumeService::limited(const Volume& volume, Reply<void> made) {
    if (volume.quota == 0) return made;
    return [this, volume, made = std::move(made)](Status done) {
        if (!done) return made(std::move(done));
        ports_.store.limit(volume.name, volume.quota, [this, name = volume.name, made](Status bounded) {
            if (bounded) return made({});
            Error cause = of_quota(std::move(bounded).error());
            if (Status gone = ports_.store.discard(name); !gone) cause.message += "; " + gone.error().message;
            made(std::move(cause));
        });
    };
}

Result<Volume> VolumeService::edited(const Volume& volume, const Changing& change) const {
    if (change.if_version && *change.if_version != volume.version) {
        Error stale = error(ErrorKind::Conflict, "fscomp " + volume.name + " has version " +
                                                     std::to_string(volume.version) + ", not " +
                                                     std::to_string(*change.if_version));
        stale.field = "If-Match";
        return stale;
    }
    if (changing_.contains(volume.name))
        return error(ErrorKind::Conflict, "fscomp " + volume.name + " is being changed; try again");
    Volume next = volume;
    Status able = change.edit(next);
    if (able) able = check_schedule(next.snapshots);
    if (able) able = check_quota(next.quota, volume.quota);
    if (!able) return std::move(able).error();
    ++next.version;
    return next;
}

void VolumeService::change(std::string_view name, const Changing& change, Reply<Volume> reply, Along along) {
    const auto refuse = [&](Error error) {
        reply_later<Volume>(ports_.executor, std::move(reply), std::move(error));
    };
    const Volume* volume = find(name);
    if (volume == nullptr) return refuse(unknown(name));
    auto next = edited(*volume, change);
    if (!next) return refuse(std::move(next).error());
    const bool bounds = next->quota != volume->quota;
    if (bounds) {
        if (Status begun = begin_work(name); !begun) return refuse(std::move(begun).error());
    }
    changing_.insert(next->name);
    const Reply<Volume> answer = [this, name = next->name, bounds,
                                  reply = std::move(reply)](Result<Volume> result) {
        changing_.erase(name);
        if (bounds) end_work(name);
        reply(std::move(result));
    };
    if (!bounds) return record_change(*next, answer, along);
    ports_.store.limit(next->name, next->quota,
                       [this, next = *next, answer, along = std::move(along)](Status bounded) {
                           if (bounded) return record_change(next, answer, along);
                           answer(of_quota(std::move(bounded).error()).in("fscomp " + next.name));
                       });
}

void VolumeService::record_change(const Volume& next, const Reply<Volume>& reply, const Along& along) {
    auto stored = std::make_shared<bool>(false);
    auto recorded = [this, next, stored, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        *stored = true;
        volumes_[next.name] = next;
        if (watch_) watch_(next.name, &next);
        for (const Event& event : *result) ports_.feed.publish(event);
    };
    auto durable = [this, next, stored, reply](const Status& status) {
        if (status) return reply(next);
        Error cause = Error(status.error()).in("fscomp " + next.name);
        const auto before = volumes_.find(next.name);
        if (*stored || before == volumes_.end() || before->second.quota == next.quota)
            return reply(std::move(cause));
        put_quota_back(before->second, std::move(cause), reply);
    };
    std::vector<Change> changes{ChangeVolume{next}, AppendEvent{changed_event(next, ports_.clock.wall())}};
    if (along) along.board(changes, nullptr);
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

/// What was not recorded does not hold.
void VolumeService::put_quota_back(const Volume& volume, Error cause, const Reply<Volume>& reply) {
    ports_.store.limit(volume.name, volume.quota, [cause = std::move(cause), reply](const Status& back) {
        Error both = cause;
        if (!back)
            both.message += "; the quota is as asked for until potd starts anew: " + back.error().message;
        reply(std::move(both));
    });
}

}  // namespace potd::core
