#pragma once

#include "core/model/snapshot.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "core/port/journal.hpp"
#include "core/service/along.hpp"
#include "core/service/event_feed.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/snapshot_book.hpp"
#include "core/service/supervisor.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// The use cases of snapshots. Loop thread only; replies come later, on the loop thread, once what they say
/// is durable. A pot may be given by name or id, a snapshot by name or number. While one of them is carried
/// out the pot's life stands still (Supervisor::hold). Common errors: NotFound for an unknown pot or
/// snapshot, Conflict when the pot runs and the driver cannot do it then, Unsupported (with its name) for
/// what the driver cannot do at all.
class SnapshotService {
  public:
    struct Ports {
        Journal& journal;
        FileSystem& files;
        Clock& clock;
        Executor& executor;
        Supervisor& supervisor;
        PotService& pots;
        EventFeed& feed;
    };

    explicit SnapshotService(Ports ports);
    SnapshotService(const SnapshotService&) = delete;
    SnapshotService& operator=(const SnapshotService&) = delete;

    // Reading: from memory.
    /// By number, so the oldest first.
    [[nodiscard]] Result<std::vector<Snapshot>> list(std::string_view pot) const;
    /// `snapshot` empty: the newest.
    [[nodiscard]] Result<Snapshot> find(std::string_view pot, std::string_view snapshot) const;
    /// See SnapshotBook.
    void measure(const std::vector<Snapshot>& snapshots, Reply<std::vector<std::int64_t>> reply) {
        book_.measure(snapshots, std::move(reply));
    }

    using Taking = SnapshotTaking;
    void take(std::string_view pot, const Taking& request, Reply<Snapshot> reply, Along along = {});

    using GoingBack = SnapshotGoingBack;
    void roll_back(std::string_view pot, const GoingBack& request, Reply<PotPtr> reply);

    void remove(std::string_view pot, std::string_view snapshot, Reply<void> reply, Along along = {});

    using Purging = SnapshotPurging;
    /// Replies with what was removed.
    void purge(std::string_view pot, const Purging& request, Reply<std::vector<Snapshot>> reply,
               Along along = {});

    struct Cloning {
        std::string name;                        ///< of the new pot
        std::string snapshot;                    ///< empty: the newest
        bool take = false;                       ///< a snapshot if there is none
        std::function<Status(PotSpec&)> change;  ///< edits the source's spec, which has the new name already
        PotService::Begun unfinished = {};       ///< as of PotService::create
    };
    /// A new pot with the spec of the source, but for the changes, and the files of the snapshot.
    void clone(std::string_view source, const Cloning& request, Reply<PotPtr> reply, Along along = {});

    /// A new pot with a spec of its own and the files of the parent's newest snapshot, which is taken if
    /// there is none; it is no clone of the parent. Without a base it has that of the parent. InvalidArgument
    /// for a base, type or level that does not go with the parent's (pot's rules).
    void derive(std::string_view parent, PotSpec spec, Reply<PotPtr> reply, Along along = {},
                PotService::Begun unfinished = {});

    /// While used, a snapshot is not removed.
    void begin_use(const SnapshotKey& key) { ++used_[key]; }
    void end_use(const SnapshotKey& key) {
        if (--used_[key] == 0) used_.erase(key);
    }

    /// See PotService::promote.
    void promote(std::string_view pot, Reply<PotPtr> reply, Along along = {}) {
        ports_.pots.promote(pot, std::move(reply), std::move(along));
    }

    /// At start-up, before PotService::recover.
    void recover(const std::vector<Snapshot>& stored, std::map<PotId, std::uint32_t> numbers);

  private:
    [[nodiscard]] Result<PotPtr> known_pot(std::string_view name) const;
    [[nodiscard]] Result<Snapshot> pick(const Pot& pot, std::string_view snapshot) const;
    [[nodiscard]] Status check_unused(const std::vector<Snapshot>& snapshots) const;
    [[nodiscard]] Status check_take(const Pot& pot, const Taking& request) const;
    [[nodiscard]] Status check_down(const Pot& pot, bool may_run, std::string_view what) const;
    template <class T>
    void while_held(const PotPtr& pot, Reply<T> reply, std::function<void(const PotPtr&, Reply<T>)> act);
    template <class T>
    void refuse(Reply<T> reply, Error error);
    void make(const PotPtr& pot, const Taking& request, const Reply<Snapshot>& reply, const Along& along);
    void go_back(const PotPtr& pot, const GoingBack& request, const Reply<PotPtr>& reply);
    void went_back(const PotPtr& pot, const Snapshot& to, const std::vector<Snapshot>& newer,
                   const Reply<PotPtr>& reply);
    [[nodiscard]] Result<PotSpec> spec_of_clone(const Pot& source, const Cloning& request) const;
    void copy(const PotPtr& source, const Snapshot& snapshot, const Cloning& request, Reply<PotPtr> reply,
              Along along);
    /// Creates it with the snapshot kept meanwhile.
    void create_of(PotService::Source source, PotSpec spec, Reply<PotPtr> reply, Along along,
                   PotService::Begun unfinished);
    [[nodiscard]] Event purged(const Pot& pot, const std::vector<Snapshot>& gone) const;
    [[nodiscard]] Event event_of(std::string_view type, const Pot& pot, const Snapshot& snapshot) const;

    Ports ports_;
    SnapshotBook<Snapshot> book_;
    std::map<SnapshotKey, int> used_;  ///< being cloned or copied
};

}  // namespace potd::core
