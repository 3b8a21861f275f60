#include "daemon/platform/freebsd/jail_runtime.hpp"

#include "daemon/platform/freebsd/host_probe.hpp"
#include "daemon/platform/freebsd/jail_kernel.hpp"
#include "daemon/platform/freebsd/memory_file.hpp"
#include "daemon/platform/freebsd/movable_links.hpp"
#include "daemon/platform/freebsd/process_table.hpp"
#include "daemon/platform/freebsd/pure/freebsd_release.hpp"
#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "daemon/platform/freebsd/root_names.hpp"
#include "daemon/platform/posix/archive_pack.hpp"
#include "daemon/platform/posix/safe_path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr core::milliseconds freeze_patience{10'000};

std::string_view as_text(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_file(int file) {
    struct stat about {};
    return ::fstat(file, &about) == 0 && S_ISREG(about.st_mode) && !shows_the_kernel(file);
}

/// The beginning of a file in the pot's root; empty if it is not there, or is something else that a pot has
/// put in its place.
std::string head_of(int root, const char* path, std::size_t size) {
    const auto file = open_in_root(root, path, {O_RDONLY | O_NONBLOCK | O_NOCTTY});
    if (!file || !is_file(file->get())) return {};
    std::string head(size, '\0');
    const ssize_t got = ::read(file->get(), head.data(), head.size());
    head.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return head;
}

/// Where the host's own files are shown there is nothing in the root itself, and nothing to compare.
core::Result<Userland> look_at_userland(const std::string& path) {
    constexpr std::size_t longest_script = 8192, elf_head = 20;
    const auto root = open_directory(path);
    if (!root) return root.error();
    Userland userland;
    userland.release =
        userland_release(head_of(root->get(), "/bin/freebsd-version", longest_script)).value_or("");
    const std::string kernel = sysctl_text("kern.osrelease");
    if (newer_than(userland.release, kernel)) {
        return core::error(core::ErrorKind::Unsupported, "the pot's userland is of FreeBSD " +
                                                             userland.release + ", newer than this kernel (" +
                                                             kernel + ")");
    }
    const auto machine = elf_machine(head_of(root->get(), "/libexec/ld-elf.so.1", elf_head));
    const std::string own = sysctl_text("hw.machine_arch");
    if (machine && *machine != own) {
        return core::error(core::ErrorKind::Unsupported,
                           "the pot's userland is for " + *machine + ", this machine is " + own);
    }
    return userland;
}

/// The user may ask for a set of the host that nobody has loaded.
core::Status check_ruleset(const JailAttributes& attributes) {
    const std::uint16_t number = attributes.included_ruleset;
    if (number == 0 || ruleset_exists(number)) return {};
    core::Error error =
        core::error(core::ErrorKind::InvalidArgument,
                    "attributes.devfs_ruleset: there is no ruleset " + std::to_string(number) +
                        " on this machine (service devfs restart loads those of devfs.rules)");
    error.field = "attributes.devfs_ruleset";
    return error;
}

bool all_stopped(int jail) {
    const auto processes = jail_processes(jail);
    return processes && std::all_of(processes->begin(), processes->end(),
                                    [](const kinfo_proc& process) { return process.ki_stat == SSTOP; });
}

bool none_stopped(int jail) {
    const auto processes = jail_processes(jail);
    return processes && std::none_of(processes->begin(), processes->end(),
                                     [](const kinfo_proc& process) { return process.ki_stat == SSTOP; });
}

}  // namespace

JailRuntime::JailRuntime(const JailRuntimeOptions& options, Loop loop, JailHost host, UniqueFd monitor)
    : MonitoredRuntime(loop, options.run_directory, std::move(monitor)),
      orphans_(loop.reactor),
      aliases_(options.run_directory, kernel_boot_id()),
      enclosures_(loop, aliases_, options.instance, options.state_directory),
      builder_(std::move(host)),
      ooms_(
          loop, [this] { return has_runs(); },
          [this](const std::string& jail, const MemoryMatches& matches) {
              return take_matches(jail, matches);
          }) {}

JailRuntime::~JailRuntime() {
    forget_runs();
}

core::Result<std::unique_ptr<JailRuntime>> JailRuntime::create(JailRuntimeOptions options, Loop loop) {
    if (::geteuid() != 0) return core::error(core::ErrorKind::PermissionDenied, "jails are root's to make");
    JailHost host;
    host.instance = options.instance;
    host.accounting = accounting_enabled();
    auto kinds = read_parameter_kinds();
    if (!kinds) return std::move(kinds).error();
    host.parameters = std::move(kinds).value();
    UniqueFd monitor(::open(options.monitor_program.c_str(), O_RDONLY | O_CLOEXEC));
    if (!monitor) return core::os_error(errno, "monitor program " + options.monitor_program);
    std::unique_ptr<JailRuntime> runtime(new JailRuntime(options, loop, std::move(host), std::move(monitor)));
    if (auto made = runtime->prepare_places(); !made) return std::move(made).error();
    if (auto made = runtime->aliases_.prepare(); !made) return std::move(made).error();
    if (auto ready = runtime->orphans_.start(); !ready) return std::move(ready).error();
    if (accounting_enabled()) runtime->ooms_.begin();
    return runtime;
}

core::Status JailRuntime::check(const core::PotSpec& spec) {
    if (spec.oom.policy != core::OomPolicy::Kill && !accounting_enabled()) {
        core::Error refused =
            core::error(core::ErrorKind::Unsupported,
                        "oom.policy: without kern.racct.enable=1 (/boot/loader.conf) no jail runs out of "
                        "memory by itself and the kernel tells nobody; expected kill");
        refused.field = "oom.policy";
        return refused;
    }
    const auto attributes = builder_.check(spec);
    return attributes ? check_ruleset(*attributes) : core::Status(attributes.error());
}

bool JailRuntime::take_matches(const std::string& jail, const MemoryMatches& matches) {
    const auto key = run_of_jail(builder_.instance(), jail);
    LiveRun* const run = key ? live_run(*key) : nullptr;
    if (run != nullptr) run->tell_oom(matches.count, matches.victim);
    return run != nullptr;
}

core::Result<UniqueFd> JailRuntime::plan_file(const core::LaunchRequest& request, LiveRun& run) {
    if (auto good = check(request.spec); !good) return std::move(good).error();
    if (const auto& devices = request.spec.network.devices; !devices.empty()) {
        if (auto movable = check_movable(devices, builder_.instance()); !movable)
            return std::move(movable).error();
    }
    const auto userland = look_at_userland(request.root.path);
    if (!userland) return userland.error();
    const auto plan = builder_.build(request, run.files(), userland.value());
    if (!plan) return plan.error();
    if (auto put = put_name_files(request.root.path, request.names); !put)
        return std::move(put).error().in("files of names");
    run.explain_settings(builder_.limit_fields(request.spec.limits));
    const auto bytes = encode(plan.value());
    if (!bytes) return bytes.error();
    auto file = memory_file(as_text(bytes.value()));
    if (!file || request.spec.network.type != core::NetworkType::Alias) return file;
    // Last, as nothing else of a launch that fails here needs to be undone; they go with the enclosure.
    auto added = aliases_.add(core::kernel_name(request.key), request.spec.network);
    return added ? std::move(file) : core::Result<UniqueFd>(std::move(added).error());
}

core::Status JailRuntime::put_names(const core::RunKey& key, const core::NameFiles& files) {
    const auto root = enclosures_.root_of(core::kernel_name(key));
    if (!root) return core::error(core::ErrorKind::NotFound, "the pot is not running");
    return put_name_files(*root, files);
}

/// Addresses are no trace by which a run is known: one that was killed between them and its monitor is
/// launched again.
void JailRuntime::sweep(const std::vector<core::RunKey>& live, core::Reply<std::vector<std::string>> reply) {
    std::set<std::string> names;
    for (const core::RunKey& key : live) names.insert(core::kernel_name(key));
    core::Status swept = aliases_.sweep(names);
    MonitoredRuntime::sweep(live, [swept = std::move(swept),
                                   reply = std::move(reply)](core::Result<std::vector<std::string>> result) {
        reply(result && !swept ? core::Result<std::vector<std::string>>(swept.error()) : std::move(result));
    });
}

/// SIGSTOP, which no process can refuse. One that is born meanwhile is met by the next look.
void JailRuntime::freeze(const core::RunKey& key, bool frozen, core::Reply<void> reply) {
    const int jail = enclosures_.find(core::kernel_name(key));
    if (jail < 0) {
        return loop().executor.post(
            [reply] { reply(core::error(core::ErrorKind::NotFound, "the pot is not running")); });
    }
    const auto settled = [jail, frozen] { return frozen ? all_stopped(jail) : none_stopped(jail); };
    // At start-up every adopted run is asked.
    if (settled()) return loop().executor.post([reply] { reply({}); });
    keep_waiting(
        [&](core::Reply<void> waited) {
            Awaited awaited;
            awaited.condition = [jail, frozen, settled] {
                return (signal_jail(jail, frozen ? SIGSTOP : SIGCONT).ok() && settled());
            };
            awaited.limit = freeze_patience;
            awaited.too_late =
                frozen ? "processes of the pot do not stop" : "processes of the pot do not go on";
            return wait_until(loop(), std::move(awaited), std::move(waited));
        },
        reply);
}

}  // namespace potd::platform
