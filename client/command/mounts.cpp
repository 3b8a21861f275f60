#include "client/command/local_path.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option in_options[] = {
    pot_option,
    {'f', "fscomp", "FSCOMP", "this volume", Completes::Fscomps},
    {'d', "directory", "DIR", "this directory of the machine", Completes::Directories},
    {'m', "mount-point", "TARGET", "where it is to be seen: an absolute path inside the pot"},
    {'r', "read-only", "", "the pot may not write there"},
    {'z', "dataset", "DATASET", "this ZFS dataset, which is mounted on the machine"},
    {'w',
     "remount",
     "",
     "move the dataset's own mount point",
     Completes::Nothing,
     {},
     "potd does not move the mount point of a dataset; -z without -w shows it where it is"},
};

constexpr Option out_options[] = {
    pot_option,
    {'m', "mount-point", "TARGET", "the place inside the pot"},
};

Result<Value> mount_of(const Invocation& invocation) {
    Value mount = Value::object();
    int sources = 0;
    for (const std::string_view option : {"fscomp", "directory", "dataset"}) {
        const auto source = invocation.value(option);
        if (!source) continue;
        ++sources;
        const bool directory = option == "directory";
        mount.set(directory ? "dir" : option, directory ? absolute_path(*source) : *source);
    }
    if (sources != 1)
        return usage(sources == 0 ? "what is to be mounted?" : "-f, -d and -z exclude each other",
                     "-f FSCOMP, -d DIR or -z DATASET");
    const auto target = invocation.required("mount-point");
    if (!target) return target.failure();
    mount.set("target", *target);
    mount.set("mode", invocation.has("read-only") ? "ro" : "rw");
    return mount;
}

Result<int> run_in(Invocation& invocation) {
    const auto mount = mount_of(invocation);
    if (!mount) return mount.failure();
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto mounted = invocation.api().post(pot_url(*pot, "/mounts"), *mount);
    if (!mounted) return mounted.failure();
    return exit_code::ok;
}

Result<int> run_out(Invocation& invocation) {
    const auto target = invocation.required("mount-point");
    if (!target) return target.failure();
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto gone = invocation.api().remove(pot_url(*pot, "/mounts?target=" + url_escape(*target)));
    if (!gone) return gone.failure();
    return exit_code::ok;
}

}  // namespace

const Command mount_in_command{"mount-in",
                               "add-fscomp",
                               Section::Settings,
                               Operands::Pot,
                               "[-p] POT -f FSCOMP | -d DIR | -z DATASET -m TARGET [-r]",
                               "mount a volume, a directory or a dataset in a pot",
                               "A pot that runs sees it at once.",
                               in_options,
                               run_in};

const Command mount_out_command{"mount-out",
                                "",
                                Section::Settings,
                                Operands::Pot,
                                "[-p] POT -m TARGET",
                                "take a mount of a pot away",
                                "From a pot that runs at once, unless its processes use it.",
                                out_options,
                                run_out};

}  // namespace potd::client
