#include "core/service/dependents_down.hpp"

#include <algorithm>
#include <utility>

namespace potd::core {
namespace {

bool needs(const Pot& pot, const std::string& name) {
    const auto& on = pot.spec.depends_on;
    return std::find(on.begin(), on.end(), name) != on.end();
}

}  // namespace

DependentsDown::DependentsDown(Supervisor& supervisor, Dependencies& dependencies, std::string name)
    : supervisor_(supervisor), dependencies_(dependencies), name_(std::move(name)) {}

void DependentsDown::begin(Done done) {
    done_ = std::move(done);
    waiting_ = dependencies_.live_above(name_);
    // Nobody may come up again on top of one that has not gone down yet.
    dependencies_.hold_back(name_);
    for (const PotPtr& pot : waiting_) dependencies_.hold_back(pot->spec.name);
    ask_next();
}

void DependentsDown::let_up() {
    for (const PotPtr& pot : std::exchange(waiting_, {})) dependencies_.release(pot->spec.name);
    dependencies_.release(name_);
}

bool DependentsDown::has_others_above(const PotPtr& pot) const {
    const auto above = [&](const PotPtr& other) { return needs(*other, pot->spec.name); };
    return std::any_of(waiting_.begin(), waiting_.end(), above) ||
           std::any_of(going_down_.begin(), going_down_.end(), above);
}

void DependentsDown::ask_next() {
    std::vector<PotPtr> next;
    if (outcome_) {
        for (const PotPtr& pot : waiting_) {
            if (!has_others_above(pot)) next.push_back(pot);
        }
    }
    for (const PotPtr& pot : next) ask(pot);
    const bool over = going_down_.empty() && (waiting_.empty() || !outcome_);
    if (over) std::exchange(done_, {})(outcome_, shared_from_this());
}

void DependentsDown::ask(const PotPtr& pot) {
    std::erase(waiting_, pot);
    going_down_.push_back(pot);
    supervisor_.request(
        pot->id, [](RequestId request) { return StepAsideAsked{request}; },
        [self = shared_from_this(), pot](const Result<PotPtr>& result) { self->answered(pot, result); });
}

void DependentsDown::answered(const PotPtr& pot, const Result<PotPtr>& result) {
    std::erase(going_down_, pot);
    dependencies_.release(pot->spec.name);
    const bool gone = !result && result.error().kind == ErrorKind::NotFound;
    if (!result && !gone && outcome_) outcome_ = Error(result.error()).in("dependent pot " + pot->spec.name);
    ask_next();
}

}  // namespace potd::core
