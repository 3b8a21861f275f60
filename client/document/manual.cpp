#include "client/document/help.hpp"
namespace potd::client {
namespace {

/// Text as roff takes it literally.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '\\': out += "\\e"; break;
            case '-': out += "\\-"; break;
            case '\'': out += "\\(aq"; break;
            case '`': out += "\\(ga"; break;
            case '^': out += "\\(ha"; break;
            case '~': out += "\\(ti"; break;
            default: out += c;
        }
    }
    // A full stop at a line's beginning would be a request.
    return out.starts_with('.') ? "\\&" + out : out;
}

/// Sentences on lines of their own, as mdoc wants them.
std::string sentences(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = text.find(". ");
        out += roff(text.substr(0, end == std::string_view::npos ? end : end + 1)) + '\n';
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    }
    return out;
}

/// One argument of a macro: quoted, so that no word of it is taken for another macro.
std::string argument(std::string_view text) {
    std::string out = "\"";
    for (const char c : roff(text)) {
        if (c == '"') {
            out += "\\(dq";
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string option_item(const Option& option) {
    std::string out = ".It ";
    const std::string value = option.argument.empty() ? "" : " Ar " + argument(option.argument);
    if (option.letter != 0) out += std::string("Fl ") + option.letter + " , ";
    out += "Fl Fl " + std::string(option.name) + value + '\n';
    std::string text(option.text);
    if (!text.empty())
        text.front() = static_cast<char>(text.front() >= 'a' ? text.front() - 'a' + 'A' : text.front());
    if (!option.choices.empty()) text += " (" + std::string(option.choices) + ")";
    out += roff(text) + ".\n";
    if (!option.missing.empty()) out += "Not in this version.\n";
    return out;
}

std::string options_list(std::span<const Option> options) {
    if (options.empty()) return {};
    std::string out = ".Bl -tag -width indent\n";
    for (const Option& option : options) out += option_item(option);
    return out + ".El\n";
}

std::string command_section(const Command& command) {
    std::string out = ".It Ic " + std::string(command.name);
    if (!command.synopsis.empty()) out += " No " + argument(command.synopsis);
    out += '\n';
    std::string summary(command.summary);
    summary.front() = static_cast<char>(
        summary.front() >= 'a' && summary.front() <= 'z' ? summary.front() - 'a' + 'A' : summary.front());
    out += roff(summary) + ".\n" + sentences(command.text);
    if (!command.aliases.empty()) out += "Also called " + roff(command.aliases) + ".\n";
    return out + options_list(command.options);
}

constexpr std::string_view manual_head =
    ".Dd November 22, 2026\n.Dt POTCTL 1\n.Os\n.Sh NAME\n.Nm potctl\n.Nd run and manage pots\n"
    ".Sh SYNOPSIS\n.Nm\n.Op Fl Fl url Ar URL\n.Ar command\n.Op Ar option ...\n"
    ".Sh DESCRIPTION\n.Nm\nasks\n.Xr potd 8\nto create, run, change and show pots.\n"
    "A pot is a jail on FreeBSD and a set of namespaces and control groups on Linux.\n"
    "The commands are those of pot, with the same options, and some of their own.\n"
    "Short options may be joined and may carry their value; long ones take it behind an equals sign or as "
    "the next "
    "word.\nWhere a command wants a pot, its name may stand alone or behind\n.Fl p .\n"
    "Two dashes end the options.\n"
    "Listings are cut to the width of the terminal; JSON and YAML are what potd answered.\n"
    "Characters that a terminal would act on are shown as escapes.\n"
    ".Pp\nEvery command understands these options:\n";

constexpr std::string_view tail =
    ".Sh ENVIRONMENT\n.Bl -tag -width POTD_TOKEN\n"
    ".It Ev POTD_URL\nWhere potd listens: a socket's path, unix:///path or https://host:port.\n"
    ".It Ev POTD_CONTEXT\nThe context to use, if\n.Ev POTD_URL\nis not set.\n"
    ".It Ev POTD_TOKEN\nA token to show to potd, unless the context has one.\n"
    ".It Ev POTD_CACERT\nThe authorities to trust at https, as\n.Fl Fl cacert\nsays.\n"
    ".It Ev POTD_CERT , POTD_KEY\nOur certificate for https and its key.\n"
    ".It Ev VISUAL , EDITOR\nWhat\n.Ic edit\nruns.\n"
    ".It Ev COLUMNS\nThe width of tables, instead of the terminal's.\n"
    ".It Ev NO_COLOR\nIf it is not empty, tables have no colours.\n.El\n"
    ".Sh FILES\n.Bl -tag -width indent\n.It Pa /run/potd/potd.sock\n"
    "The socket of potd on Linux, unless something else is said.\n"
    ".It Pa /var/run/potd/potd.sock\nThe same on FreeBSD.\n"
    ".It Pa ~/.config/potctl/config.yaml\nThe contexts, with their tokens; below\n.Ev XDG_CONFIG_HOME\nif "
    "that is "
    "set.\n.El\n"
    ".Sh EXIT STATUS\n.Bl -tag -width indent -compact\n.It 0\nall is well\n.It 1\nit failed\n"
    ".It 2\nthe command line or a value in it is wrong\n.It 3\nthere is no such pot or base\n"
    ".It 4\nits state, or another request, forbids it\n.It 5\npotd does not answer\n.It 6\nwith\n.Ic apply "
    "Fl Fl dry-run :\nsomething would "
    "change\n.El\n"
    ".Pp\n.Ic run , exec , term\nand\n.Ic attach\nexit with the command's own status: 128 plus the signal if "
    "one ended "
    "it, 127 if there is no such command, 126 if it may not be run.\n"
    ".Sh EXAMPLES\n.Bd -literal -offset indent\n"
    "potctl create-base -r bookworm\n"
    "potctl create -p web -b bookworm -t single -- /usr/bin/python3 -m http.server\n"
    "potctl start web\npotctl exec -p web -- cat /etc/debian_version\npotctl logs -f web\n"
    "potctl run --rm -b host -- sh -c 'echo hello; exit 7'\n.Ed\n"
    ".Sh SEE ALSO\n.Xr potd.yaml 5 ,\n.Xr potd 8 ,\n.Xr potmon 8\n";

}  // namespace

std::string manual_page() {
    std::string out(manual_head);
    out += options_list(common_options());
    out += ".Sh COMMANDS\n";
    std::string_view title;
    for (const Command* command : all_commands()) {
        if (section_title(command->section) != title) {
            if (!title.empty()) out += ".El\n";
            title = section_title(command->section);
            out += ".Ss " + std::string(title) + "\n.Bl -tag -width indent\n";
        }
        out += command_section(*command);
    }
    out += ".El\n";
    return out + std::string(tail);
}

}  // namespace potd::client
