#include "client/command/local_path.hpp"
#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"

#include <algorithm>
#include <functional>
#include <utility>

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

using MountsEdit = std::function<Status(Value::Array& mounts)>;

/// The list is replaced as a whole; the version sees to it that nobody else's change is lost.
Result<int> change_mounts(Invocation& invocation, const MountsEdit& edit) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto now = invocation.api().get(pot_url(*pot));
    if (!now) return now.failure();
    Value::Array mounts = (*now)["spec"]["mounts"].items();
    if (auto edited = edit(mounts); !edited) return edited.failure();
    Value list = Value::array();
    for (auto& mount : mounts) list.push(std::move(mount));
    Value patch = Value::object();
    patch.set("mounts", std::move(list));
    const auto changed =
        invocation.api().patch(pot_url(*pot), patch, (*now)["version"].integer().value_or(0));
    if (!changed) return changed.failure();
    if (is_up(*changed)) invocation.note("pot " + *pot + " is up: this takes effect at its next start");
    return exit_code::ok;
}

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

/// Where mounts come and go with a start only.
bool not_live(const Failure& failure) {
    return failure.code == "unsupported" && failure.field.empty();
}

Result<int> run_in(Invocation& invocation) {
    const auto mount = mount_of(invocation);
    if (!mount) return mount.failure();
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto mounted = invocation.api().post(pot_url(*pot, "/mounts"), *mount);
    if (mounted) return exit_code::ok;
    if (!not_live(mounted.failure())) return mounted.failure();
    return change_mounts(invocation, [&](Value::Array& mounts) -> Status {
        mounts.push_back(*mount);
        return Done{};
    });
}

Result<int> run_out(Invocation& invocation) {
    const auto target = invocation.required("mount-point");
    if (!target) return target.failure();
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto gone = invocation.api().remove(pot_url(*pot, "/mounts?target=" + url_escape(*target)));
    if (gone) return exit_code::ok;
    if (!not_live(gone.failure())) return gone.failure();
    return change_mounts(invocation, [&](Value::Array& mounts) -> Status {
        const auto found = std::find_if(mounts.begin(), mounts.end(), [&](const Value& mount) {
            return mount["target"].text() == *target;
        });
        if (found == mounts.end())
            return failed("-m/--mount-point: the pot has no mount on '" + *target + "'");
        mounts.erase(found);
        return Done{};
    });
}

}  // namespace

const Command mount_in_command{"mount-in",
                               "add-fscomp",
                               Section::Settings,
                               Operands::Pot,
                               "[-p] POT -f FSCOMP | -d DIR -m TARGET [-r]",
                               "mount a volume or a directory in a pot",
                               "A pot that runs sees it at once; on FreeBSD at its next start.",
                               in_options,
                               run_in};

const Command mount_out_command{
    "mount-out",
    "",
    Section::Settings,
    Operands::Pot,
    "[-p] POT -m TARGET",
    "take a mount of a pot away",
    "From a pot that runs at once, unless its processes use it; on FreeBSD at the "
    "next start.",
    out_options,
    run_out};

}  // namespace potd::client
