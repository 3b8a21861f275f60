#include "client/command/table.hpp"

#include <algorithm>
#include <array>

namespace potd::client {
namespace {

constexpr std::array<const Command*, 70> commands = {
    // Objects
    &create_base_command, &update_base_command, &rollback_base_command, &create_fscomp_command,
    &clone_fscomp_command, &create_private_bridge_command, &create_command, &apply_command, &edit_command,
    &clone_command, &promote_command, &destroy_command, &rename_command, &prune_command, &snapshot_command,
    &revert_command, &remove_snapshot_command, &purge_snapshots_command, &copy_in_command, &copy_out_command,
    // Running
    &run_command, &start_command, &stop_command, &restart_command, &kill_command, &signal_command,
    &pause_command, &resume_command, &exec_command, &term_command, &attach_command, &wait_command,
    // Settings
    &set_cmd_command, &set_env_command, &set_hosts_command, &set_attribute_command, &get_attribute_command,
    &set_rss_command, &set_quota_command, &set_hook_command, &set_snapshots_command, &add_dep_command,
    &remove_dep_command, &mount_in_command, &mount_out_command, &export_ports_command,
    // Inspection
    &ps_command, &list_command, &info_command, &show_command, &inspect_command, &spec_command, &logs_command,
    &runs_command, &health_command, &snapshots_command, &last_run_stats_command, &stats_command,
    &get_rss_command, &top_command, &events_command, &operations_command, &oom_command,
    // System
    &init_command, &de_init_command, &vnet_start_command, &config_command, &token_command, &audit_command,
    &system_command};

constexpr std::array<const Command*, 4> about_itself = {&context_command, &version_command, &help_command,
                                                        &completion_command};

constexpr auto every_command = [] {
    std::array<const Command*, commands.size() + about_itself.size()> joined{};
    std::copy(commands.begin(), commands.end(), joined.begin());
    std::copy(about_itself.begin(), about_itself.end(), joined.begin() + commands.size());
    return joined;
}();

constexpr std::string_view images = "images are not in this version";

constexpr std::array not_there_yet = {
    MissingCommand{"export", "images are not in this version; potctl spec prints a pot's spec"},
    MissingCommand{"import", "images are not in this version; potctl apply reads specs"},
    MissingCommand{"prepare", images},
    MissingCommand{"set-status", "the states of pots are potd's own; nobody sets them"},
    MissingCommand{"update-config", "potd keeps no pot.conf that could be out of date"},
};

constexpr std::array common = {
    Option{'h', "help", "", "explain the command"},
    Option{'v', "verbose", "", "say more where there is more to say"},
    Option{0, "url", "URL", "where potd listens, instead of POTD_URL"},
    Option{0, "context", "NAME", "the potd that potctl context keeps by this name, instead of POTD_CONTEXT",
           Completes::Contexts},
    Option{0, "token", "TOKEN", "what lets us in, instead of POTD_TOKEN"},
    Option{0, "token-file", "FILE", "its first line is the token; - is standard input", Completes::Files},
    Option{0, "cacert", "FILE",
           "the authorities to trust at https, in PEM, instead of the system's or POTD_CACERT",
           Completes::Files},
    Option{0, "cert", "FILE", "our certificate for https, in PEM, instead of POTD_CERT", Completes::Files},
    Option{0, "key", "FILE", "its key, if that is not in the same file, instead of POTD_KEY",
           Completes::Files},
    Option{0, "no-color", "", "no colours, as with NO_COLOR"},
};

bool has_alias(const Command& command, std::string_view name) {
    bool found = false;
    for_each_part(command.aliases, ' ', [&](std::string_view alias) { found = found || alias == name; });
    return found;
}

}  // namespace

std::span<const Command* const> all_commands() {
    return every_command;
}
std::span<const MissingCommand> missing_commands() {
    return not_there_yet;
}
std::span<const Option> common_options() {
    return common;
}

const Command* find_command(std::string_view name) {
    if (name == names_command.name) return &names_command;
    for (const Command* command : every_command) {
        if (command->name == name || has_alias(*command, name)) return command;
    }
    return nullptr;
}

}  // namespace potd::client
