#include "client/command/contexts.hpp"
#include "client/command/invocation.hpp"
#include "client/document/help.hpp"
#include "client/text/suggestion.hpp"

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace potd::client {
namespace {

constexpr std::string_view version_text = POTCTL_VERSION;

int report(std::string_view what, const Failure& failure) {
    Sink(STDERR_FILENO).write(error_line(what, failure) + '\n');
    return failure.exit;
}

/// Prints what nobody has to be asked for.
int print(std::string_view what, std::string_view text) {
    Sink out(STDOUT_FILENO);
    out.write(text);
    if (out.error() == 0) return exit_code::ok;
    if (out.error() == EPIPE) return exit_code::failed;
    return report(what, output_failure(out.error()));
}

/// A stream that is closed would be the number of the next descriptor: of the connection to potd. What stands
/// in for it fails as it does; of standard error nobody wants to know.
void keep_streams_apart() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest number that is free is this one.
        static_cast<void>(::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY));
    }
}

int unknown_command(const std::string& name) {
    for (const auto& missing : missing_commands()) {
        if (missing.name == name) return report(name, failed(std::string(missing.why)));
    }
    std::vector<std::string_view> names;
    for (const Command* command : all_commands()) {
        names.push_back(command->name);
        for_each_part(command->aliases, ' ', [&](std::string_view alias) { names.push_back(alias); });
    }
    std::string hint = did_you_mean(name, names);
    if (hint.empty()) hint = "potctl help lists the commands";
    return report(name, usage("unknown command", hint));
}

int finish(const Invocation& invocation, int exit) {
    const int error = invocation.out().error();
    if (error == 0 || exit != exit_code::ok) return exit;
    if (error == EPIPE) return exit_code::failed;
    return report(invocation.command().name, output_failure(error));
}

/// Those that ask nobody work whatever the contexts say.
bool asks_potd(const Command& command) {
    return command.name != "help" && command.name != "completion" && command.name != "context";
}

/// What stands behind the command wins over what stands before it.
Result<Api> open_api(const Command& command, const Arguments& arguments, Typed typed) {
    if (!asks_potd(command)) return Api(Endpoint{}, {});
    if (arguments.has("url")) typed.url = arguments.value("url");
    if (arguments.has("token")) typed.token = arguments.value("token");
    if (arguments.has("cacert")) typed.cacert = arguments.value("cacert");
    if (arguments.has("cert")) typed.cert = arguments.value("cert");
    if (arguments.has("key")) typed.key = arguments.value("key");
    if (const auto file = arguments.has("token-file") ? arguments.value("token-file") : typed.token_file) {
        auto token = token_in(*file);
        if (!token) return token.failure();
        typed.token = std::move(*token);
    }
    if (arguments.has("context")) {
        typed.context = arguments.value("context");
        if (!arguments.has("url")) typed.url.reset();
    }
    const auto context = choose_context(typed);
    if (!context) return context.failure();
    auto endpoint = parse_endpoint(context->url);
    if (!endpoint) return endpoint.failure();
    if (auto may = check_token(*endpoint, context->token); !may) return may.failure();
    endpoint->files = context->files;
    return Api(*endpoint, context->token);
}

void leave_out_colours() {
    ::setenv("NO_COLOR", "1", 1);  // NOLINT(concurrency-mt-unsafe): one thread
}

int run_command(const Command& command, const std::vector<std::string>& words, const Typed& typed) {
    auto arguments = parse_arguments(command, words);
    if (!arguments) return report(command.name, arguments.failure());
    if (arguments->has("help")) {
        return print(command.name, command_help(command));
    }
    if (arguments->has("no-color")) leave_out_colours();
    auto api = open_api(command, *arguments, typed);
    if (!api) return report(command.name, api.failure());
    Invocation invocation(command, std::move(*arguments), std::move(*api));
    const auto exit = command.run(invocation);
    if (exit) return finish(invocation, *exit);
    const auto pot = invocation.optional_pot();
    const bool names_pot = pot && !pot->empty() && exit.failure().exit != exit_code::usage;
    return report(std::string(command.name) + (names_pot ? " " + *pot : ""), exit.failure());
}

/// What stands before the command: --url and its like, --help, --version.
struct Leading {
    Typed typed;
    bool help = false;
    bool version = false;
    std::size_t command_at = 0;
};

/// The value of `--name VALUE` or `--name=VALUE` at `at`, which is moved on to its last word.
std::optional<std::string> leading_value(const std::vector<std::string>& words, std::size_t& at,
                                         const std::string& name) {
    const std::string& word = words[at];
    if (word == name && at + 1 < words.size()) return words[++at];
    if (word.starts_with(name + '=')) return word.substr(name.size() + 1);
    return {};
}

/// True if it is one of them.
bool take_leading(const std::vector<std::string>& words, std::size_t& at, Typed& typed) {
    for (const auto& [name, into] :
         {std::pair("--url", &typed.url), std::pair("--context", &typed.context),
          std::pair("--token", &typed.token), std::pair("--token-file", &typed.token_file),
          std::pair("--cacert", &typed.cacert), std::pair("--cert", &typed.cert),
          std::pair("--key", &typed.key)}) {
        auto value = leading_value(words, at, name);
        if (!value) continue;
        *into = std::move(value);
        return true;
    }
    return false;
}

Result<Leading> parse_leading(const std::vector<std::string>& words) {
    Leading leading;
    std::size_t& at = leading.command_at;
    for (; at < words.size() && words[at].starts_with('-'); ++at) {
        const std::string& word = words[at];
        if (word == "-h" || word == "--help") {
            leading.help = true;
        } else if (word == "--version") {
            leading.version = true;
        } else if (word == "--no-color") {
            leave_out_colours();
        } else if (take_leading(words, at, leading.typed)) {
            continue;
        } else if (word != "-v" && word != "--verbose") {
            return usage("unknown option " + word, "options of a command stand behind it");
        }
    }
    return leading;
}

int run(const std::vector<std::string>& words) {
    const auto leading = parse_leading(words);
    if (!leading) return report("", leading.failure());
    if (leading->version) {
        return print("", "potctl " + std::string(version_text) + '\n');
    }
    const bool alone = leading->command_at == words.size();
    if (leading->help) return print("", overview_help());
    if (alone) {
        Sink(STDERR_FILENO).write(overview_help());
        return exit_code::usage;
    }
    const auto rest = words.begin() + static_cast<std::ptrdiff_t>(leading->command_at);
    if (*rest == "__man") {
        return print("", manual_page());
    }
    const Command* command = find_command(*rest);
    if (command == nullptr) return unknown_command(*rest);
    return run_command(*command, {rest + 1, words.end()}, leading->typed);
}

}  // namespace
}  // namespace potd::client

int main(int argc, char** argv) {
    try {
        potd::client::keep_streams_apart();
        return potd::client::run({argv + (argc > 0 ? 1 : 0), argv + argc});
    } catch (const std::exception& error) {
        return potd::client::report("", potd::client::failed(error.what()));
    }
}
