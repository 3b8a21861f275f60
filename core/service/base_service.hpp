#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "core/port/journal.hpp"
#include "core/service/along.hpp"
#include "core/service/event_feed.hpp"

#include <functional>
#include <map>
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

    /// Conflict if the name is taken or being installed.
    /// `along` here and below goes into the transaction by which the request takes effect.
    void install(BaseRequest request, BaseStore::Progress progress, Reply<Base> reply, Along along = {});
    /// The name it will have.
    [[nodiscard]] static std::string name_of(const BaseRequest& request);
    /// Whoever asked for it gets Cancelled, unless it is whole by then.
    void cancel_install(std::string_view name) { store_.cancel(name); }
    /// Conflict (naming up to five of them) while pots use it.
    void remove(std::string_view name, Reply<void> reply, Along along = {});

    /// While held, a base cannot be removed: a pot is being made of it.
    void hold(const std::string& name) { ++held_[name]; }
    void let_go(const std::string& name);

    /// The pots that use a base; given by PotService.
    using Users = std::function<std::vector<std::string>(std::string_view base)>;
    void set_users(Users users) { users_ = std::move(users); }

    /// At start-up, before PotService::recover.
    [[nodiscard]] Status recover(std::vector<Base> stored);

  private:
    [[nodiscard]] Status check_removable(std::string_view name) const;
    void store(const Base& base, const Reply<Base>& reply, const Along& along);
    void forget(const Base& base, const Reply<void>& reply, const Along& along);

    Journal& journal_;
    BaseStore& store_;
    Clock& clock_;
    Executor& executor_;
    EventFeed& feed_;
    std::map<std::string, Base, std::less<>> bases_;
    std::set<std::string, std::less<>> busy_;  ///< names being installed or removed
    std::map<std::string, int, std::less<>> held_;
    Users users_;
};

}  // namespace potd::core
