#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"
#include "core/port/clock.hpp"
#include "core/port/file_system.hpp"
#include "core/port/journal.hpp"
#include "core/service/event_feed.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// The use cases of bases. Loop thread only.
class BaseService {
  public:
    BaseService(Journal& journal, BaseStore& store, Clock& clock, EventFeed& feed);

    [[nodiscard]] const Base* find(std::string_view name) const;
    [[nodiscard]] std::vector<Base> list() const;

    /// Conflict if the name is taken or being installed.
    void install(BaseRequest request, BaseStore::Progress progress, Reply<Base> reply);
    /// Conflict (naming up to five of them) while pots use it.
    void remove(std::string_view name, Reply<void> reply);

    /// Who uses a base; set by PotService at construction.
    void set_users(std::function<std::vector<std::string>(std::string_view base)> users) { users_ = std::move(users); }

    /// At start-up, before PotService::recover.
    [[nodiscard]] Status recover(std::vector<Base> stored);

  private:
    void installed(Base base, Reply<Base> reply);
    void removed(const Base& base, Reply<void> reply);

    Journal& journal_;
    BaseStore& store_;
    Clock& clock_;
    EventFeed& feed_;
    std::map<std::string, Base, std::less<>> bases_;
    std::set<std::string, std::less<>> busy_;  ///< names being installed or removed
    std::function<std::vector<std::string>(std::string_view)> users_;
};

}  // namespace potd::core
