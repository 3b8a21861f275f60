#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"
#include "core/model/pot.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "core/port/journal.hpp"
#include "core/service/along.hpp"
#include "core/service/base_pot.hpp"
#include "core/service/event_feed.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// The use cases of bases. Loop thread only; replies come later, on the loop thread.
class BaseService {
  public:
    BaseService(Journal& journal, BaseStore& store, Clock& clock, Executor& executor, EventFeed& feed);

    [[nodiscard]] const Base* find(std::string_view name) const;
    [[nodiscard]] std::vector<Base> list() const;

    /// Conflict if the name is taken or being installed. With `pot` its base pot (base_pot_name) is made with
    /// it, of that spec but for its name, base, type and level; both are there afterwards or neither.
    /// `along` here and below goes into the transaction by which the request takes effect.
    void install(BaseRequest request, BaseStore::Progress progress, Reply<Base> reply, Along along = {},
                 std::optional<PotSpec> pot = {});
    /// What install would say of the name.
    [[nodiscard]] Status check_new(const std::string& name) const;
    /// The name it will have.
    [[nodiscard]] static std::string name_of(const BaseRequest& request);
    /// Whoever asked for it gets Cancelled, unless it is whole by then.
    void cancel_install(std::string_view name);
    /// With its base pot, which needs `force` if it is live. Conflict (naming up to five of them) while other
    /// pots use it.
    void remove(std::string_view name, bool force, const Reply<void>& reply, const Along& along = {});

    /// While held, a base cannot be removed: a pot is being made of it.
    void hold(const std::string& name) { ++held_[name]; }
    void let_go(const std::string& name);

    /// The pots on a base; the function is given by PotService.
    struct User {
        std::string pot;
        std::uint32_t revision = 1;
    };
    using Users = std::function<std::vector<User>(std::string_view base)>;
    void set_users(Users users) { users_ = std::move(users); }
    /// But for its base pot.
    [[nodiscard]] std::vector<std::string> users(std::string_view name) const;
    /// All on one of its revisions.
    [[nodiscard]] std::vector<std::string> users(std::string_view name, std::uint32_t revision) const;

    // Revisions (base_revisions.cpp)

    /// What the pot lies on.
    [[nodiscard]] Result<Base> ground_of(const Pot& pot) const;
    /// While it is being changed a base is not removed, and not changed by others. NotFound, Conflict.
    [[nodiscard]] Status begin_change(std::string_view name);
    void end_change(const std::string& name);
    /// Makes the tree of its next revision, which nobody knows of before `recorded`. For who changes the
    /// base.
    void build_revision(const std::string& name, BaseRequest request, BaseStore::Progress progress,
                        Reply<Base> reply);
    /// For the transaction by which new pots get it.
    [[nodiscard]] Along recording(const Base& made);
    void recorded(const Base& made);
    /// There will be none.
    void drop_revision(const Base& made);
    /// New pots get this one again. NotFound (field "revision").
    void roll_back(const std::string& name, std::uint32_t revision, Reply<Base> reply,
                   const Along& along = {});
    /// Revisions go that are neither the one that new pots get, nor the one before, and that no pot lies on.
    void collect(const std::string& name);

    void set_pots(BasePots pots) { pots_ = std::move(pots); }
    /// Asked before a base is installed; its error is the answer.
    void set_room(std::function<Status()> room) { room_ = std::move(room); }
    /// Whether it is the pot that was made with its base.
    [[nodiscard]] bool is_base_pot(const PotSpec& pot) const;

    /// At start-up, before PotService::recover.
    [[nodiscard]] Status recover(std::vector<Base> stored);
    /// After it: removals that a crash has cut are brought to an end, revisions that nobody needs go.
    void settle(Reply<void> reply);

  private:
    using NewPot = std::shared_ptr<NewBasePot>;

    [[nodiscard]] Status check_removable(std::string_view name) const;
    [[nodiscard]] Result<NewPot> reserve_pot(const std::string& base, std::optional<PotSpec> spec) const;
    void make_pot(Base base, const NewPot& pot, const Reply<Base>& reply, const Along& along);
    void store(const Base& base, const NewPot& pot, const Reply<Base>& reply, const Along& along);
    void stored(const Base& base, const NewPot& pot, const std::vector<Event>& events);
    void undo(const Base& base, const NewPot& pot, const Reply<Base>& reply, Error cause);
    void remove_with_pot(const Base& base, bool force, const Reply<void>& reply, const Along& along);
    void forget(const Base& base, const Reply<void>& reply, const Along& along);
    void drop(const Base& base, const Reply<void>& reply);
    [[nodiscard]] Event revision_event(std::string_view type, const Base& base) const;

    Journal& journal_;
    BaseStore& store_;
    Clock& clock_;
    Executor& executor_;
    EventFeed& feed_;
    std::map<std::string, Base, std::less<>> bases_;
    std::set<std::string, std::less<>> busy_;      ///< names being installed or removed
    std::set<std::string, std::less<>> changing_;  ///< see begin_change
    std::map<std::string, int, std::less<>> held_;
    std::map<std::string, NewPot, std::less<>> making_;  ///< base pots, by their bases
    Users users_;
    BasePots pots_;
    std::function<Status()> room_;
};

}  // namespace potd::core
