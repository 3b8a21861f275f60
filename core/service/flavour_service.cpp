#include "core/service/flavour_service.hpp"

#include "core/service/flavour_run.hpp"
#include "core/service/reply.hpp"

#include <memory>
#include <utility>

namespace potd::core {
namespace {

std::string commands_file(const FlavourPlan& plan) {
    return plan.directory + "/" + plan.name;
}

Error of_flavour(Error error, std::size_t index) {
    error.field = "flavours[" + std::to_string(index) + "]";
    return error;
}

Result<std::vector<FlavourPlan>> understood(std::vector<FlavourText> texts) {
    std::vector<FlavourPlan> plans;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        FlavourPlan plan;
        plan.name = std::move(texts[i].name);
        plan.directory = std::move(texts[i].directory);
        plan.script = std::move(texts[i].script);
        if (texts[i].commands) {
            Result<FlavourCommands> commands = parse_flavour(*texts[i].commands, commands_file(plan));
            if (!commands) return of_flavour(std::move(commands).error(), i);
            plan.commands = *std::move(commands);
        }
        plans.push_back(std::move(plan));
    }
    return plans;
}

Status check_wanted(const std::vector<std::string>& flavours) {
    if (flavours.size() > most_flavours)
        return invalid_field("flavours", std::to_string(flavours.size()) + " flavours", "at most 32");
    for (std::size_t i = 0; i < flavours.size(); ++i) {
        if (Status named = check_flavour_name(flavours[i], "flavours[" + std::to_string(i) + "]"); !named)
            return named;
    }
    return {};
}

Error interrupted(const Unfinished& unfinished) {
    std::string fate = "the pot was destroyed";
    if (unfinished.then == IfUnfinished::Keep) fate = "the pot was kept as it was";
    if (unfinished.then == IfUnfinished::Revert) fate = "the pot is as it was before";
    return error(ErrorKind::Unavailable, "interrupted by a restart of potd; " + fate);
}

}  // namespace

FlavourService::FlavourService(Ports ports) : ports_(std::move(ports)) {}
FlavourService::~FlavourService() = default;

void FlavourService::plan(const Asked& asked, Reply<PotPtr> reply, std::function<void(Plans)> then) {
    if (Status wanted = check_wanted(asked.flavours); !wanted)
        return reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(wanted).error());
    ports_.files.read(asked.flavours, [reply = std::move(reply),
                                       then = std::move(then)](Result<std::vector<FlavourText>> texts) {
        if (!texts) return reply(std::move(texts).error());
        Result<Plans> plans = understood(*std::move(texts));
        if (!plans) return reply(std::move(plans).error());
        then(*std::move(plans));
    });
}

/// What each makes of the spec; whatever can be wrong with a line is found here.
Status FlavourService::fill_specs(Plans& plans, PotSpec spec, const PotSpec* present) const {
    if (Status good = ports_.pots.check_new(spec, present); !good) return good;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        for (const FlavourEdit& edit : plans[i].commands.edits) {
            Status good = edit.apply(spec);
            if (good) good = ports_.pots.check_new(spec, present);
            if (good) continue;
            const std::string where = commands_file(plans[i]) + ":" + std::to_string(edit.line);
            return of_flavour(std::move(good).error().in(where), i);
        }
        plans[i].spec = spec;
    }
    return {};
}

std::shared_ptr<FlavourRun> FlavourService::begin(const Asked& asked, Reply<PotPtr> reply) {
    const auto run = std::make_shared<FlavourRun>(*this, asked, std::move(reply));
    runs_[asked.operation] = run;
    ports_.operations.set_cancel(asked.operation, [weak = std::weak_ptr(run)] {
        if (const auto alive = weak.lock()) alive->cancel();
    });
    return run;
}

void FlavourService::create(const Asked& asked, PotSpec spec, std::optional<std::string> parent,
                            const Reply<PotPtr>& reply) {
    if (spec.hostname.empty()) spec.hostname = spec.name;
    plan(asked, reply, [this, asked, spec = std::move(spec), parent = std::move(parent), reply](Plans plans) {
        create_planned(asked, spec, parent, std::move(plans), reply);
    });
}

void FlavourService::create_planned(const Asked& asked, PotSpec spec,
                                    const std::optional<std::string>& parent, Plans plans,
                                    Reply<PotPtr> reply) {
    const PotPtr from = parent ? ports_.pots.find(*parent) : nullptr;
    if (from && spec.base.empty()) spec.base = from->spec.base;
    if (Status filled = fill_specs(plans, std::move(spec)); !filled) return reply(std::move(filled).error());
    PotSpec first = plans.front().spec;
    const auto run = begin(asked, std::move(reply));
    run->set_plans(std::move(plans));
    const auto then = asked.keep_on_failure ? IfUnfinished::Keep : IfUnfinished::Remove;
    Reply<PotPtr> made = [run](const Result<PotPtr>& pot) { run->begin(pot); };
    Along along = ports_.operations.along(asked.operation);
    if (parent)
        ports_.snapshots.derive(*parent, std::move(first), std::move(made), std::move(along), then);
    else
        ports_.pots.create(std::move(first), std::nullopt, std::move(made), std::move(along), then);
}

void FlavourService::clone(const Asked& asked, std::string source, SnapshotService::Cloning request,
                           const Reply<PotPtr>& reply) {
    plan(asked, reply, [this, asked, source = std::move(source), request, reply](Plans plans) mutable {
        const auto run = begin(asked, reply);
        request.unfinished = asked.keep_on_failure ? IfUnfinished::Keep : IfUnfinished::Remove;
        request.change = [this, run, plans = std::move(plans),
                          change = request.change](PotSpec& spec) mutable -> Status {
            if (Status changed = change ? change(spec) : Status(); !changed) return changed;
            if (Status filled = fill_specs(plans, spec); !filled) return filled;
            spec = plans.front().spec;
            run->set_plans(plans);
            return {};
        };
        ports_.snapshots.clone(
            source, request, [run](const Result<PotPtr>& pot) { run->begin(pot); },
            ports_.operations.along(asked.operation));
    });
}

void FlavourService::recover(std::function<void()> done) {
    // One more than there are such pots, so that it does not end before the last was begun.
    const auto left = std::make_shared<std::size_t>(1);
    const auto one_less = [left, done = std::move(done)] {
        if (--*left == 0) done();
    };
    for (const PotPtr& pot : ports_.pots.list("", ports_.pots.count())) {
        if (!pot->unfinished) continue;
        ++*left;
        ports_.operations.fail_left(pot->id, interrupted(*pot->unfinished));
        const Reply<void> ended = [this, name = pot->spec.name, one_less](const Status& status) {
            if (!status) ports_.complain("unfinished pot " + name + ": " + status.error().message);
            one_less();
        };
        if (pot->unfinished->then == IfUnfinished::Keep)
            keep_left(*pot, ended);
        else if (pot->unfinished->then == IfUnfinished::Revert)
            revert_left(*pot, ended);
        else
            ports_.pots.destroy(pot->id.text, true, ended);
    }
    ports_.executor.post(one_less);
}

/// Its script was cut already: there is nothing to wait for.
void FlavourService::keep_left(const Pot& pot, const Reply<void>& reply) {
    StopRequest at_once;
    at_once.timeout = milliseconds{0};
    ports_.pots.stop(pot.id.text, at_once,
                     [this, id = pot.id, own = pot.unfinished->spec, reply](const Result<PotPtr>& stopped) {
                         if (!stopped) return reply(stopped.error());
                         ports_.pots.go_on(id, own, nullptr, [reply](const Result<PotPtr>& kept) {
                             reply(kept ? Status() : Status(kept.error()));
                         });
                     });
}

}  // namespace potd::core
