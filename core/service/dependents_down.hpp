#pragma once

#include "core/service/dependencies.hpp"
#include "core/service/supervisor.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// Takes down what is up on top of a pot that is about to be restarted, those that nobody depends on first;
/// each of them comes up again by itself once what it depends on is up, also after a crash of potd. Loop
/// thread; lives as long as its replies need it.
class DependentsDown : public std::enable_shared_from_this<DependentsDown> {
  public:
    using Done = std::function<void(const Status&, const std::shared_ptr<DependentsDown>&)>;

    DependentsDown(Supervisor& supervisor, Dependencies& dependencies, std::string name);

    /// Once. Says so when nothing of them is left, or with the first error; those not yet asked stay up then.
    void begin(Done done);
    /// After that, when the pot is up again or will not be: until then all of them wait.
    void let_up();

  private:
    void ask_next();
    void ask(const PotPtr& pot);
    void answered(const PotPtr& pot, const Result<PotPtr>& result);
    [[nodiscard]] bool has_others_above(const PotPtr& pot) const;

    Supervisor& supervisor_;
    Dependencies& dependencies_;
    std::string name_;                ///< of the pot
    std::vector<PotPtr> waiting_;     ///< that still have others above them
    std::vector<PotPtr> going_down_;  ///< that have been asked
    Status outcome_;
    Done done_;
};

}  // namespace potd::core
