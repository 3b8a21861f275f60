#include "client/command/async.hpp"
#include "client/command/flavours.hpp"
#include "client/command/table.hpp"
#include "client/text/decimal.hpp"

#include <string>

namespace potd::client {
namespace {

constexpr Option update_base_options[] = {
    {'b', "base", "BASE", "which one", Completes::Bases},
    {'f', "flavour", "FLAVOUR", "what is applied, by name or path; may be repeated"},
    {'q', "quiet", "", "print neither what the flavours print nor the new revision"},
    async_option,
};

constexpr Option rollback_base_options[] = {
    {'b', "base", "BASE", "which one", Completes::Bases},
    {'n', "revision", "NUMBER", "the revision that new pots are to get"},
    {'q', "quiet", "", "say nothing unless it fails"},
};

Result<int> tell_revision(Invocation& invocation, const Result<Value>& base) {
    if (!base) return base.failure();
    print_operation(invocation, *base);
    const auto revision = (*base)["revision"].integer();
    if (revision && !invocation.has("quiet")) invocation.print_line("revision " + std::to_string(*revision));
    return exit_code::ok;
}

std::string base_url_of(const std::string& base, std::string_view verb) {
    return "/v1/bases/" + url_escape(base) + std::string(verb);
}

Result<int> run_update_base(Invocation& invocation) {
    const auto base = invocation.required("base");
    if (!base) return base.failure();
    Value body = Value::object();
    set_flavours(invocation.arguments(), body);
    prefer_async(invocation);
    const std::string target = base_url_of(*base, "/update");
    return tell_revision(invocation, invocation.has("async") ? invocation.api().post(target, body)
                                                             : post_followed(invocation, target, body));
}

Result<int> run_rollback_base(Invocation& invocation) {
    const auto base = invocation.required("base");
    if (!base) return base.failure();
    const auto revision = invocation.required("revision");
    if (!revision) return revision.failure();
    const auto number = whole_number(*revision);
    if (!number || *number < 1) return usage("-n is the number of a revision");
    Value body = Value::object();
    body.set("revision", *number);
    return tell_revision(invocation, invocation.api().post(base_url_of(*base, "/rollback"), body));
}

}  // namespace

const Command update_base_command{"update-base",
                                  "",
                                  Section::Objects,
                                  Operands::None,
                                  "-b BASE [-f FLAVOUR]... [-q] [--async]",
                                  "apply flavours to a base and give new pots what comes of it",
                                  "Without -f the system's own: debian-update, on FreeBSD fbsd-update. They "
                                  "are applied to the base pot, after a "
                                  "snapshot of it; the files then become the base's next revision. Pots that "
                                  "are there stay on the revision they "
                                  "were made on. If it fails everything is as before.",
                                  update_base_options,
                                  run_update_base};

const Command rollback_base_command{"rollback-base",
                                    "",
                                    Section::Objects,
                                    Operands::None,
                                    "-b BASE -n REVISION [-q]",
                                    "give new pots another revision of a base",
                                    "One that is still there; info -b BASE lists them.",
                                    rollback_base_options,
                                    run_rollback_base};

}  // namespace potd::client
