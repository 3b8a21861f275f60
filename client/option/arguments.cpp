#include "client/option/arguments.hpp"

#include "client/text/suggestion.hpp"

namespace potd::client {
namespace {

std::string shown(const Option& option) {
    const std::string name = "--" + std::string(option.name);
    return option.letter == 0 ? name : std::string("-") + option.letter + "/" + name;
}

class Parser {
  public:
    Parser(const Command& command, const std::vector<std::string>& words)
        : command_(command), words_(words) {}

    Result<Arguments> parse() {
        while (at_ < words_.size()) {
            if (takes_command() && wants_command()) break;
            const std::string& word = words_[at_++];
            if (word == "--") {
                result_.after_dashes = true;
                break;
            }
            if (auto failure = take(word)) return *std::move(failure);
        }
        auto& rest = takes_command() ? result_.command : result_.positionals;
        rest.insert(rest.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
        if (auto failure = check_positionals()) return *std::move(failure);
        return std::move(result_);
    }

  private:
    using Problem = std::optional<Failure>;

    [[nodiscard]] bool takes_command() const {
        return command_.operands == Operands::PotThenCommand || command_.operands == Operands::Command;
    }
    /// True if the next word begins the command that shall run.
    [[nodiscard]] bool wants_command() const {
        const std::string& word = words_[at_];
        if (word.starts_with('-') && word.size() > 1) return false;
        const bool pot_is_known = result_.has("pot") || !result_.positionals.empty();
        return command_.operands == Operands::Command || pot_is_known;
    }

    Problem take(const std::string& word) {
        if (word.starts_with("--")) return take_long(std::string_view(word).substr(2));
        if (word.size() > 1 && word.front() == '-') return take_short(std::string_view(word).substr(1));
        result_.positionals.push_back(word);
        return {};
    }

    Problem take_long(std::string_view word) {
        const std::size_t equals = word.find('=');
        const std::string_view name = word.substr(0, equals);
        const Option* option = find([&](const Option& each) { return each.name == name; });
        if (option == nullptr) return unknown_long(name);
        if (equals == std::string_view::npos) return take_value(*option, std::nullopt);
        if (option->argument.empty()) return usage("--" + std::string(name) + " takes no value");
        return take_value(*option, word.substr(equals + 1));
    }

    Problem take_short(std::string_view letters) {
        while (!letters.empty()) {
            const char letter = letters.front();
            letters.remove_prefix(1);
            const Option* option = find([&](const Option& each) { return each.letter == letter; });
            if (option == nullptr) return unknown(std::string("-") + letter, {});
            if (option->argument.empty()) {
                if (auto failure = take_value(*option, std::nullopt)) return failure;
                continue;
            }
            if (letters.empty()) return take_value(*option, std::nullopt);
            return take_value(*option, letters);
        }
        return {};
    }

    Problem take_value(const Option& option, std::optional<std::string_view> attached) {
        if (!option.missing.empty()) return failed(shown(option) + ": " + std::string(option.missing));
        std::string value;
        if (attached) {
            value = *attached;
        } else if (!option.argument.empty()) {
            if (at_ == words_.size()) {
                return usage(shown(option) + " wants " + std::string(option.argument), help_hint());
            }
            value = words_[at_++];
        }
        if (auto failure = check_choice(option, value)) return failure;
        result_.options.emplace_back(option.name, std::move(value));
        return {};
    }

    static Problem check_choice(const Option& option, const std::string& value) {
        if (option.choices.empty()) return {};
        std::vector<std::string_view> choices;
        for_each_part(option.choices, '|', [&](std::string_view choice) { choices.push_back(choice); });
        for (const auto choice : choices) {
            if (choice == value) return {};
        }
        return usage(shown(option) + ": '" + value + "' is none of " + std::string(option.choices),
                     did_you_mean(value, choices));
    }

    template <class Predicate>
    const Option* find(Predicate matches) const {
        for (const Option& option : command_.options) {
            if (matches(option)) return &option;
        }
        for (const Option& option : common_options()) {
            if (matches(option)) return &option;
        }
        return nullptr;
    }

    [[nodiscard]] std::string help_hint() const { return "potctl help " + std::string(command_.name); }

    [[nodiscard]] Failure unknown(const std::string& option, const std::string& suggestion) const {
        return usage("unknown option " + option, suggestion.empty() ? help_hint() : suggestion);
    }

    [[nodiscard]] Failure unknown_long(std::string_view name) const {
        std::vector<std::string_view> names;
        for (const Option& option : command_.options) names.push_back(option.name);
        for (const Option& option : common_options()) names.push_back(option.name);
        const std::string_view found = nearest(name, names);
        return unknown("--" + std::string(name),
                       found.empty() ? "" : "did you mean --" + std::string(found) + "?");
    }

    [[nodiscard]] std::size_t most_positionals() const {
        switch (command_.operands) {
            case Operands::None:
            case Operands::Command: return 0;
            case Operands::Pot:
            case Operands::OptionalPot:
            case Operands::PotThenCommand: return 1;
            case Operands::Pots:
            case Operands::Words: break;
        }
        return words_.size();
    }

    [[nodiscard]] Problem check_positionals() const {
        if (result_.has("help")) return {};
        if (result_.positionals.size() <= most_positionals()) return {};
        return usage("unexpected argument '" + result_.positionals[most_positionals()] + "'", help_hint());
    }

    const Command& command_;
    const std::vector<std::string>& words_;
    std::size_t at_ = 0;
    Arguments result_;
};

}  // namespace

bool Arguments::has(std::string_view option) const {
    return value(option).has_value();
}

std::optional<std::string> Arguments::value(std::string_view option) const {
    std::optional<std::string> found;
    for (const auto& [name, value] : options) {
        if (name == option) found = value;
    }
    return found;
}

std::vector<std::string> Arguments::values(std::string_view option) const {
    std::vector<std::string> found;
    for (const auto& [name, value] : options) {
        if (name == option) found.push_back(value);
    }
    return found;
}

Result<Arguments> parse_arguments(const Command& command, const std::vector<std::string>& words) {
    return Parser(command, words).parse();
}

}  // namespace potd::client
