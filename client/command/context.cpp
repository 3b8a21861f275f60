#include "client/command/contexts.hpp"
#include "client/command/table.hpp"
#include "client/http/endpoint.hpp"
#include "client/text/suggestion.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

namespace potd::client {
namespace {

constexpr Option context_options[] = {
    {'q', "quiet", "", "with list: print names only"},
    format_option,
};

Result<std::string> token_of(const Invocation& invocation) {
    const auto file = invocation.value("token-file");
    return file ? token_in(*file) : Result<std::string>(invocation.value("token").value_or(""));
}

/// Wherever potctl is called later.
std::string absolute(const std::optional<std::string>& file) {
    return file && !file->empty() ? std::filesystem::absolute(*file).lexically_normal().string() : "";
}

TlsFiles files_of(const Invocation& invocation) {
    return {absolute(invocation.value("cacert")), absolute(invocation.value("cert")),
            absolute(invocation.value("key"))};
}

Status add(const Invocation& invocation, const std::string& name, Contexts& contexts) {
    const auto url = invocation.required("url");
    if (!url) return url.failure();
    if (const auto endpoint = parse_endpoint(*url); !endpoint) return endpoint.failure();
    const auto token = token_of(invocation);
    if (!token) return token.failure();
    std::erase_if(contexts.all, [&](const Context& each) { return each.name == name; });
    contexts.all.push_back({name, *url, *token, files_of(invocation)});
    return Done{};
}

Status remove(const std::string& name, Contexts& contexts) {
    std::erase_if(contexts.all, [&](const Context& each) { return each.name == name; });
    if (contexts.current == name) contexts.current.clear();
    return Done{};
}

Failure unknown_context(const std::string& name) {
    Failure failure = failed("there is no context '" + name + "'", "potctl context list");
    failure.exit = exit_code::not_found;
    return failure;
}

Table table_of_contexts(const Value::Array& contexts) {
    Table table({{"CURRENT", false, false, 1},
                 {"NAME", false, false, 0},
                 {"URL", false, true, 0},
                 {"TOKEN", false, false, 2}});
    for (const auto& each : contexts) {
        table.add({each["current"].flag() ? "*" : "", each["name"].text(), each["url"].text(),
                   each["has_token"].flag() ? "yes" : ""});
    }
    return table;
}

/// Tokens are never shown.
int list(Invocation& invocation, const Contexts& contexts) {
    Value items = Value::array();
    for (const auto& context : contexts.all) {
        Value item;
        item.set("name", context.name);
        item.set("url", context.url);
        item.set("has_token", !context.token.empty());
        item.set("current", context.name == contexts.current);
        items.push(std::move(item));
    }
    Value document;
    document.set("items", std::move(items));
    return invocation.print_list(document, table_of_contexts);
}

Result<int> change(const Invocation& invocation, const std::vector<std::string>& words,
                   const std::string& path, Contexts contexts) {
    const std::string& name = words[1];
    if (words[0] != "add" && contexts.find(name) == nullptr) return unknown_context(name);
    Status done = Done{};
    if (words[0] == "add") done = add(invocation, name, contexts);
    if (words[0] == "remove") done = remove(name, contexts);
    if (words[0] == "use") contexts.current = name;
    if (!done) return done.failure();
    if (auto written = write_contexts(path, contexts); !written) return written.failure();
    return exit_code::ok;
}

Result<int> run_context(Invocation& invocation) {
    constexpr std::array<std::string_view, 4> verbs = {"add", "use", "list", "remove"};
    std::vector<std::string> words = invocation.arguments().positionals;
    if (words.empty()) words.emplace_back("list");
    if (std::find(verbs.begin(), verbs.end(), words[0]) == verbs.end())
        return usage("there is no 'context " + words[0] + "'",
                     did_you_mean(words[0], {verbs.begin(), verbs.end()}));
    const std::size_t wanted = words[0] == "list" ? 1 : 2;
    if (words.size() < wanted || (wanted == 2 && words[1].empty()))
        return usage("which context?", "potctl help context");
    if (words.size() > wanted) return usage("unexpected argument '" + words[wanted] + "'");
    const auto path = contexts_path();
    if (!path) return path.failure();
    const auto contexts = read_contexts(*path);
    if (!contexts) return contexts.failure();
    if (words[0] == "list") return list(invocation, *contexts);
    return change(invocation, words, *path, *contexts);
}

}  // namespace

const Command context_command{
    "context",
    "",
    Section::System,
    Operands::Words,
    "list | add NAME --url URL [--token TOKEN | --token-file FILE] [--cacert FILE] [--cert FILE --key FILE] "
    "| use "
    "NAME | remove NAME",
    "keep the addresses of potds, with their tokens and certificates",
    "They stand in potctl/config.yaml below XDG_CONFIG_HOME or ~/.config, which only its owner may read. use "
    "makes one "
    "the current one, which is asked unless --url, --context, POTD_URL or POTD_CONTEXT says otherwise. add "
    "replaces one of "
    "the same name. A token that is typed stands in the list of processes while potctl runs; --token-file "
    "avoids that.",
    context_options,
    run_context};

}  // namespace potd::client
