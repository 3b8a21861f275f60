#include "client/command/host_sheet.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr std::string_view no_pf = "potd never edits the machine's firewall files";
constexpr Option init_options[] = {
    {'s', "no-syslog", "", "accepted: potd leaves the system's logging alone anyway"},
    {'m', "minimal", "", "accepted: potd changes no file of the machine anyway"},
    {'p', "pf-file", "FILE", "pot's file for pf", Completes::Nothing, {}, no_pf},
    {'f', "old-pf-file", "FILE", "pot's older name of -p", Completes::Nothing, {}, no_pf},
    format_option,
};

Result<int> run_init(Invocation& invocation) {
    const auto info = invocation.api().get("/v1/info");
    if (!info) return info.failure();
    const auto ready = invocation.api().get("/v1/ready");
    if (!ready) return ready.failure();
    const auto bases = invocation.api().list("/v1/bases");
    if (!bases) return bases.failure();
    if (invocation.print_document(*info)) return exit_code::ok;
    invocation.print(host_sheet(*info));
    Sheet sheet;
    std::string names;
    for (const auto& base : (*bases)["items"].items()) names += base["name"].text() + ' ';
    sheet.add("bases",
              names.empty() ? "none (potctl create-base --host installs this machine's own)" : names);
    sheet.add("ready", "yes");
    invocation.print(sheet.text());
    return exit_code::ok;
}

}  // namespace

const Command init_command{"init",
                           "",
                           Section::System,
                           Operands::None,
                           "",
                           "check that potd is ready and print what it can do",
                           "potd needs no preparation; nothing is changed.",
                           init_options,
                           run_init};

}  // namespace potd::client
