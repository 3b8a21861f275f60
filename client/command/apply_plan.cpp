#include "client/command/apply_plan.hpp"

#include "client/command/pot_view.hpp"
#include "client/output/json_text.hpp"
#include "client/text/width.hpp"

#include <algorithm>
#include <array>

namespace potd::client {
namespace {

using Act = ApplyStep::Act;

/// What the files of a pot were made by.
constexpr std::array<std::string_view, 4> made_once = {"base", "type", "level", "security.user_namespace"};
/// What is not about a run, or holds in the one there is.
constexpr std::array<std::string_view, 8> holds_at_once = {"limits", "ports",    "dns",  "hosts",
                                                           "labels", "prunable", "boot", "snapshots"};

template <class List>
bool is_one_of(std::string_view name, const List& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

Value marked(const Value& spec, const std::string& set) {
    Value body = spec;
    body.at("labels").set(apply_label, set);
    return body;
}

bool has_item(const Value& list, const Value& item) {
    return std::any_of(list.items().begin(), list.items().end(),
                       [&](const Value& one) { return same(one, item); });
}

/// What potd shows of both, and which secrets are others; their values are not known, nor shown if a file
/// says them.
std::vector<Difference> shown_differences(const Value& present, const Value& next) {
    auto changes = differences(present, next["spec"]);
    std::erase_if(changes, [](const Difference& one) { return one.path == "env_secret"; });
    for (const auto& name : next["secrets_changed"].items()) {
        const bool was = has_item(present["env_secret"], name);
        const bool is = has_item(next["spec"]["env_secret"], name);
        changes.push_back({"env_secret." + name.text(), was ? Value("(secret)") : Value(),
                           is ? Value(was ? "(another)" : "(secret)") : Value()});
    }
    return changes;
}

class Planner {
  public:
    Planner(Api& api, const ApplyWishes& wishes, const std::vector<SpecDocument>& documents)
        : api_(api), wishes_(wishes), documents_(documents) {}

    Result<ApplyStep> plan(const SpecDocument& document) {
        const auto now = api_.get(pot_url(document.name()));
        if (!now && now.failure().exit != exit_code::not_found) return now.failure();
        ApplyStep step;
        step.pot = document.name();
        step.body = marked(document.spec, wishes_.set);
        if (!now) {
            step.act = Act::Create;
            if (auto able = check_new(step); !able) return able.failure();
            return step;
        }
        const std::string& owner = (*now)["spec"]["labels"][apply_label].text();
        if (!owner.empty() && owner != wishes_.set) {
            Failure failure =
                failed("pot " + step.pot + " belongs to the set '" + owner + "'", "--set " + owner);
            failure.exit = exit_code::conflict;
            return failure;
        }
        step.version = (*now)["version"].integer().value_or(0);
        step.up = is_up(*now);
        return compare(std::move(step), (*now)["spec"]);
    }

    /// Those of the set that no file names any more, dependents first.
    Status plan_prune(std::vector<ApplyStep>& steps) {
        const auto pots =
            api_.list("/v1/pots?label=" + url_escape(std::string(apply_label) + "=" + wishes_.set));
        if (!pots) return pots.failure();
        std::vector<SpecDocument> gone;
        for (const auto& pot : (*pots)["items"].items()) {
            const std::string& name = pot["name"].text();
            if (!is_named(name)) gone.push_back({name, pot["spec"]});
        }
        const auto ordered = in_order(std::move(gone));
        if (!ordered) return ordered.failure();
        for (auto one = ordered->rbegin(); one != ordered->rend(); ++one) {
            ApplyStep step;
            step.act = Act::Destroy;
            step.pot = one->name();
            steps.push_back(std::move(step));
        }
        return Done{};
    }

  private:
    [[nodiscard]] bool is_named(const std::string& name) const {
        return std::any_of(documents_.begin(), documents_.end(),
                           [&](const SpecDocument& one) { return one.name() == name; });
    }

    /// Without the pots that are only made on the way there; what has the files of one it is too early to
    /// ask.
    Status check_new(const ApplyStep& step) {
        Value body = step.body;
        if (is_named(body["parent"].text())) return Done{};
        if (body["depends_on"].is_array()) {
            Value others = Value::array();
            for (const auto& pot : body["depends_on"].items()) {
                if (!is_named(pot.text())) others.push(pot);
            }
            body.set("depends_on", std::move(others));
        }
        const auto able = api_.post("/v1/pots?dry_run=true", body);
        if (able) return Done{};
        Failure why = able.failure();
        why.why = "pot " + step.pot + ": " + why.why;
        return why;
    }

    Result<Value> preview(const ApplyStep& step, const Value& body) {
        return api_.patch(pot_url(step.pot, "?replace=true&dry_run=true"), body, step.version);
    }

    Result<ApplyStep> compare(ApplyStep step, const Value& present) {
        const Value change = without(step.body, {"parent", "flavours", "keep_on_failure"});
        const auto next = preview(step, change);
        if (!next) return recreate(std::move(step), present, change, next.failure());
        step.changes = shown_differences(present, *next);
        step.body = change;
        if (step.changes.empty()) return step;
        step.act = Act::Change;
        step.wants_restart = step.up && needs_restart(step.changes);
        return step;
    }

    /// Only if nothing else is wrong: the pot must not be lost to a spec that is refused.
    Result<ApplyStep> recreate(ApplyStep step, const Value& present, const Value& change, Failure why) {
        why.why = "pot " + step.pot + ": " + why.why;
        if (!is_one_of(why.field, made_once)) return why;
        why.hint = "--recreate destroys it and makes it again";
        if (!wishes_.recreate) return why;
        // Nobody can read them out of the one that goes.
        if (!present["env_secret"].items().empty() && !change["env_secret"].is_object())
            return failed("pot " + step.pot + " has secrets, which would be lost if it was made again",
                          "give their values in env_secret, or {} to give them up");
        Value rest = without(change, {"base", "type", "level"});
        if (rest["security"].is_object()) rest.set("security", without(rest["security"], {"user_namespace"}));
        const auto next = preview(step, rest);
        if (!next) {
            Failure other = next.failure();
            other.why = "pot " + step.pot + ": " + other.why;
            return other;
        }
        if (const std::string& base = change["base"].text(); !base.empty()) {
            const auto there = api_.get("/v1/bases/" + url_escape(base));
            if (!there) return there.failure();
        }
        step.act = Act::Recreate;
        step.reason = why.why;
        step.changes = shown_differences(present, *next);
        for (const std::string_view field : {"base", "type", "level"}) {
            if (!change[field].is_null() && !same(present[field], change[field]))
                step.changes.push_back({std::string(field), present[field], change[field]});
        }
        return step;
    }

    Api& api_;
    const ApplyWishes& wishes_;
    const std::vector<SpecDocument>& documents_;
};

std::string_view word_of(Act act) {
    switch (act) {
        case Act::Create: return "create";
        case Act::Change: return "change";
        case Act::Recreate: return "recreate";
        case Act::Destroy: return "destroy";
        case Act::Keep: break;
    }
    return "keep";
}

std::string shown(const Value& value) {
    return value.is_null() ? "-" : compact_json(value);
}

std::string head_of(const ApplyStep& step, bool colours) {
    switch (step.act) {
        case Act::Create: return painted("+ " + harmless(step.pot), Colour::Green, colours);
        case Act::Change: return painted("~ " + harmless(step.pot), Colour::Yellow, colours);
        case Act::Recreate:
            return painted("! " + harmless(step.pot), Colour::Yellow, colours) + "  destroyed and made again";
        case Act::Destroy: return painted("- " + harmless(step.pot), Colour::Red, colours);
        case Act::Keep: break;
    }
    return "= " + harmless(step.pot);
}

}  // namespace

bool needs_restart(const std::vector<Difference>& changes) {
    return std::any_of(changes.begin(), changes.end(), [](const Difference& change) {
        return !is_one_of(change.path.substr(0, change.path.find('.')), holds_at_once);
    });
}

Result<std::vector<ApplyStep>> plan_apply(Api& api, const std::vector<SpecDocument>& documents,
                                          const ApplyWishes& wishes) {
    Planner planner(api, wishes, documents);
    std::vector<ApplyStep> steps;
    for (const auto& document : documents) {
        auto step = planner.plan(document);
        if (!step) {
            step.failure().why = document.place + ": " + step.failure().why;
            return step.failure();
        }
        steps.push_back(std::move(*step));
    }
    if (!wishes.prune) return steps;
    if (auto planned = planner.plan_prune(steps); !planned) return planned.failure();
    return steps;
}

std::string plan_text(const std::vector<ApplyStep>& steps, bool colours) {
    std::string out;
    for (const auto& step : steps) {
        out += head_of(step, colours) + '\n';
        for (const auto& change : step.changes)
            out +=
                harmless("    " + change.path + ": " + shown(change.before) + " -> " + shown(change.after)) +
                '\n';
        if (step.wants_restart) out += "    holds from its next start on\n";
    }
    return out;
}

Value plan_document(const std::vector<ApplyStep>& steps) {
    Value items = Value::array();
    for (const auto& step : steps) {
        Value changes = Value::array();
        for (const auto& change : step.changes) {
            Value one;
            one.set("field", change.path);
            one.set("before", change.before);
            one.set("after", change.after);
            changes.push(std::move(one));
        }
        Value item;
        item.set("name", step.pot);
        item.set("action", word_of(step.act));
        item.set("changes", std::move(changes));
        item.set("wants_restart", step.wants_restart);
        item.set("reason", step.reason.empty() ? Value() : Value(step.reason));
        items.push(std::move(item));
    }
    Value document;
    document.set("items", std::move(items));
    return document;
}

bool changes_anything(const std::vector<ApplyStep>& steps) {
    return std::any_of(steps.begin(), steps.end(),
                       [](const ApplyStep& step) { return step.act != Act::Keep; });
}

}  // namespace potd::client
