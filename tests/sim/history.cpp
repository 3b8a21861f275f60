#include "tests/sim/history.hpp"

#include "tests/sim/judge.hpp"
#include "tests/sim/world.hpp"

#include <algorithm>

namespace potd::sim {

std::optional<std::string> play(const Choices& choices,
                                const std::function<void(const std::string&)>& listener) {
    Judge judge;
    judge.listen(listener);
    World world(judge);
    for (const Choice& choice : choices) {
        judge.note([&] { return describe(choice); });
        world.step(choice);
        if (judge.breach()) return judge.breach();
    }
    world.finish();
    return judge.breach();
}

namespace {

/// The history without `count` steps from `first` on.
Choices without(const Choices& choices, std::size_t first, std::size_t count) {
    Choices rest(choices.begin(), choices.begin() + static_cast<std::ptrdiff_t>(first));
    const std::size_t next = std::min(first + count, choices.size());
    rest.insert(rest.end(), choices.begin() + static_cast<std::ptrdiff_t>(next), choices.end());
    return rest;
}

/// The invariant's number, so that a history is not shortened into one of another breach.
std::string invariant_of(const std::optional<std::string>& breach) {
    return breach ? breach->substr(0, breach->find(':')) : std::string();
}

/// Takes out pieces of this size, from the end backwards; true if any could go.
bool drop_pieces(Choices& choices, const std::string& invariant, std::size_t size, int& tries) {
    bool dropped = false;
    for (std::size_t end = choices.size(); end > 0 && tries > 0; end -= std::min(end, size)) {
        --tries;
        const std::size_t first = end - std::min(end, size);
        Choices shorter = without(choices, first, end - first);
        if (invariant_of(play(shorter)) != invariant) continue;
        choices = std::move(shorter);
        dropped = true;
    }
    return dropped;
}

}  // namespace

Choices shrink(Choices choices) {
    int tries = 3000;
    const std::string invariant = invariant_of(play(choices));
    for (std::size_t size = std::max<std::size_t>(choices.size() / 2, 1);;) {
        const bool dropped = drop_pieces(choices, invariant, size, tries);
        if (tries == 0 || (size == 1 && !dropped)) return choices;
        if (size > 1) size /= 2;
    }
}

std::optional<Found> search(const Range& range, const std::function<bool()>& stop, std::uint64_t& played) {
    for (std::uint64_t seed = range.first; seed < range.end && !stop(); seed += range.stride) {
        if (auto breach = play(make_choices(seed, range.steps))) return Found{seed, *std::move(breach)};
        ++played;
    }
    return std::nullopt;
}

}  // namespace potd::sim
