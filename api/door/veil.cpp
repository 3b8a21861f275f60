#include "api/door/veil.hpp"

#include "api/convert/spec_json.hpp"
#include "api/door/scope.hpp"
#include "core/service/exec_probe.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

namespace potd::api {
namespace {

constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

/// Whether somebody knows a name anyway, which stands in quotes or not.
using Knows = std::function<bool(std::string_view name, bool is_quoted)>;

/// The next word that may be a name; `rest` becomes what follows it, `before` what stood in front.
std::string_view take_word(std::string_view& rest, std::string_view& before) {
    const std::size_t start = std::min(rest.find_first_of(name_characters), rest.size());
    before = rest.substr(0, start);
    rest.remove_prefix(start);
    std::string_view word = rest.substr(0, rest.find_first_not_of(name_characters));
    // A full stop after a name is not its own.
    while (word.ends_with('.')) word.remove_suffix(1);
    if (word.empty()) word = rest.substr(0, 1);
    rest.remove_prefix(std::min(word.size(), rest.size()));
    return word;
}

template <class Function>
void for_each_word(std::string_view text, const Function& function) {
    std::string_view before;
    while (!text.empty()) {
        if (const std::string_view word = take_word(text, before); !word.empty()) function(word);
    }
}

bool has_word(std::string_view text, std::string_view word) {
    bool found = false;
    for_each_word(text, [&](std::string_view one) { found = found || one == word; });
    return found;
}

/// Whether it says that what comes next is a pot.
bool announces_pot(std::string_view text) {
    constexpr std::array<std::string_view, 4> announcements{"pot ", "depends on ", "-> ", "clones: "};
    return std::any_of(announcements.begin(), announcements.end(),
                       [&](std::string_view one) { return text.ends_with(one); });
}

/// Whether nothing but the name of a pot can come next, be it there any more or not.
bool announces_name(std::string_view text) {
    constexpr std::array<std::string_view, 6> announcements{"depends on ", "-> ",       "dependent pot ",
                                                            "by pot ",     "into pot ", "address of pot "};
    return std::any_of(announcements.begin(), announcements.end(),
                       [&](std::string_view one) { return text.ends_with(one); });
}

/// A text as it is told to one who has a label selector.
class Telling {
  public:
    Telling(const core::Principal& who, const core::PotService& pots, Knows knows)
        : who_(who), pots_(pots), knows_(std::move(knows)) {}

    [[nodiscard]] std::string operator()(std::string_view rest) const {
        std::string told;
        while (!rest.empty()) {
            std::string_view before;
            const std::string_view word = take_word(rest, before);
            told += before;
            if (!is_hidden(word, told)) {
                told += word;
                continue;
            }
            if (add_instead(told)) rest = without_cause(rest);
        }
        return told;
    }

  private:
    [[nodiscard]] bool is_hidden(std::string_view word, std::string_view told) const {
        if (word.empty() || told.ends_with('/')) return false;  // of a path
        const core::PotPtr pot = pots_.find(word);
        if (!pot) return announces_name(told) && word != "it";
        if (who_.sees(pot->spec.labels)) return false;
        return announces_pot(told) || !knows_ || !knows_(word, told.ends_with('\''));
    }

    /// Appends what stands for a name: "pot web" becomes "another pot". Whether the text said that it is a
    /// pot.
    static bool add_instead(std::string& told) {
        constexpr std::string_view kind = "pot ";
        const bool is_told = announces_pot(told);
        if (told.ends_with(kind)) told.resize(told.size() - kind.size());
        told += "another pot";
        return is_told;
    }

    /// Why another one failed may say what it is.
    static std::string_view without_cause(std::string_view rest) {
        constexpr std::string_view failed = ", which did not come up";
        if (rest.starts_with(": ")) return {};
        if (rest.starts_with(failed)) return failed;
        return rest;
    }

    const core::Principal& who_;
    const core::PotService& pots_;
    Knows knows_;
};

/// What a pot is, apart from what it depends on.
std::string own_text(const core::Pot& pot) {
    core::PotSpec own = pot.spec;
    own.depends_on.clear();
    return encode_spec(own);
}

void veil_text(const core::Principal& who, const core::PotService& pots, std::string_view pot,
               std::optional<std::string>& text) {
    if (text) text = veiled_text(who, pots, pot, *text);
}

bool hides_text(const core::Principal& who, const core::PotService& pots, const core::Pot& pot,
                const std::string& text) {
    return !text.empty() && veiled_text(who, pots, pot.id.text, text) != text;
}

bool hides_of(const core::Principal& who, const core::PotService& pots, const core::Pot& pot,
              const core::Run& run) {
    if (run.end && hides_text(who, pots, pot, run.end->reason)) return true;
    return std::any_of(run.hooks.begin(), run.hooks.end(), [&](const core::HookRecord& hook) {
        return hook.end && hides_text(who, pots, pot, hook.end->problem);
    });
}

bool hides_pots(const core::Principal& who, const core::PotService& pots, const core::Pot& pot) {
    const core::PotSpec& shown = pot.unfinished ? pot.unfinished->spec : pot.spec;
    const bool needs_hidden = std::any_of(shown.depends_on.begin(), shown.depends_on.end(),
                                          [&](const auto& name) { return !sees_pot(who, pots, name); });
    if (needs_hidden || (pot.origin && !sees_pot_id(who, pots, pot.origin->key.pot.text))) return true;
    return hides_text(who, pots, pot, pot.last_error) || (pot.run && hides_of(who, pots, pot, *pot.run));
}

}  // namespace

OwnWords own_words(const core::Principal& who, const core::PotService& pots, const Request& request) {
    constexpr std::size_t most = std::size_t{64} * 1024;  // who says more is told "another pot"
    OwnWords own;
    const auto look_in = [&](std::string_view text) {
        for_each_word(text, [&](std::string_view word) {
            const core::PotPtr pot = pots.find(word);
            if (pot && !who.sees(pot->spec.labels)) own.emplace(word);
        });
    };
    look_in(percent_decode(request.path).value_or(""));
    look_in(percent_decode(request.query).value_or(""));
    look_in(request.body.substr(0, most));
    return own;
}

core::Error veiled(const core::Principal& who, const core::PotService& pots, core::Error error,
                   const OwnWords& own) {
    if (!who.is_scoped()) return error;
    error.message = Telling(who, pots, [&own](std::string_view name, bool is_quoted) {
        return is_quoted && own.contains(name);
    })(error.message);
    return error;
}

core::Operation veiled(const core::Principal& who, const core::PotService& pots, core::Operation operation) {
    if (!operation.error || !who.is_scoped()) return operation;
    const bool is_his = operation.asked_by == core::identity_of(who);
    operation.error->message = Telling(who, pots, [is_his](std::string_view /*name*/, bool is_quoted) {
        return is_his && is_quoted;
    })(operation.error->message);
    return operation;
}

std::string veiled_text(const core::Principal& who, const core::PotService& pots, std::string_view pot,
                        const std::string& text) {
    if (!who.is_scoped()) return text;
    return Telling(who, pots, [&](std::string_view name, bool /*is_quoted*/) {
        const core::PotPtr about = pots.find(pot);
        return about && has_word(own_text(*about), name);
    })(text);
}

bool reads_no_output(const core::Principal& who) {
    return who.grant.role < core::Role::Operator;
}

void veil(const core::Principal& who, const core::PotService& pots, std::string_view pot, wire::Run& run) {
    if (who.is_scoped()) {
        veil_text(who, pots, pot, run.reason);
        for (wire::HookRun& hook : run.hooks) veil_text(who, pots, pot, hook.problem);
    }
    if (!reads_no_output(who)) return;
    for (wire::HookRun& hook : run.hooks) hook.output.reset();
}

void veil(const core::Principal& who, wire::HealthReport& report) {
    if (!reads_no_output(who)) return;
    for (wire::HealthCheck& check : report.checks) check.output.clear();
}

void veil(const core::Principal& who, const core::PotService& pots, wire::Pot& pot) {
    if (pot.run) veil(who, pots, pot.id, *pot.run);
    if (who.is_scoped()) {
        veil_text(who, pots, pot.id, pot.last_error);
        if (pot.origin && !sees_pot_id(who, pots, pot.origin->pot_id)) pot.origin.reset();
        std::erase_if(pot.spec.depends_on, [&](const auto& name) { return !sees_pot(who, pots, name); });
    }
    if (reads_no_output(who) && pot.last_error)
        pot.last_error = core::without_output(*std::move(pot.last_error));
}

bool needs_veil(const core::Principal& who, const core::PotService& pots, const core::Pot& pot) {
    if (reads_no_output(who) && (!pot.last_error.empty() || (pot.run && !pot.run->hooks.empty())))
        return true;
    return who.is_scoped() && hides_pots(who, pots, pot);
}

}  // namespace potd::api
