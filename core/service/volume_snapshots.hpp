#pragma once

#include "core/base/result.hpp"
#include "core/model/volume.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/journal.hpp"
#include "core/port/volume_store.hpp"
#include "core/service/along.hpp"
#include "core/service/event_feed.hpp"
#include "core/service/snapshot_book.hpp"
#include "core/service/supervisor.hpp"
#include "core/service/volume_service.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// The use cases of volumes' snapshots. Loop thread only; replies come later, on the loop thread, once what
/// they say is durable. A snapshot may be given by name or number. While one of them is carried out no pot
/// comes to mount the volume (VolumeService::begin_work), and the life of those that do stands still where it
/// matters. Common errors: NotFound for an unknown volume or snapshot; Conflict while another is under way,
/// and (naming the pot) while a pot that mounts the volume runs: at a rollback always, at a snapshot where it
/// is a copy and the pot may write.
class VolumeSnapshots {
  public:
    struct Ports {
        Journal& journal;
        VolumeStore& store;
        Clock& clock;
        Executor& executor;
        Supervisor& supervisor;
        VolumeService& volumes;
        EventFeed& feed;
        std::function<PotPtr(std::string_view name)> pot;  ///< null: there is none of that name
    };

    explicit VolumeSnapshots(Ports ports);
    VolumeSnapshots(const VolumeSnapshots&) = delete;
    VolumeSnapshots& operator=(const VolumeSnapshots&) = delete;

    // Reading: from memory.
    /// By number, so the oldest first.
    [[nodiscard]] Result<std::vector<VolumeSnapshot>> list(std::string_view volume) const;
    /// `snapshot` empty: the newest.
    [[nodiscard]] Result<VolumeSnapshot> find(std::string_view volume, std::string_view snapshot) const;
    /// See SnapshotBook.
    void measure(const std::vector<VolumeSnapshot>& snapshots, Reply<std::vector<std::int64_t>> reply) {
        book_.measure(snapshots, std::move(reply));
    }

    using Taking = SnapshotTaking;
    void take(std::string_view volume, const Taking& request, Reply<VolumeSnapshot> reply, Along along = {});

    using GoingBack = SnapshotGoingBack;
    void roll_back(std::string_view volume, const GoingBack& request, Reply<Volume> reply);

    void remove(std::string_view volume, std::string_view snapshot, Reply<void> reply, Along along = {});

    using Purging = SnapshotPurging;
    /// Replies with what was removed.
    void purge(std::string_view volume, const Purging& request, Reply<std::vector<VolumeSnapshot>> reply,
               Along along = {});

    struct Cloning {
        std::string name;      ///< of the new volume
        std::string snapshot;  ///< empty: the newest
        bool take = false;     ///< a snapshot if there is none
        VolumeService::Quota quota = {};
    };
    /// A new volume with the files of the snapshot; neither needs the other afterwards.
    void clone(std::string_view source, const Cloning& request, Reply<Volume> reply, Along along = {});

    /// At start-up.
    void recover(const std::vector<VolumeSnapshot>& stored, std::map<std::string, std::uint32_t> numbers);

  private:
    [[nodiscard]] Result<VolumeSnapshot> pick(std::string_view volume, std::string_view snapshot) const;
    [[nodiscard]] Status check_take(const std::string& volume, const Taking& request) const;
    /// `act` while the volume is worked on; its reply ends that.
    template <class T>
    void while_worked_on(std::string_view volume, Reply<T> reply,
                         const std::function<void(const std::string& volume, Reply<T>)>& act);
    /// `act` while the pots that mount it stand still, unless one that runs is in the way.
    void while_pots_rest(const std::string& volume, bool readers_may_run, const Reply<void>& reply,
                         std::function<void(Reply<void>)> act);
    void hold_next(std::vector<PotId> pots, std::size_t held, bool readers_may_run, const std::string& volume,
                   const Reply<void>& reply, std::function<void(Reply<void>)> act);
    [[nodiscard]] Status check_rests(const Pot& pot, const std::string& volume, bool readers_may_run) const;
    void make(const VolumeSnapshot& made, Reply<void> reply);
    void go_back(const VolumeSnapshot& to, const std::vector<VolumeSnapshot>& newer,
                 const Reply<void>& reply);
    void copy(std::string_view source, const Cloning& request, Reply<Volume> reply, Along along);
    [[nodiscard]] Event purged(const std::vector<VolumeSnapshot>& gone) const;
    [[nodiscard]] Event event_of(std::string_view type, const VolumeSnapshot& snapshot) const;

    Ports ports_;
    SnapshotBook<VolumeSnapshot> book_;
};

}  // namespace potd::core
