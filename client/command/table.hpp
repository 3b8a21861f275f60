#pragma once

#include "client/command/invocation.hpp"
#include "client/option/command.hpp"

namespace potd::client {

// One object a verb, each defined in the file of its name.
extern const Command init_command, de_init_command, create_base_command, update_base_command,
    rollback_base_command, create_command, destroy_command, rename_command, prune_command, clone_command,
    create_fscomp_command, clone_fscomp_command, create_private_bridge_command, promote_command,
    snapshot_command, revert_command, remove_snapshot_command, purge_snapshots_command, copy_in_command,
    copy_out_command, apply_command, edit_command;
extern const Command start_command, stop_command, restart_command, kill_command, signal_command,
    pause_command, resume_command, run_command, exec_command, term_command, attach_command, wait_command;
extern const Command set_attribute_command, get_attribute_command, set_cmd_command, set_env_command,
    set_hosts_command, set_rss_command, set_quota_command, set_hook_command, set_snapshots_command,
    add_dep_command, remove_dep_command, mount_in_command, mount_out_command, export_ports_command;
extern const Command ps_command, list_command, info_command, show_command, inspect_command, spec_command,
    logs_command, runs_command, health_command, snapshots_command, last_run_stats_command, stats_command,
    get_rss_command, top_command, events_command, operations_command, oom_command;
extern const Command vnet_start_command, config_command, token_command, audit_command, system_command,
    version_command, help_command, completion_command, context_command, names_command;

}  // namespace potd::client
