#include "core/base/bytes.hpp"
#include "core/model/attributes.hpp"
#include "core/model/flavour.hpp"
#include "core/model/names.hpp"
#include "core/model/shell_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

// The command files of flavours.

namespace potd::core {
namespace {

constexpr std::size_t most_lines = 1024;
using Words = std::vector<std::string>;

struct LineOption {
    char letter;
    std::string_view name;
    bool has_value = true;
    std::string_view missing = {};  ///< pot has it, this version not: why
};

/// What was given, by letter, in order.
using Given = std::multimap<char, std::string>;

Error bad_line(std::string why) {
    return error(ErrorKind::InvalidArgument, std::move(why));
}

/// Reads "-d X", "-dX", "--directory X" and "--directory=X"; flags may stand together.
class LineOptions {
  public:
    LineOptions(std::vector<LineOption> known, const Words& words)
        : known_(std::move(known)), words_(words) {}

    Result<Given> read() {
        while (at_ < words_.size()) {
            const std::string& word = words_[at_++];
            Status taken;
            if (word.starts_with("--") && word.size() > 2)
                taken = take_long(word.substr(2));
            else if (word.starts_with('-') && word.size() > 1)
                taken = take_short(word.substr(1));
            else
                taken = bad_line("'" + word + "' is no option of it");
            if (!taken) return std::move(taken).error();
        }
        return std::move(given_);
    }

  private:
    template <class Matches>
    const LineOption* find(Matches matches) const {
        const auto found = std::find_if(known_.begin(), known_.end(), matches);
        return found == known_.end() ? nullptr : &*found;
    }

    Status take_long(const std::string& text) {
        const std::size_t mark = text.find('=');
        const std::string name = text.substr(0, mark);
        const LineOption* option = find([&](const LineOption& one) { return one.name == name; });
        if (option == nullptr) return unknown("--" + name);
        if (mark == std::string::npos) return take(*option, std::nullopt);
        if (!option->has_value) return bad_line("--" + name + " takes no value");
        return take(*option, text.substr(mark + 1));
    }

    Status take_short(const std::string& letters) {
        for (std::size_t i = 0; i < letters.size(); ++i) {
            const char letter = letters[i];
            const LineOption* option = find([&](const LineOption& one) { return one.letter == letter; });
            if (option == nullptr) return unknown(std::string("-") + letter);
            const bool rest = option->has_value && i + 1 < letters.size();
            if (Status taken = take(*option, rest ? std::optional(letters.substr(i + 1)) : std::nullopt);
                !taken || option->has_value)
                return taken;
        }
        return {};
    }

    Status take(const LineOption& option, std::optional<std::string> value) {
        const std::string name = std::string("-") + option.letter;
        if (!option.missing.empty())
            return error(ErrorKind::Unsupported, name + ": " + std::string(option.missing));
        if (option.has_value && !value) {
            if (at_ == words_.size()) return bad_line(name + " wants a value");
            value = words_[at_++];
        }
        given_.emplace(option.letter, std::move(value).value_or(""));
        return {};
    }

    static Status unknown(const std::string& option) {
        if (option == "-p" || option == "--pot") return bad_line(option + ": it is always the new pot");
        return bad_line("it has no option " + option);
    }

    std::vector<LineOption> known_;
    const Words& words_;
    std::size_t at_ = 0;
    Given given_;
};

/// The value that was given last; an error if there is none.
Result<std::string> value_of(const Given& given, char letter) {
    const auto [first, last] = given.equal_range(letter);
    if (first == last) return bad_line(std::string("-") + letter + " is needed");
    return std::prev(last)->second;
}

struct Reading {
    std::size_t line = 0;
    FlavourCommands& commands;

    void edit(std::function<Status(PotSpec&)> apply) const {
        commands.edits.push_back({line, std::move(apply)});
    }
};

Status read_add_dep(const Words& words, const Reading& to) {
    const auto given = LineOptions({{'P', "depends-on"}}, words).read();
    if (!given) return given.error();
    const auto other = value_of(*given, 'P');
    if (!other) return other.error();
    to.edit([other = *other](PotSpec& spec) -> Status {
        const auto& names = spec.depends_on;
        if (std::find(names.begin(), names.end(), other) == names.end()) spec.depends_on.push_back(other);
        return {};
    });
    return {};
}

Status read_set_attribute(const Words& words, const Reading& to) {
    const auto given = LineOptions({{'A', "attribute"}, {'V', "value"}}, words).read();
    if (!given) return given.error();
    const auto name = value_of(*given, 'A');
    const auto value = value_of(*given, 'V');
    if (!name) return name.error();
    if (!value) return value.error();
    to.edit([name = *name, value = *value](PotSpec& spec) { return apply_attribute(name, value, spec); });
    return {};
}

Status read_set_env(const Words& words, const Reading& to) {
    const auto given = LineOptions({{'E', "env"}}, words).read();
    if (!given) return given.error();
    if (given->empty()) return bad_line("-E is needed");
    std::vector<EnvVar> env;
    for (const auto& [letter, pair] : *given) {
        const std::size_t mark = pair.find('=');
        if (mark == std::string::npos) return bad_line("-E: '" + pair + "' is not VAR=VALUE");
        std::string name = pair.substr(0, mark);
        std::erase_if(env, [&](const EnvVar& one) { return one.name == name; });
        env.push_back({std::move(name), pair.substr(mark + 1)});
    }
    // As in pot: the whole list.
    to.edit([env = std::move(env)](PotSpec& spec) -> Status {
        spec.env = env;
        return {};
    });
    return {};
}

Status read_set_rss(const Words& words, const Reading& to) {
    const auto given = LineOptions({{'M', "memory"}, {'C', "cpu-count"}}, words).read();
    if (!given) return given.error();
    const bool memory = given->contains('M'), count = given->contains('C');
    if (!memory && !count) return bad_line("one of -M and -C is needed");
    Limits wanted;
    if (memory) {
        const auto bytes = parse_bytes(*value_of(*given, 'M'), "-M");
        if (!bytes) return bytes.error();
        wanted.memory = *bytes;
    }
    if (count) {
        const std::string text = *value_of(*given, 'C');
        const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), wanted.cpu_count);
        if (bad != std::errc{} || end != text.data() + text.size() || wanted.cpu_count < 1)
            return bad_line("-C: '" + text + "' is not a number of CPUs");
    }
    to.edit([wanted, memory, count](PotSpec& spec) -> Status {
        if (memory) spec.limits.memory = wanted.memory;
        if (count) {
            spec.limits.cpu_count = wanted.cpu_count;
            spec.limits.cpuset.clear();
        }
        return {};
    });
    return {};
}

Status read_mount_in(const Words& words, const Reading& to) {
    const auto given =
        LineOptions(
            {{'f', "fscomp"},
             {'d', "directory"},
             {'m', "mount-point"},
             {'r', "read-only", false},
             {'z', "dataset"},
             {'w', "remount", false, "potd does not move the mount point of a dataset; -z alone shows it"}},
            words)
            .read();
    if (!given) return given.error();
    using Kind = MountSpec::Kind;
    constexpr std::array<std::pair<char, Kind>, 3> sources{
        {{'f', Kind::Volume}, {'d', Kind::Directory}, {'z', Kind::Dataset}}};
    const auto is_given = [&](const auto& source) { return given->contains(source.first); };
    if (std::count_if(sources.begin(), sources.end(), is_given) != 1)
        return bad_line("one of -f, -d and -z is needed");
    const auto source = std::find_if(sources.begin(), sources.end(), is_given);
    const auto target = value_of(*given, 'm');
    if (!target) return target.error();
    MountSpec mount;
    mount.kind = source->second;
    mount.source = *value_of(*given, source->first);
    mount.target = *target;
    mount.read_only = given->contains('r');
    to.edit([mount](PotSpec& spec) -> Status {
        spec.mounts.push_back(mount);
        return {};
    });
    return {};
}

Status read_export_ports(const Words& words, const Reading& to) {
    const auto given = LineOptions({{'e', "port"}}, words).read();
    if (!given) return given.error();
    if (given->empty()) return bad_line("-e is needed");
    std::vector<PublishedPort> ports;
    for (const auto& [letter, text] : *given) {
        auto port = parse_published_port(text, "-e");
        if (!port) return std::move(port).error();
        ports.push_back(*port);
    }
    // As in pot: the whole list.
    to.edit([ports = std::move(ports)](PotSpec& spec) -> Status {
        spec.ports = ports;
        return {};
    });
    return {};
}

/// Of copy-in-flv: nothing leads out of the flavour's directory.
Status check_source(const std::string& source, bool is_beside) {
    if (!is_beside && !source.starts_with('/'))
        return bad_line("-s: '" + source +
                        "' is no absolute path; what stands beside the flavour is for copy-in-flv");
    if (is_beside && source.starts_with('/'))
        return bad_line("-s: '" + source + "' is no path relative to the flavour's directory");
    const bool leaves = ("/" + source + "/").find("/../") != std::string::npos;
    return is_beside && leaves ? bad_line("-s: '" + source + "' leads out of the flavour's directory")
                               : Status();
}

Status read_copy(const Words& words, bool is_beside, const Reading& to) {
    const auto given =
        LineOptions(
            {{'s', "source"}, {'d', "destination"}, {'c', "create-parents", false}, {'F', "force", false}},
            words)
            .read();
    if (!given) return given.error();
    const auto source = value_of(*given, 's');
    const auto destination = value_of(*given, 'd');
    if (!source) return source.error();
    if (!destination) return destination.error();
    if (Status usable = check_source(*source, is_beside); !usable) return usable;
    if (!destination->starts_with('/') || destination->find('\0') != std::string::npos)
        return bad_line("-d: '" + *destination + "' is no absolute path inside the pot");
    to.commands.copies.push_back(
        {to.line, is_beside ? "/" + *source : *source, is_beside, *destination, given->contains('c')});
    return {};
}

/// What follows -c is the command, with or without quotes around all of it.
Status read_set_cmd(std::string_view rest, const Reading& to) {
    auto words = split_words(rest);
    if (!words) return std::move(words).error();
    if (words->empty() || (words->front() != "-c" && words->front() != "--cmd"))
        return bad_line("-c COMMAND is needed");
    words->erase(words->begin());
    if (words->size() == 1) words = split_words(Words(*words).front());
    if (!words) return std::move(words).error();
    if (words->empty()) return bad_line("-c: the command is empty");
    to.edit([command = *std::move(words)](PotSpec& spec) -> Status {
        spec.command = command;
        return {};
    });
    return {};
}

Status read_command(std::string_view text, const Reading& to) {
    const std::size_t end = text.find_first_of(" \t\r");
    const std::string_view verb = text.substr(0, end);
    const std::string_view rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
    if (verb == "set-cmd") return read_set_cmd(rest, to);
    const auto words = split_words(rest);
    if (!words) return words.error();
    if (verb == "add-dep") return read_add_dep(*words, to);
    if (verb == "set-attribute") return read_set_attribute(*words, to);
    if (verb == "set-env") return read_set_env(*words, to);
    if (verb == "set-rss") return read_set_rss(*words, to);
    if (verb == "mount-in") return read_mount_in(*words, to);
    if (verb == "export-ports") return read_export_ports(*words, to);
    if (verb == "copy-in") return read_copy(*words, false, to);
    if (verb == "copy-in-flv") return read_copy(*words, true, to);
    return bad_line(
        "not allowed in a flavour; there are: add-dep set-attribute copy-in copy-in-flv mount-in "
        "set-rss export-ports set-cmd set-env");
}

std::string_view without_blanks(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

Result<FlavourCommands> parse_flavour(std::string_view text, std::string_view file) {
    if (!is_text(text)) return bad_line(std::string(file) + ": is no text; a script is called NAME.sh");
    FlavourCommands commands;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::string where = std::string(file) + ":" + std::to_string(line);
        if (line > most_lines)
            return bad_line(where + ": more than " + std::to_string(most_lines) + " lines");
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view command = without_blanks(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (command.empty() || command.starts_with('#')) continue;
        if (Status read = read_command(command, {line, commands}); !read) {
            const std::string_view verb = command.substr(0, command.find_first_of(" \t"));
            return std::move(read).error().in(verb.substr(0, 40)).in(where);
        }
    }
    return commands;
}

}  // namespace potd::core
