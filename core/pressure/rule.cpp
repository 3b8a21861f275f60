#include "core/pressure/rule.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>
#include <utility>

namespace potd::core {
namespace {

struct FigureWord {
    HostFigure figure;
    std::string_view word;
    bool is_percent;
};
constexpr FigureWord figure_words[] = {
    {HostFigure::MemorySome10, "memory_some_10s", true},
    {HostFigure::MemorySome60, "memory_some_60s", true},
    {HostFigure::MemoryFull10, "memory_full_10s", true},
    {HostFigure::MemoryFull60, "memory_full_60s", true},
    {HostFigure::MemoryAvailable, "memory_available", true},
    {HostFigure::SwapFree, "swap_free", true},
    {HostFigure::Refaults, "refaults", false},
    {HostFigure::StateFree, "state_free", true},
    {HostFigure::PidsFree, "pids_free", true},
};

constexpr std::pair<PressureAction, std::string_view> action_words[] = {
    {PressureAction::Warn, "warn"},
    {PressureAction::Prune, "prune"},
    {PressureAction::RefuseCreates, "refuse-creates"},
    {PressureAction::Reclaim, "reclaim"},
    {PressureAction::Freeze, "freeze"},
    {PressureAction::Stop, "stop"},
    {PressureAction::Kill, "kill"},
};

bool is_percent(HostFigure figure) {
    return figure_words[place_of(figure)].is_percent;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// The words before `separator`, which goes with them; all that is left if there is none.
std::string_view cut(std::string_view& text, std::string_view separator) {
    const auto end = text.find(separator);
    const std::string_view head = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + separator.size());
    return trimmed(head);
}

std::string known_figures() {
    std::string words;
    for (const FigureWord& one : figure_words) words += (words.empty() ? "" : ", ") + std::string(one.word);
    return words;
}

Error bad_condition(std::string_view field, std::string_view given) {
    return invalid_field(field, given, "FIGURE < BOUND or FIGURE > BOUND, then perhaps \"for 5s\"");
}

/// Digits alone, at most 15.
std::optional<std::int64_t> digits_from(std::string_view text) {
    constexpr std::size_t most = 15;
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = problem == std::errc{} && end == text.data() + text.size();
    if (!whole || text.starts_with('-') || text.size() > most) return std::nullopt;
    return number;
}

/// "12", "12.5"; from_chars of libc++ 14 knows no fractions.
std::optional<double> decimal_from(std::string_view text) {
    const auto point = text.find('.');
    const auto whole = digits_from(text.substr(0, point));
    if (!whole || point == std::string_view::npos)
        return whole ? std::optional<double>(*whole) : std::nullopt;
    const std::string_view rest = text.substr(point + 1);
    const auto fraction = digits_from(rest);
    if (!fraction) return std::nullopt;
    double scale = 1;
    for (std::size_t i = 0; i < rest.size(); ++i) scale *= 10;
    return static_cast<double>(*whole) + static_cast<double>(*fraction) / scale;
}

/// "40%", "40" of a figure that is no percentage.
std::optional<double> bound_from(std::string_view text, HostFigure figure) {
    if (is_percent(figure)) {
        if (!text.ends_with('%')) return std::nullopt;
        text = trimmed(text.substr(0, text.size() - 1));
    }
    const auto bound = decimal_from(text);
    constexpr double most_percent = 100, most = 1e12;
    if (!bound || *bound > (is_percent(figure) ? most_percent : most)) return std::nullopt;
    return bound;
}

std::string format_number(double number) {
    char digits[64];
    const auto [end, problem] = std::to_chars(std::begin(digits), std::end(digits), number);
    return problem == std::errc{} ? std::string(std::begin(digits), end) : std::string("?");
}

Result<Detector> parse_condition(std::string_view text, std::string_view field) {
    const std::string_view given = text;
    Detector detector;
    const auto sign = text.find_first_of("<>");
    if (sign == std::string_view::npos) return bad_condition(field, given);
    const std::string_view word = trimmed(text.substr(0, sign));
    const auto figure = host_figure_from(word);
    if (!figure) return invalid_field(field, word, "one of the figures " + known_figures());
    detector.figure = *figure;
    detector.above = text[sign] == '>';
    text.remove_prefix(sign + 1);
    const std::string_view bound_word = cut(text, " for ");
    const auto bound = bound_from(bound_word, *figure);
    if (!bound)
        return invalid_field(field, bound_word,
                             is_percent(*figure) ? "a percentage such as 40%" : "a number a second");
    detector.bound = *bound;
    if (trimmed(text).empty()) return detector;
    const auto lasting = parse_duration(trimmed(text), field);
    if (!lasting) return lasting.error();
    detector.lasting = *lasting;
    return detector;
}

/// What can help against a shortage of it.
bool helps(PressureAction action, PressedResource resource) {
    switch (resource) {
        case PressedResource::Memory: return is_done_to_a_pot(action) || action == PressureAction::Warn;
        case PressedResource::Disk: return !is_done_to_a_pot(action);
        case PressedResource::Pids:
            return action != PressureAction::Reclaim && action != PressureAction::Prune;
    }
    return false;
}

std::string_view resource_word(PressedResource resource) {
    switch (resource) {
        case PressedResource::Memory: return "memory";
        case PressedResource::Disk: return "disk space";
        case PressedResource::Pids: return "process numbers";
    }
    return "?";
}

Error not_in_rule(std::string_view field, std::string message) {
    Error refused = error(ErrorKind::InvalidArgument, std::move(message));
    refused.field = field;
    return refused;
}

PressureRule rule_of(std::string name, std::vector<Detector> when, std::vector<PressureAction> then,
                     milliseconds settle) {
    return {std::move(name), std::move(when), std::move(then), settle};
}

}  // namespace

std::string_view to_string(HostFigure figure) noexcept {
    return figure_words[place_of(figure)].word;
}

std::optional<HostFigure> host_figure_from(std::string_view text) noexcept {
    for (const FigureWord& one : figure_words) {
        if (one.word == text) return one.figure;
    }
    return std::nullopt;
}

std::string_view to_string(PressureAction action) noexcept {
    return action_words[static_cast<std::size_t>(action)].second;
}

std::optional<PressureAction> pressure_action_from(std::string_view text) noexcept {
    for (const auto& [action, word] : action_words) {
        if (word == text) return action;
    }
    return std::nullopt;
}

PressedResource resource_of(HostFigure figure) noexcept {
    if (figure == HostFigure::StateFree) return PressedResource::Disk;
    return figure == HostFigure::PidsFree ? PressedResource::Pids : PressedResource::Memory;
}

std::string format_detector(const Detector& detector) {
    std::string text(to_string(detector.figure));
    text += detector.above ? " > " : " < ";
    text += format_number(detector.bound);
    if (is_percent(detector.figure)) text += "%";
    if (detector.lasting.count() > 0) text += " for " + format_duration(detector.lasting);
    return text;
}

Result<std::vector<Detector>> parse_detectors(std::string_view text, std::string_view field) {
    std::vector<Detector> detectors;
    const std::string_view given = text;
    do {
        auto detector = parse_condition(cut(text, " and "), field);
        if (!detector) return std::move(detector).error();
        detectors.push_back(*detector);
    } while (!text.empty());
    if (given.ends_with(" and ")) return bad_condition(field, given);
    return detectors;
}

Result<std::vector<PressureAction>> parse_ladder(std::string_view text, std::string_view field) {
    std::vector<PressureAction> ladder;
    const std::string_view given = text;
    do {
        const std::string_view word = cut(text, ",");
        const auto action = pressure_action_from(word);
        if (!action)
            return invalid_field(field, word.empty() ? given : word,
                                 "warn, prune, refuse-creates, reclaim, freeze, stop, kill, with commas");
        ladder.push_back(*action);
    } while (!text.empty());
    return ladder;
}

Status check_rule(const PressureRule& rule) {
    if (rule.when.empty()) return not_in_rule("when", "has no condition");
    if (rule.then.empty()) return not_in_rule("do", "has no step");
    const PressedResource resource = rule.resource();
    for (const Detector& one : rule.when) {
        if (resource_of(one.figure) != resource)
            return not_in_rule("when", "speaks of " + std::string(resource_word(resource)) + " and of " +
                                           std::string(resource_word(resource_of(one.figure))) +
                                           "; expected conditions on one of them");
    }
    for (const PressureAction action : rule.then) {
        if (!helps(action, resource))
            return invalid_field("do", to_string(action),
                                 "steps against a shortage of " + std::string(resource_word(resource)));
    }
    if (std::adjacent_find(rule.then.begin(), rule.then.end(), std::greater_equal<>()) != rule.then.end())
        return not_in_rule("do", "has a step after one that is as hard; expected the milder ones first");
    constexpr milliseconds least{100};
    if (rule.settle < least)
        return invalid_field("settle", format_duration(rule.settle), "a duration of at least 100ms");
    return {};
}

std::vector<PressureRule> usual_pressure_rules() {
    using F = HostFigure;
    using A = PressureAction;
    constexpr milliseconds second{1'000};
    return {
        // Nothing is left, and nowhere to put anything: within moments the kernel would choose.
        rule_of("memory-gone", {{F::MemoryAvailable, false, 4, {}}, {F::SwapFree, false, 10, {}}}, {A::Kill},
                2 * second),
        // Little is left, and everybody waits for it.
        rule_of("memory-stalls",
                {{F::MemoryFull10, true, 40, 5 * second}, {F::MemoryAvailable, false, 15, {}}},
                {A::Reclaim, A::Freeze, A::Stop, A::Kill}, 10 * second),
        rule_of("pids-gone", {{F::PidsFree, false, 3, second}}, {A::Freeze, A::Kill}, 5 * second),
        rule_of("disk-low", {{F::StateFree, false, 5, {}}}, {A::Warn}, 600 * second),
        rule_of("disk-gone", {{F::StateFree, false, 2, {}}}, {A::RefuseCreates}, 10 * second),
    };
}

}  // namespace potd::core
