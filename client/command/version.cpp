#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option version_options[] = {
    {'q', "quiet", "", "print potctl's number only"},
    format_option,
};

Result<int> run_version(Invocation& invocation) {
    if (invocation.has("quiet")) {
        invocation.print_line(POTCTL_VERSION);
        return exit_code::ok;
    }
    const auto info = invocation.api().get("/v1/info");
    Value versions;
    versions.set("potctl", POTCTL_VERSION);
    versions.set("potd", info ? (*info)["version"] : Value());
    versions.set("api", info ? (*info)["api"] : Value());
    if (invocation.print_document(versions)) return exit_code::ok;
    Sheet sheet;
    sheet.add("potctl", POTCTL_VERSION);
    sheet.add("potd", info ? (*info)["version"].text() : "does not answer");
    invocation.print(sheet.text());
    return exit_code::ok;
}

}  // namespace

const Command version_command{"version",
                              "",
                              Section::System,
                              Operands::None,
                              "[-q]",
                              "print the versions of potctl and potd",
                              "",
                              version_options,
                              run_version};

}  // namespace potd::client
