#include "client/command/apply_plan.hpp"
#include "client/command/flavours.hpp"
#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"

#include <iterator>

namespace potd::client {
namespace {

constexpr Option apply_options[] = {
    {'f', "file", "FILE",
     "the specs: YAML or JSON, or a directory of such files, - is standard input; may be repeated",
     Completes::Files},
    {'n', "dry-run", "", "only show what would change; exit 6 if anything would"},
    {0, "diff", "", "as --dry-run"},
    {0, "prune", "", "destroy the pots of the set that the files do not name"},
    {0, "recreate", "", "destroy and make again what cannot be changed: base, type, level, user namespace"},
    {0, "restart", "", "restart pots that run and whose changes want that"},
    {0, "start", "", "start what does not run"},
    {0, "set", "NAME", "the set its pots belong to, which their label potd.apply says; default if not given"},
    {'q', "quiet", "", "do not print what changes"},
    {0, "format", "FORMAT", "print what changes for people, or as JSON or YAML", Completes::Nothing,
     "table|json|yaml"},
};

using Act = ApplyStep::Act;

class Application {
  public:
    explicit Application(Invocation& invocation) : invocation_(invocation), api_(invocation.api()) {}

    Status carry_out(const ApplyStep& step) {
        switch (step.act) {
            case Act::Create: return create(step);
            case Act::Change: return change(step);
            case Act::Recreate: return make_again(step);
            case Act::Destroy: return done(api_.remove(pot_url(step.pot, "?force=true")));
            case Act::Keep: break;
        }
        return start(step, step.up);
    }

  private:
    static Status done(const Result<Value>& answer) {
        return answer ? Status(Done{}) : Status(answer.failure());
    }

    Status start(const ApplyStep& step, bool up) {
        if (up || !invocation_.has("start")) return Done{};
        const auto started = api_.post(pot_url(step.pot, "/start"));
        // A pot that depends on it may have brought it up by now.
        const bool runs = !started && started.failure().code == "already_running";
        return runs ? Status(Done{}) : done(started);
    }

    Status create(const ApplyStep& step) {
        auto made = done(post_new_pot(invocation_, "/v1/pots", step.body));
        return made ? start(step, false) : made;
    }

    Status change(const ApplyStep& step) {
        auto changed = done(api_.patch(pot_url(step.pot, "?replace=true"), step.body, step.version));
        if (!changed) return changed;
        if (step.wants_restart && invocation_.has("restart"))
            return done(api_.post(pot_url(step.pot, "/restart")));
        return start(step, step.up);
    }

    Status make_again(const ApplyStep& step) {
        auto gone = done(api_.remove(pot_url(step.pot, "?force=true")));
        if (!gone) return gone;
        auto made = done(post_new_pot(invocation_, "/v1/pots", step.body));
        if (!made) return made;
        return step.up ? done(api_.post(pot_url(step.pot, "/start"))) : start(step, false);
    }

    Invocation& invocation_;
    Api& api_;
};

Result<std::vector<SpecDocument>> read_all_specs(const Invocation& invocation) {
    const auto files = invocation.arguments().values("file");
    if (files.empty()) return usage("which specs?", "-f FILE or -f DIR");
    std::vector<SpecDocument> all;
    for (const auto& file : files) {
        auto documents = read_spec_documents(file);
        if (!documents) return documents;
        std::move(documents->begin(), documents->end(), std::back_inserter(all));
    }
    return in_order(std::move(all));
}

void show_plan(Invocation& invocation, const std::vector<ApplyStep>& steps) {
    if (invocation.has("quiet") || invocation.print_document(plan_document(steps))) return;
    invocation.print(plan_text(steps, Invocation::style().colour));
}

Result<int> run_apply(Invocation& invocation) {
    const auto documents = read_all_specs(invocation);
    if (!documents) return documents.failure();
    const ApplyWishes wishes{invocation.value("set").value_or("default"), invocation.has("recreate"),
                             invocation.has("prune")};
    if (wishes.set.empty()) return usage("--set: a name is needed");
    const auto steps = plan_apply(invocation.api(), *documents, wishes);
    if (!steps) return steps.failure();
    show_plan(invocation, *steps);
    if (invocation.has("dry-run") || invocation.has("diff"))
        return changes_anything(*steps) ? exit_code::would_change : exit_code::ok;
    Application application(invocation);
    for (const auto& step : *steps) {
        if (auto carried = application.carry_out(step); !carried) {
            Failure failure = carried.failure();
            failure.why = "pot " + step.pot + ": " + failure.why;
            return failure;
        }
    }
    return exit_code::ok;
}

}  // namespace

const Command apply_command{
    "apply",
    "",
    Section::Objects,
    Operands::None,
    "-f FILE|DIR... [-n] [--prune] [--recreate] [--restart] [--start] [--set NAME] [-q]",
    "make pots what files say",
    "First shows what differs: + is created, ~ is changed, ! is destroyed and made again, - is destroyed, = "
    "is as it "
    "should be. Nothing is done unless all of it can be. A file is the whole spec: what it does not say is "
    "as in a new "
    "pot. Pots are made after those they depend on; a second apply changes nothing. Flavours and a parent "
    "are "
    "for new pots alone. --prune destroys last, those that run as well, and only pots of the set; a pot of "
    "another "
    "set is refused. If a step fails the ones before it stay done. potctl spec prints a file of a pot there "
    "is.",
    apply_options,
    run_apply};

}  // namespace potd::client
