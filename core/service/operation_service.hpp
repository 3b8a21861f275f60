#pragma once

#include "core/model/operation.hpp"
#include "core/model/operation_ids.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/history.hpp"
#include "core/port/journal.hpp"
#include "core/service/along.hpp"
#include "core/service/pot_service.hpp"

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

/// What is remembered of operations that have ended.
struct OperationLimits {
    std::size_t kept = 1000;  ///< the newest without a key
    milliseconds max_age = std::chrono::hours(7 * 24);
    std::size_t keys = 4096;  ///< keys, the newest
    milliseconds key_age = std::chrono::hours(24);
};

struct OperationQuery {
    std::string after;  ///< exclusive; empty = from the first (ascending) or the last (descending)
    bool descending = false;
    std::optional<OperationState> state;
    std::string pot;  ///< name or id, empty = all
    std::size_t limit = 100;
    std::function<bool(const Operation&)> sees = {};  ///< one more condition; empty = none
};

/// The requests potd has accepted: each is under way, or has ended and is remembered for a while.
///
/// One with a key, or that is answered before it ends, is stored: with the transaction by which it takes
/// effect (`along`), or before that (`record`). Its end is stored without being waited for: after a crash the
/// truth about an unfinished one follows from its pot (operation_truth.hpp). All others are remembered in
/// memory alone: whoever asked waits for the answer, and learns by its absence that potd went down.
/// Loop thread only; replies come later, on the loop thread.
class OperationService {
  public:
    struct Ports {
        Journal& journal;
        Clock& clock;
        Executor& executor;
        PotService& pots;
        BaseService& bases;
        std::function<std::uint64_t()> random;
        std::function<void(const std::string&)> complain;  ///< for the log
        OperationLimits limits = {};
        /// Bytes that what it concerns is copied by now; nothing where nothing is.
        std::function<std::optional<std::int64_t>(const Operation&)> copied = {};
    };

    explicit OperationService(Ports ports);
    OperationService(const OperationService&) = delete;
    OperationService& operator=(const OperationService&) = delete;

    /// Is told of every one that ends from now on, whatever it was asked for.
    void set_on_end(std::function<void(const Operation&)> on_end) { on_end_ = std::move(on_end); }

    // Reading: from memory.
    [[nodiscard]] std::optional<Operation> find(std::string_view id) const;
    [[nodiscard]] std::vector<Operation> list(const OperationQuery& query) const;
    [[nodiscard]] static bool can_cancel(const Operation& operation) noexcept;

    /// For which operation this key was used by who asks (as Operation::asked_by), if it still counts: empty
    /// if for none, InvalidArgument (field "Idempotency-Key") if it was for another request. Everybody has
    /// keys of his own.
    [[nodiscard]] Result<std::string> used_by(const std::string& asked_by, const IdempotencyKey& key);
    /// The answer of one that has ended; NotFound if potd was killed before there was one.
    void answer_of(const std::string& id, History& history, Reply<KeptAnswer> reply) const;

    struct Asked {
        OperationKind kind = OperationKind::Start;
        std::string pot;
        std::string base;
        IdempotencyKey key = {};
        std::string volume = {};
        std::string network = {};
        std::string by = {};
    };
    /// Accepts a request; its id.
    std::string begin(Asked asked);
    void set_base(const std::string& id, std::string base);
    void set_volume(const std::string& id, std::string volume);
    void set_network(const std::string& id, std::string network);
    void set_progress(const std::string& id, OperationProgress progress);
    /// For the service that carries it out.
    [[nodiscard]] Along along(const std::string& id);
    /// The same for what undoes it: with that transaction it has failed.
    [[nodiscard]] Along along_failing(const std::string& id, const Error& why);
    /// Stores it as it is, from now on through to its end, also if it has ended by then. `promised` is what
    /// the client is told before the end. Intent: replies once it survives power loss; Observation: kill -9.
    void record(const std::string& id, Durability durability, std::optional<KeptAnswer> promised,
                Reply<void> reply);
    /// It has ended. `answer` is kept for its key, unless another was promised before. If it failed without a
    /// trace it is forgotten unless it has a key; and so is the key of one that failed for want of means.
    void end(const std::string& id, const Status& status, std::optional<KeptAnswer> answer);
    /// As if it had never been accepted.
    void forget(const std::string& id);

    using WaitId = std::uint64_t;
    /// Replies when it has ended; at once if it has. 0: it does not exist, NotFound follows.
    WaitId wait(const std::string& id, Reply<Operation> reply);
    void cancel_wait(WaitId id);

    /// From now on it can be cancelled: `cancel` makes its end come soon, as Cancelled. Empty: no more.
    void set_cancel(const std::string& id, std::function<void()> cancel);
    /// Ends a start or a restart as a stop of the pot would, the installation of a base, and the making of a
    /// pot with flavours. Replies with how it ended; Conflict for one that cannot be cancelled, or has ended.
    void cancel(const std::string& id, Reply<Operation> reply);

    /// At start-up, before PotService::recover: takes over what is stored.
    void recover(std::vector<StoredOperation> stored);
    /// After it, of an unfinished pot: what an earlier potd left of its making has failed so.
    void fail_left(const PotId& pot, const Error& why);
    /// After that: what has ended meanwhile ends; what goes on ends when its pot says so.
    void settle();

  private:
    struct Entry {
        Operation operation;
        IdempotencyKey key;
        bool stored = false;    ///< there is, or will be, a row of it
        bool answered = false;  ///< there is a KeptAnswer, in `answer` or in the store
        std::optional<KeptAnswer> answer;
        std::vector<WaitId> waits;
        std::function<void()> cancel = {};  ///< as of set_cancel
        /// By the clock that nobody sets; of one from an earlier potd, what the wall clock made of it when
        /// this one began.
        SteadyTime created = {}, ended = {};
    };
    struct Waiter {
        std::string operation;
        Reply<Operation> reply;
    };
    using KeyPlace = std::pair<std::string, std::string>;  ///< whose it is, and its text
    using Entries = std::map<std::string, Entry, std::less<>>;

    [[nodiscard]] static KeyPlace place_of(const Entry& entry);
    [[nodiscard]] Operation seen(const Entry& entry) const;
    [[nodiscard]] static bool matches(const OperationQuery& query, const Operation& operation);
    void board(const std::string& id, std::vector<Change>& changes, const Pot* next);
    void finish(Entry& entry, const Status& status);
    void store_end(Entry& entry);
    void saved(const std::string& id, const Result<std::vector<Event>>& result);
    void tell(Entry& entry);
    void look_at(const PotId& pot, const Pot* now, const Run* done);
    void settle_by(const std::string& id, const Pot* pot, const Run* done);
    void drop_key(Entry& entry);
    [[nodiscard]] SteadyTime steady_of(WallTime then) const;
    [[nodiscard]] bool is_older(SteadyTime then, milliseconds age) const;
    void trim(std::vector<Change>& changes);
    void remove(const std::string& id, std::vector<Change>& changes);
    [[nodiscard]] Status check_cancel(const Operation& operation) const;

    Ports ports_;
    std::function<void(const Operation&)> on_end_;
    OperationIds ids_;
    Entries entries_;
    std::map<KeyPlace, std::string> by_key_;
    std::set<std::string> keyed_;                             ///< ids with a key
    std::set<std::string> plain_;                             ///< ids without, that have ended
    std::map<std::string, std::set<std::string>> undecided_;  ///< by pot id: left by an earlier potd
    std::map<WaitId, Waiter> waiters_;
    WaitId next_wait_ = 1;
};

}  // namespace potd::core
