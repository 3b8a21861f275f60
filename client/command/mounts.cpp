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
    {'z',
     "dataset",
     "DATASET",
     "this ZFS dataset",
     Completes::Nothing,
     {},
     "datasets as mounts are not in this version"},
    {'w',
     "remount",
     "",
     "move the dataset's own mount point",
     Completes::Nothing,
     {},
     "moving mount points is not in this version"},
};

constexpr Option out_options[] = {
    pot_option,
    {'m', "mount-point", "TARGET", "the place inside the pot"},
};

Result<Value> mount_of(const Invocation& invocation) {
    const auto volume = invocation.value("fscomp");
    const auto directory = invocation.value("directory");
    if (volume.has_value() == directory.has_value())
        return usage(volume ? "-f and -d exclude each other" : "what is to be mounted?",
                     "-f FSCOMP or -d DIR");
    const auto target = invocation.required("mount-point");
    if (!target) return target.failure();
    Value mount = Value::object();
    if (volume)
        mount.set("fscomp", *volume);
    else
        mount.set("dir", absolute_path(*directory));
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
                               "[-p] POT -f FSCOMP | -d DIR -m TARGET [-r]",
                               "mount a volume or a directory in a pot",
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
