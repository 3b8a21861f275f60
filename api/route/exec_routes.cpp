#include "api/route/exec_routes.hpp"

#include "api/http/problem.hpp"
#include "api/route/exec_call.hpp"
#include "api/route/exec_request.hpp"
#include "api/route/exec_socket.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/exec.hpp"

#include <memory>
#include <optional>

namespace potd::api {
namespace {

core::Result<ExecCall::Plan> plan_of(const wire::ExecRequest& body, const core::Pot& pot) {
    if (body.terminal.value_or(false)) return bad_field("terminal", "terminal: only over a WebSocket");
    auto key = running(pot);
    if (!key) return std::move(key).error();
    auto request = to_core(body);
    if (!request) return std::move(request).error();
    ExecCall::Plan plan{*key, std::move(request).value(), body.input.value_or(""), {}, pot.spec.name};
    if (body.timeout) {
        auto timeout = core::parse_duration(*body.timeout, "timeout");
        if (!timeout) return std::move(timeout).error();
        plan.timeout = *timeout;
    }
    return plan;
}

/// The request of a WebSocket's first message.
core::Result<core::ExecRequest> request_of(const wire::ExecRequest& body) {
    if (body.input) return bad_field("stdin", "stdin: over a WebSocket it is sent as binary messages");
    if (body.timeout) return bad_field("timeout", "timeout: only with POST");
    return to_core(body);
}

}  // namespace

void ExecRoutes::add_to(Router& router) {
    router.add({Method::Post,
                "/v1/pots/{name}/exec",
                {core::Role::Developer, Reach::Pot},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { run(exchange); },
                core::OperationKind::Exec});
    router.add({Method::Get,
                "/v1/pots/{name}/exec",
                {core::Role::Developer, Reach::Pot},
                {},
                {},
                {},
                [this](Exchange& exchange) { open(exchange); },
                std::nullopt,
                false,
                true});
    router.add({Method::Get,
                "/v1/pots/{name}/attach",
                {core::Role::Developer, Reach::Pot},
                {"lossless", "owns_input"},
                {},
                {},
                [this](Exchange& exchange) { attach(exchange); },
                std::nullopt,
                false,
                true});
}

void ExecRoutes::run(Exchange& exchange) {
    const auto body = read_body<wire::ExecRequest>(exchange);
    if (!body) return;
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    auto plan = plan_of(*body, *pot);
    if (!plan) return exchange.fail(plan.error(), name);
    std::make_shared<ExecCall>(exchange.later(), std::move(plan).value(), clock_, timers_)->begin(host_);
}

void ExecRoutes::open(Exchange& exchange) {
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    if (const auto key = running(*pot); !key) return exchange.fail(key.error(), name);
    const auto socket = std::make_shared<ExecSocket>(clock_, timers_, name);
    socket->set_start([this, weak = std::weak_ptr(socket), id = pot->id](std::string_view message) {
        const auto self = weak.lock();
        if (!self) return;
        wire::ExecRequest body;
        if (const auto problem = wire::decode(message, body)) return self->fail(to_problem(*problem));
        auto request = request_of(body);
        if (!request) return self->fail(request.error());
        const core::PotPtr now = pots_.with_id(id.text);
        if (!now) return self->fail(unknown_pot(id.text));
        const auto key = running(*now);
        if (!key) return self->fail(key.error());
        host_.exec(*key, std::move(request).value(),
                   [weak](core::Result<std::unique_ptr<core::ExecSession>> session) {
                       if (const auto still = weak.lock()) still->on_session(std::move(session));
                   });
    });
    if (!exchange.upgrade([socket](WebSocket& opened) { socket->on_socket(opened); })) return;
}

/// The console is asked for before the client can see the 101, so that a start it sends then finds it
/// waiting.
void ExecRoutes::attach(Exchange& exchange) {
    const auto lossless = value_or_fail(exchange, exchange.query().flag("lossless"));
    if (!lossless) return;
    const auto owns_input = value_or_fail(exchange, exchange.query().flag("owns_input"));
    if (!owns_input) return;
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    const auto socket = std::make_shared<ExecSocket>(clock_, timers_, name);
    if (*owns_input) socket->set_owns_input();
    if (!exchange.upgrade([socket](WebSocket& opened) { socket->on_socket(opened); })) return;
    const auto id = pots_.attach(
        pot->id.text, {*lossless},
        [weak = std::weak_ptr(socket)](core::Result<std::unique_ptr<core::ExecSession>> session) {
            if (const auto self = weak.lock()) self->on_session(std::move(session));
        });
    socket->set_on_gone([this, id] { pots_.cancel_attach(id); });
}

}  // namespace potd::api
