#include "client/command/quota.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option set_quota_options[] = {
    pot_option,
    {'f', "fscomp", "FSCOMP", "of a volume instead", Completes::Fscomps},
    {'q', "quota", "SIZE", "most that its files may take, for instance 2G; none for no bound"},
};

Result<int> run_set_quota(Invocation& invocation) {
    const auto quota = invocation.required("quota");
    if (!quota) return quota.failure();
    Value patch = Value::object();
    const auto fscomp = invocation.value("fscomp");
    if (fscomp) {
        if (invocation.has("pot") || !invocation.arguments().positionals.empty())
            return usage("a volume and a pot are named; set-quota takes one of them");
        patch.set("quota", quota_value(*quota));
        const auto changed = invocation.api().patch(fscomp_url(*fscomp), patch);
        return changed ? Result<int>(exit_code::ok) : Result<int>(changed.failure());
    }
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    patch.at("limits").set("disk", quota_value(*quota));
    const auto changed = invocation.api().patch(pot_url(*pot), patch);
    return changed ? Result<int>(exit_code::ok) : Result<int>(changed.failure());
}

}  // namespace

const Command set_quota_command{"set-quota",
                                "",
                                Section::Settings,
                                Operands::Pot,
                                "[-p] POT | -f FSCOMP -q SIZE|none",
                                "bound what the files of a pot or a volume may take",
                                "Holds at once, also while the pot runs. It counts what the files show: of a "
                                "pot those of its base, too. On "
                                "btrfs and zfs only.",
                                set_quota_options,
                                run_set_quota};

}  // namespace potd::client
