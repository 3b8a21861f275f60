#include "client/document/help.hpp"

#include "client/text/width.hpp"

namespace potd::client {
namespace {

constexpr std::size_t line_width = 78;

/// Appends words with line breaks; the first line begins where `out` ends, at column `column`.
void append_wrapped(std::string& out, std::string_view text, std::size_t column, std::size_t indent) {
    bool first = true;
    for_each_part(text, ' ', [&](std::string_view word) {
        const std::size_t width = display_width(word);
        if (!first && column + 1 + width > line_width) {
            (out += '\n').append(indent, ' ');
            column = indent;
            first = true;
        }
        if (!first) {
            out += ' ';
            ++column;
        }
        out += word;
        column += width;
        first = false;
    });
    out += '\n';
}

void append_entry(std::string& out, const std::string& head, std::string_view text, std::size_t indent) {
    out += head;
    std::size_t column = display_width(head);
    if (column + 2 > indent) {
        out += '\n';
        column = 0;
    }
    out.append(indent - column, ' ');
    append_wrapped(out, text, indent, indent);
}

std::string option_head(const Option& option) {
    std::string head = "  ";
    head += option.letter == 0 ? "    " : std::string("-") + option.letter + ", ";
    head += "--" + std::string(option.name);
    if (!option.argument.empty()) head += ' ' + std::string(option.argument);
    return head;
}

std::string option_text(const Option& option) {
    std::string text(option.text);
    if (!option.choices.empty()) text += ": " + std::string(option.choices);
    if (!option.missing.empty()) text += " (not in this version)";
    return text;
}

}  // namespace

std::string_view section_title(Section section) {
    switch (section) {
        case Section::Objects: return "Pots, bases and volumes";
        case Section::Running: return "Running";
        case Section::Settings: return "Settings";
        case Section::Inspection: return "Looking";
        case Section::System: return "potd and potctl";
    }
    return {};
}

std::string overview_help() {
    std::string out = "usage: potctl [--url URL] COMMAND [OPTION...]\n";
    std::string_view title;
    for (const Command* command : all_commands()) {
        if (section_title(command->section) != title) {
            title = section_title(command->section);
            out += '\n' + std::string(title) + '\n';
        }
        append_entry(out, "  " + std::string(command->name), command->summary, 25);
    }
    out += "\nNot in this version\n  ";
    std::string names;
    for (const auto& missing : missing_commands()) (names += missing.name) += ' ';
    append_wrapped(out, names, 2, 2);
    return out +
           "\npotctl help COMMAND explains one. POTD_URL says where potd listens;"
           " potctl context keeps several.\n";
}

std::string command_help(const Command& command) {
    std::string out = "usage: potctl " + std::string(command.name);
    if (!command.synopsis.empty()) out += ' ' + std::string(command.synopsis);
    out += "\n\n";
    append_wrapped(out, std::string(command.summary) + '.', 0, 0);
    if (!command.text.empty()) append_wrapped(out, command.text, 0, 0);
    if (!command.aliases.empty()) out += "Also called: " + std::string(command.aliases) + '\n';
    out += '\n';
    for (const Option& option : command.options)
        append_entry(out, option_head(option), option_text(option), 30);
    for (const Option& option : common_options())
        append_entry(out, option_head(option), option_text(option), 30);
    return out;
}

}  // namespace potd::client
