#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"
#include "core/model/volume.hpp"
#include "core/port/clock.hpp"
#include "core/port/datasets.hpp"
#include "core/port/executor.hpp"
#include "core/port/journal.hpp"
#include "core/port/volume_store.hpp"
#include "core/service/along.hpp"
#include "core/service/event_feed.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::core {

/// The use cases of volumes. Loop thread only; replies come later, on the loop thread, once what they say is
/// durable.
class VolumeService {
  public:
    struct Ports {
        Journal& journal;
        VolumeStore& store;
        Clock& clock;
        Executor& executor;
        EventFeed& feed;
        Datasets& datasets;
    };

    explicit VolumeService(Ports ports) : ports_(ports) {}
    VolumeService(const VolumeService&) = delete;
    VolumeService& operator=(const VolumeService&) = delete;

    /// NotFound for that name.
    [[nodiscard]] static Error unknown(std::string_view name);

    // Reading: from memory.
    /// Null also for one that is being made or removed.
    [[nodiscard]] const Volume* find(std::string_view name) const;
    /// By name.
    [[nodiscard]] std::vector<Volume> list() const;
    /// Who mounts which, by the name of the volume.
    using Uses = std::map<std::string, std::vector<VolumeUse>, std::less<>>;
    [[nodiscard]] Uses uses() const { return users_ ? users_() : Uses(); }
    /// Given by PotService.
    void set_users(std::function<Uses()> users) { users_ = std::move(users); }
    /// Bytes on disk. NotFound for an unknown one.
    void measure(std::string_view name, Reply<std::int64_t> reply) const;

    /// What there may be in a new one, bytes: 0 for as much as there is room for. Of a clone, unset: as in
    /// its source.
    using Quota = std::optional<std::int64_t>;
    /// With the settings of `wanted`. Conflict if the name is taken; Unsupported (field "quota") for a quota
    /// where there can be none. `along` here and below goes into the transaction by which the request takes
    /// effect.
    void create(Volume wanted, Reply<Volume> reply, Along along = {});
    void create(const std::string& name, std::int64_t quota, Reply<Volume> reply, Along along = {}) {
        create({name, {}, quota}, std::move(reply), std::move(along));
    }
    /// What create_of would refuse before it makes anything, of this source.
    [[nodiscard]] Status check_creatable(std::string_view source, const std::string& name,
                                         const Quota& quota) const;
    /// As create, with the files of a snapshot, which must stay until the reply.
    void create_of(const VolumeSnapshotKey& source, const std::string& name, Quota quota, Reply<Volume> reply,
                   Along along = {});
    struct Changing {
        std::function<Status(Volume&)> edit;      ///< of its settings, of a copy
        std::optional<std::uint64_t> if_version;  ///< Conflict with field "If-Match" if it is another
    };
    /// A quota holds at once, also while pots write there. Conflict (field "quota") with both figures if
    /// there is more in it already; Conflict while another change is under way.
    void change(std::string_view name, const Changing& change, Reply<Volume> reply, Along along = {});
    /// Conflict (naming up to five of them) while pots mount it, also if they do not run.
    void remove(std::string_view name, Reply<void> reply, const Along& along = {});

    // For the snapshots.
    /// Keeps a volume as it is while its files are: it is not removed, and no pot comes to mount it
    /// (Conflict). NotFound for an unknown one; Conflict if it is held so already, or by a pot that is being
    /// made or changed.
    [[nodiscard]] Status begin_work(std::string_view name);
    void end_work(const std::string& name);
    /// Is told of every volume that is new or changed; null is gone.
    void set_watch(std::function<void(const std::string& name, const Volume*)> watch) {
        watch_ = std::move(watch);
    }
    /// Asked before one is made; its error is the answer.
    void set_room(std::function<Status()> room) { room_ = std::move(room); }
    /// Called with the name of a volume that is removed, before its files go.
    void set_gone(std::function<void(const std::string&)> gone) { gone_ = std::move(gone); }

    // For the pots.
    /// InvalidArgument for a mount of a volume that does not exist, or of a dataset that is not mounted and
    /// not among the `present` mounts; Unsupported for one where there is no ZFS.
    [[nodiscard]] Status check(const std::vector<MountSpec>& mounts,
                               const std::vector<MountSpec>& present) const;
    /// While held, those volumes are not removed: a pot that mounts them is being made or changed.
    using Hold = std::vector<std::string>;
    [[nodiscard]] Hold hold(const std::vector<MountSpec>& mounts);
    void let_go(const Hold& hold);
    /// The same spec with the directories of volumes and datasets as sources of their mounts. NotFound, by
    /// its name, for a dataset that is not mounted now.
    [[nodiscard]] Result<PotSpec> resolved(PotSpec spec) const;

    /// At start-up, before PotService::recover.
    [[nodiscard]] Status recover(std::vector<Volume> stored,
                                 const std::vector<VolumeSnapshot>& snapshots = {});

  private:
    [[nodiscard]] Status check_new(const std::string& name) const;
    [[nodiscard]] std::int64_t quota_of_clone(std::string_view source, const Quota& quota) const;
    [[nodiscard]] Status check_dataset_mount(const MountSpec& mount, std::size_t index) const;
    [[nodiscard]] Status check_removable(std::string_view name) const;
    [[nodiscard]] Status check_quota(std::int64_t quota, std::int64_t before) const;
    void make(const Volume& volume, const std::optional<VolumeSnapshotKey>& source, Reply<Volume> reply,
              Along along);
    [[nodiscard]] Result<Volume> edited(const Volume& volume, const Changing& change) const;
    [[nodiscard]] Reply<void> limited(const Volume& volume, Reply<void> made);
    void record(const Volume& volume, const Reply<Volume>& reply, const Along& along);
    void record_change(const Volume& next, const Reply<Volume>& reply, const Along& along);
    void put_quota_back(const Volume& volume, Error cause, const Reply<Volume>& reply);
    void forget(const Volume& volume, const Reply<void>& reply, const Along& along);

    Ports ports_;
    std::map<std::string, Volume, std::less<>> volumes_;
    std::set<std::string, std::less<>> busy_;  ///< names being made or removed
    std::set<std::string, std::less<>> worked_on_;
    std::set<std::string, std::less<>> changing_;
    std::map<std::string, int, std::less<>> held_;
    std::function<Uses()> users_;
    std::function<void(const std::string&, const Volume*)> watch_;
    std::function<void(const std::string&)> gone_;
    std::function<Status()> room_;
};

}  // namespace potd::core
