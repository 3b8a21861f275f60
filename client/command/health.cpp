#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option health_options[] = {
    pot_option,
    {'q', "quiet", "", "say nothing: exit 0 if it is healthy, 1 if not"},
    format_option,
};

Cell verdict(const Value& check) {
    return check["healthy"].flag() ? Cell("healthy", Colour::Green) : Cell("unhealthy", Colour::Red);
}

Table table_of_checks(const Value::Array& checks) {
    Table table({{"BEGUN", false, false, 1}, {"RESULT", false, false, 0}, {"OUTPUT", false, true, 0}});
    for (const auto& check : checks) {
        table.add({check["started_at"].text(), verdict(check), check["output"].text()});
    }
    return table;
}

Result<int> run_health(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto report = invocation.api().get(pot_url(*pot, "/health"));
    if (!report) return report.failure();
    const std::string& health = (*report)["health"].text();
    if (invocation.has("quiet")) return health == "healthy" ? exit_code::ok : exit_code::failed;
    if (invocation.print_document(*report)) return exit_code::ok;
    invocation.print_line(health);
    if (!(*report)["checks"].items().empty()) invocation.print(table_of_checks((*report)["checks"].items()));
    return exit_code::ok;
}

}  // namespace

const Command health_command{"health",
                             "",
                             Section::Inspection,
                             Operands::Pot,
                             "[-p] POT [-q]",
                             "tell whether a pot works, with its last checks",
                             "none is the health of a pot without a health check in its spec.",
                             health_options,
                             run_health};

}  // namespace potd::client
