#include "core/pressure/judge.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace potd::core {
namespace {

bool is_beyond(const Detector& detector, std::optional<double> value) {
    if (!value) return false;
    return detector.above ? *value > detector.bound : *value < detector.bound;
}

bool ends_a_pot(PressureAction action) {
    return action == PressureAction::Stop || action == PressureAction::Kill;
}

/// In steps, so that a few pages more or less do not outweigh how fast a pot grows.
std::int64_t excess_steps(const PotLoad& pot, std::int64_t memory_total) {
    constexpr std::int64_t parts = 64, least_step = 1 << 20;
    const std::int64_t excess = std::max<std::int64_t>(0, pot.working_set - pot.soft_limit);
    return excess / std::max(memory_total / parts, least_step);
}

/// Smaller goes first.
auto giving_way_key(const PotLoad& pot, PressedResource resource, std::int64_t memory_total) {
    const std::int64_t size = resource == PressedResource::Pids ? pot.pids : excess_steps(pot, memory_total);
    return std::make_tuple(pot.priority, -size, -pot.growth, -pot.working_set);
}

/// It has had this already, or cannot have it.
bool is_vain(PressureAction action, const PotLoad& pot) {
    if (pot.is_ending) return action != PressureAction::Kill;
    return action == PressureAction::Freeze && pot.is_paused;
}

bool is_worth_it(const PotLoad& pot, PressedResource resource, const PressureSettings& settings) {
    return resource == PressedResource::Pids ? pot.pids >= settings.least_pids
                                             : pot.working_set >= settings.least_memory;
}

/// One call of judge(), rule by rule.
class Judging {
  public:
    Judging(const PressureSettings& settings, PressureMemory memory, const PressureView& view)
        : settings_(settings), view_(view) {
        verdict_.memory = std::move(memory);
        verdict_.memory.rules.resize(settings.rules.size());
    }

    PressureVerdict run() && {
        for (std::size_t i = 0; i < settings_.rules.size(); ++i)
            follow(settings_.rules[i], verdict_.memory.rules[i]);
        thaw();
        return std::move(verdict_);
    }

  private:
    using OfRule = PressureMemory::OfRule;

    void follow(const PressureRule& rule, OfRule& memory) {
        notice(rule, memory);
        if (memory.holds) act(rule, memory);
        if (!memory.holds && !memory.quiet_since) return;
        const bool refuses = has_done(rule, memory, PressureAction::RefuseCreates);
        if (refuses && verdict_.refuse_creates.empty()) verdict_.refuse_creates = refusal(rule);
    }

    /// Whether the rule holds, and whether its episode is over.
    void notice(const PressureRule& rule, OfRule& memory) {
        memory.beyond_since.resize(rule.when.size());
        bool all = true;
        for (std::size_t i = 0; i < rule.when.size(); ++i) {
            std::optional<SteadyTime>& since = memory.beyond_since[i];
            if (!is_beyond(rule.when[i], value_of(rule.when[i])))
                since.reset();
            else if (!since)
                since = view_.at;
            all = all && since && !(view_.at < since->plus(rule.when[i].lasting));
        }
        const bool held = std::exchange(memory.holds, all);
        if (all) memory.quiet_since.reset();
        if (held && !all) memory.quiet_since = view_.at;
        if (memory.quiet_since && !(view_.at < memory.quiet_since->plus(rule.settle))) {
            memory.quiet_since.reset();
            memory.host_steps = 0;
            memory.pot_steps.clear();
        }
    }

    void act(const PressureRule& rule, OfRule& memory) {
        if (memory.acted_at && view_.at < memory.acted_at->plus(rule.settle)) return;
        if (const std::size_t hosts = host_steps_of(rule); memory.host_steps < hosts)
            return do_to_host(rule, memory);
        do_to_a_pot(rule, memory);
    }

    void do_to_host(const PressureRule& rule, OfRule& memory) {
        const PressureAction action = rule.then[memory.host_steps++];
        memory.acted_at = view_.at;
        verdict_.steps.push_back(step_of(rule, memory, action));
    }

    void do_to_a_pot(const PressureRule& rule, OfRule& memory) {
        const std::vector<PotLoad> order = candidates(rule);
        for (auto pot = order.begin(); pot != order.end(); ++pot) {
            const std::optional<std::size_t> step = next_step(rule, memory, *pot);
            if (!step) continue;
            const PressureAction action = rule.then[*step];
            // The lowest priority first: nobody behind it is taken for want of time.
            if (ends_a_pot(action) && too_soon()) return;
            memory.pot_steps[pot->id] = *step - host_steps_of(rule) + 1;
            return begin(rule, memory, action, {pot, order.end()});
        }
    }

    /// The place in the ladder; none if the pot is at its end, or is ended by somebody else.
    static std::optional<std::size_t> next_step(const PressureRule& rule, const OfRule& memory,
                                                const PotLoad& pot) {
        const auto known = memory.pot_steps.find(pot.id);
        if (known == memory.pot_steps.end() && pot.is_ending) return std::nullopt;
        std::size_t step = host_steps_of(rule) + (known == memory.pot_steps.end() ? 0 : known->second);
        while (step < rule.then.size() && is_vain(rule.then[step], pot)) ++step;
        return step < rule.then.size() ? std::optional(step) : std::nullopt;
    }

    /// `order` begins with the pot it is done to.
    void begin(const PressureRule& rule, OfRule& memory, PressureAction action, std::vector<PotLoad> order) {
        PressureStep step = step_of(rule, memory, action);
        step.pot = order.front();
        constexpr std::size_t most_named = 4;
        step.next.assign(order.begin() + 1,
                         order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), most_named)));
        memory.acted_at = view_.at;
        if (ends_a_pot(action)) verdict_.memory.no_end_before = view_.at.plus(rule.settle);
        taken_.push_back(order.front().id);
        verdict_.steps.push_back(std::move(step));
    }

    /// Those that a rule has frozen go on once it is over, also those whose end has failed.
    void thaw() {
        for (const PotLoad& pot : view_.pots) {
            if (pot.frozen_by.empty() || !pot.is_paused) continue;
            if (is_taken(pot.id) || is_under_way(pot.frozen_by)) continue;
            PressureStep step;
            step.what = PressureStep::What::Thaw;
            step.rule = pot.frozen_by;
            step.pot = pot;
            verdict_.steps.push_back(std::move(step));
        }
    }

    [[nodiscard]] bool is_under_way(const std::string& rule) const {
        for (std::size_t i = 0; i < settings_.rules.size(); ++i) {
            const OfRule& memory = verdict_.memory.rules[i];
            if (settings_.rules[i].name == rule) return memory.holds || memory.quiet_since.has_value();
        }
        return false;
    }

    [[nodiscard]] std::vector<PotLoad> candidates(const PressureRule& rule) const {
        std::vector<PotLoad> pots;
        for (const PotLoad& pot : view_.pots) {
            // Of one pot no two rules want something at once.
            if (!pot.is_protected && !is_taken(pot.id) && is_worth_it(pot, rule.resource(), settings_))
                pots.push_back(pot);
        }
        return in_order_of_giving_way(std::move(pots), rule.resource(), view_.memory_total);
    }

    [[nodiscard]] PressureStep step_of(const PressureRule& rule, const OfRule& memory,
                                       PressureAction action) const {
        PressureStep step;
        step.rule = rule.name;
        step.action = action;
        for (std::size_t i = 0; i < rule.when.size(); ++i)
            step.readings.push_back({rule.when[i], value_of(rule.when[i]).value_or(0),
                                     milliseconds(view_.at.ms - memory.beyond_since[i]->ms)});
        return step;
    }

    [[nodiscard]] std::string refusal(const PressureRule& rule) const {
        std::string text = "rule " + rule.name + " holds:";
        for (const Detector& one : rule.when) text += " " + format_detector(one) + ",";
        text.pop_back();
        return text;
    }

    [[nodiscard]] std::optional<double> value_of(const Detector& detector) const {
        return view_.host[place_of(detector.figure)];
    }
    [[nodiscard]] bool is_taken(const PotId& id) const {
        return std::find(taken_.begin(), taken_.end(), id) != taken_.end();
    }
    [[nodiscard]] bool too_soon() const {
        return verdict_.memory.no_end_before && view_.at < *verdict_.memory.no_end_before;
    }
    static std::size_t host_steps_of(const PressureRule& rule) {
        return static_cast<std::size_t>(std::count_if(
            rule.then.begin(), rule.then.end(), [](PressureAction one) { return !is_done_to_a_pot(one); }));
    }
    static bool has_done(const PressureRule& rule, const OfRule& memory, PressureAction action) {
        const auto end = rule.then.begin() + static_cast<std::ptrdiff_t>(memory.host_steps);
        return std::find(rule.then.begin(), end, action) != end;
    }

    const PressureSettings& settings_;
    const PressureView& view_;
    PressureVerdict verdict_;
    std::vector<PotId> taken_;  ///< something is done to them by this call
};

}  // namespace

PressureVerdict judge(const PressureSettings& settings, PressureMemory memory, const PressureView& view) {
    return Judging(settings, std::move(memory), view).run();
}

bool wants_pots(const PressureSettings& settings, const HostFigures& host) {
    const auto may_hold = [&](const PressureRule& rule) {
        return std::all_of(rule.when.begin(), rule.when.end(),
                           [&](const Detector& one) { return is_beyond(one, host[place_of(one.figure)]); });
    };
    return std::any_of(settings.rules.begin(), settings.rules.end(), may_hold);
}

std::vector<PotLoad> in_order_of_giving_way(std::vector<PotLoad> pots, PressedResource resource,
                                            std::int64_t memory_total) {
    std::sort(pots.begin(), pots.end(), [&](const PotLoad& a, const PotLoad& b) {
        const auto key_a = giving_way_key(a, resource, memory_total);
        const auto key_b = giving_way_key(b, resource, memory_total);
        return key_a != key_b ? key_a < key_b : a.name < b.name;
    });
    return pots;
}

}  // namespace potd::core
