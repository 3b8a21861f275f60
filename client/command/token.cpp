#include "client/command/table.hpp"
#include "client/output/yaml_text.hpp"
#include "client/text/suggestion.hpp"

#include <string>

namespace potd::client {
namespace {

constexpr Option token_options[] = {
    {0, "role", "ROLE", "with create: what it may; viewer if not given", Completes::Nothing,
     "viewer|operator|developer|admin"},
    {0, "selector", "LABELS", "with create: only pots with all of these labels, as in team=web,tier"},
    {0, "expires", "TIME", "with create: after so long (720h), or at that time; never if not given"},
    {'q', "quiet", "", "with create: print the secret alone; with list: print names only"},
    format_option,
};

std::string token_url(const std::string& name) {
    return "/v1/tokens/" + url_escape(name);
}

Result<int> create_token(Invocation& invocation, const std::string& name) {
    Value request = Value::object();
    request.set("name", name);
    request.set("role", invocation.value("role").value_or("viewer"));
    for (const char* field : {"selector", "expires"}) {
        if (const auto value = invocation.value(field)) request.set(field, *value);
    }
    const auto made = invocation.api().post("/v1/tokens", request);
    if (!made) return made.failure();
    if (invocation.print_document(*made)) return exit_code::ok;
    invocation.print_line((*made)["secret"].text());
    if (!invocation.has("quiet")) invocation.note("this is shown once; POTD_TOKEN holds it for potctl");
    return exit_code::ok;
}

Result<int> list_tokens(Invocation& invocation) {
    const auto list = invocation.api().list("/v1/tokens");
    if (!list) return list.failure();
    return invocation.print_list(*list, [](const Value::Array& tokens) {
        Table table({{"TOKEN", false, false, 0},
                     {"ROLE", false, false, 0},
                     {"LABELS", false, true, 1},
                     {"EXPIRES", false, false, 0},
                     {"USED", false, false, 2},
                     {"MADE BY", false, true, 3}});
        for (const auto& each : tokens) {
            const bool expired = each["expired"].flag();
            table.add({each["name"].text(), each["role"].text(), each["selector"].text(),
                       Cell{each["expires_at"].text(), expired ? Colour::Red : Colour::None},
                       each["used_at"].text(), each["created_by"].text()});
        }
        return table;
    });
}

/// As YAML where nothing else is asked for: it is one object.
Result<int> show_token(Invocation& invocation, const std::string& name) {
    const auto token = invocation.api().get(token_url(name));
    if (!token) return token.failure();
    if (!invocation.print_document(*token)) invocation.print(yaml_text(*token));
    return exit_code::ok;
}

Result<int> run_token(Invocation& invocation) {
    const auto& words = invocation.arguments().positionals;
    if (words.empty()) return usage("create, list, show or revoke?", "potctl help token");
    const bool is_list = words[0] == "list";
    if (!is_list && words[0] != "create" && words[0] != "show" && words[0] != "revoke")
        return usage("there is no 'token " + words[0] + "'",
                     did_you_mean(words[0], {"create", "list", "show", "revoke"}));
    const std::size_t wanted = is_list ? 1 : 2;
    if (words.size() < wanted) return usage("the name of the token is missing");
    if (words.size() > wanted) return usage("unexpected argument '" + words[wanted] + "'");
    if (is_list) return list_tokens(invocation);
    if (words[0] == "create") return create_token(invocation, words[1]);
    if (words[0] == "show") return show_token(invocation, words[1]);
    const auto gone = invocation.api().remove(token_url(words[1]));
    if (!gone) return gone.failure();
    return exit_code::ok;
}

}  // namespace

const Command token_command{"token",
                            "",
                            Section::System,
                            Operands::Words,
                            "create NAME | list | show NAME | revoke NAME",
                            "make, list, show and revoke the tokens by which potd knows clients",
                            "create prints the secret, which potd shows this once and does not keep. Whoever "
                            "has it has the role, on pots "
                            "with these labels if there are some, whatever his user may at the socket: "
                            "potctl takes it from POTD_TOKEN. A "
                            "token that was revoked lets nobody in from then on.",
                            token_options,
                            run_token};

}  // namespace potd::client
