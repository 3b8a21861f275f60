#include "api/route/life_routes.hpp"

#include "api/route/live_run.hpp"
#include "api/route/pot_routes.hpp"
#include "api/route/reply.hpp"
#include "api/route/run_routes.hpp"

#include <memory>
#include <utility>

namespace potd::api {
namespace {

constexpr int default_kill = 9;  // the same number on every system potd knows

core::Result<core::StopRequest> stop_request(const wire::StopRequest& body) {
    core::StopRequest request;
    if (body.timeout) {
        auto timeout = core::parse_duration(*body.timeout, "timeout");
        if (!timeout) return std::move(timeout).error();
        request.timeout = *timeout;
    }
    if (!body.signal.text.empty()) {
        auto signal = core::parse_signal(body.signal.text, "signal");
        if (!signal) return std::move(signal).error();
        request.signal = *signal;
    }
    return request;
}

/// Where no single processes are named.
core::Result<core::SignalTarget> whole_target(const wire::KillRequest& body) {
    if (!body.target || *body.target == "main") return core::SignalTarget(core::SignalTarget::Main);
    if (*body.target == "all") return core::SignalTarget(core::SignalTarget::All);
    return core::invalid_field("target", *body.target, "main or all");
}

/// Open where none are named.
core::Result<ProcessFilter> some_processes(const wire::KillRequest& body) {
    auto filter = ProcessFilter::make(body.pid, body.pattern);
    if (filter && !filter->open() && body.target)
        return core::invalid_field("target", *body.target, "none beside " + filter->describe());
    return filter;
}

core::Result<int> signal_of(const wire::KillRequest& body) {
    if (body.signal.text.empty()) return default_kill;
    return core::parse_signal(body.signal.text, "signal");
}

/// `for` and `timeout` of wait; no timeout = no end.
core::Result<std::optional<core::milliseconds>> wait_time(const Query& query) {
    const std::string_view what = query.text("for").value_or("stopped");
    if (what != "stopped") return core::invalid_field("for", what, "stopped");
    const auto text = query.text("timeout");
    if (!text) return std::optional<core::milliseconds>{};
    auto timeout = core::parse_duration(*text, "timeout");
    if (!timeout) return std::move(timeout).error();
    return std::optional<core::milliseconds>{*timeout};
}

}  // namespace

void LifeRoutes::add_to(Router& router) {
    const auto add_act = [&](std::string_view verb, Act what, core::OperationKind kind) {
        router.add({Method::Post,
                    "/v1/pots/{name}/" + std::string(verb),
                    {core::Role::Operator, Reach::Pot},
                    {},
                    {json_type},
                    {json_type},
                    [this, what](Exchange& exchange) { act(exchange, what); },
                    kind});
    };
    const auto add_stop = [&](std::string_view verb, StopAct what, core::OperationKind kind) {
        router.add({Method::Post,
                    "/v1/pots/{name}/" + std::string(verb),
                    {core::Role::Operator, Reach::Pot},
                    {},
                    {json_type},
                    {json_type},
                    [this, what](Exchange& exchange) { stop(exchange, what); },
                    kind});
    };
    add_act("start", &core::PotService::start, core::OperationKind::Start);
    add_act("pause", &core::PotService::pause, core::OperationKind::Pause);
    add_act("resume", &core::PotService::resume, core::OperationKind::Resume);
    add_stop("stop", &core::PotService::stop, core::OperationKind::Stop);
    add_stop("restart", &core::PotService::restart, core::OperationKind::Restart);
    router.add({Method::Post,
                "/v1/pots/{name}/kill",
                {core::Role::Operator, Reach::Pot},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { kill(exchange); },
                core::OperationKind::Kill});
    router.add({Method::Get,
                "/v1/pots/{name}/wait",
                {core::Role::Viewer, Reach::Pot},
                {"for", "timeout"},
                {},
                {json_type},
                [this](Exchange& exchange) { wait(exchange); }});
}

void LifeRoutes::act(Exchange& exchange, Act what) {
    if (!read_body<wire::EmptyRequest>(exchange, true)) return;
    const std::string name(exchange.parameter(0));
    (pots_.*what)(name, answer_pot(exchange, name, texts_), exchange.along());
}

void LifeRoutes::stop(Exchange& exchange, StopAct what) {
    const auto body = read_body<wire::StopRequest>(exchange, true);
    if (!body) return;
    const auto request = value_or_fail(exchange, stop_request(*body));
    if (!request) return;
    const std::string name(exchange.parameter(0));
    (pots_.*what)(name, *request, answer_pot(exchange, name, texts_), exchange.along());
}

void LifeRoutes::kill(Exchange& exchange) {
    const auto body = read_body<wire::KillRequest>(exchange, true);
    if (!body) return;
    const auto whole = value_or_fail(exchange, whole_target(*body));
    if (!whole) return;
    auto some = value_or_fail(exchange, some_processes(*body));
    if (!some) return;
    const auto signal = value_or_fail(exchange, signal_of(*body));
    if (!signal) return;
    if (!some->open()) return kill_some(exchange, *signal, *std::move(some));
    const std::string name(exchange.parameter(0));
    pots_.kill(name, *signal, *whole, answer_pot(exchange, name, texts_));
}

void LifeRoutes::kill_some(Exchange& exchange, int signal, ProcessFilter some) {
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    const auto key = live_run(*pot);
    if (!key) return exchange.fail(key.error(), name);
    const auto reply = answer_pot(exchange, name, texts_);
    processes_.list(*key, [this, key = *key, signal, some = std::move(some),
                           reply](const core::Result<std::vector<core::ProcessRow>>& rows) {
        const auto target = rows ? target_of(key, some, *rows) : rows.error();
        if (!target) return reply(target.error());
        pots_.kill(key.pot.text, signal, *target, reply);
    });
}

core::Result<core::SignalTarget> LifeRoutes::target_of(const core::RunKey& key, const ProcessFilter& some,
                                                       const std::vector<core::ProcessRow>& rows) const {
    const core::PotPtr pot = pots_.with_id(key.pot.text);
    if (!pot) return unknown_pot(key.pot.text);
    // What another run of it calls by these numbers was not asked for.
    const auto now = live_run(*pot);
    if (!now) return now.error();
    std::vector<std::int32_t> pids;
    for (const core::ProcessRow& row : rows)
        if (*now == key && some.takes(row.pid, row.name)) pids.push_back(row.pid);
    if (!pids.empty()) return core::SignalTarget(std::move(pids));
    auto none = core::error(core::ErrorKind::NotFound,
                            "pot " + pot->spec.name + " has no process with " + some.describe());
    none.field = some.field();
    return none;
}

void LifeRoutes::wait(Exchange& exchange) {
    const auto timeout = value_or_fail(exchange, wait_time(exchange.query()));
    if (!timeout) return;
    struct Ids {
        core::PotService::WaitId wait = 0;
        core::Timers::Id timer = 0;
    };
    const auto ids = std::make_shared<Ids>();
    const Later later = exchange.later();
    later.set_passive();
    const std::string name(exchange.parameter(0));
    ids->wait = pots_.wait(name, [this, ids, answer = answer_run(later, exchange.principal(), pots_, name)](
                                     core::Result<core::Run> run) {
        timers_.cancel(ids->timer);
        answer(std::move(run));
    });
    later.on_cancel([this, ids] {
        timers_.cancel(ids->timer);
        pots_.cancel_wait(ids->wait);
    });
    if (!*timeout) return;
    ids->timer = timers_.arm(clock_.steady().plus(**timeout), [this, ids, later, name] {
        later.fail(core::error(core::ErrorKind::Timeout, "pot " + name + " has not ended"), name);
        pots_.cancel_wait(ids->wait);
    });
}

}  // namespace potd::api
