#include "client/command/limit_options.hpp"
#include "client/command/spec_options.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr std::array own_set_rss_options = {
    pot_option,
    Option{'M', "memory", "SIZE", "most memory, for instance 256M"},
    Option{'C', "cpu-count", "NUMBER", "on so many CPUs, which potd chooses"},
};
constexpr auto set_rss_options = joined(own_set_rss_options, limit_options);

Result<int> run_set_rss(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    Value limits;
    if (auto read = limits_from_options(invocation.arguments(), limits, true); !read) return read.failure();
    if (limits.is_null()) return usage("no limit is given: -M, -C or another one", "potctl help set-rss");
    Value patch;
    patch.set("limits", std::move(limits));
    const auto changed = invocation.api().patch(pot_url(*pot), patch);
    if (!changed) return changed.failure();
    return exit_code::ok;
}

}  // namespace

const Command set_rss_command{
    "set-rss",
    "",
    Section::Settings,
    Operands::Pot,
    "[-p] POT [-M SIZE] [-C NUMBER] [--LIMIT VALUE]...",
    "limit what a pot uses",
    "Holds at once, also while the pot runs. The value none takes a limit back. Several "
    "--io are all the devices that are bounded from then on.",
    set_rss_options,
    run_set_rss};

}  // namespace potd::client
