#include "api/convert/operations.hpp"

#include "core/service/operation_service.hpp"

#include <optional>
#include <string>

namespace potd::api {
namespace {

std::optional<std::string> given(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

/// Where to look at what came of it.
std::optional<std::string> result_of(const core::Operation& operation) {
    using Kind = core::OperationKind;
    const bool gone = operation.kind == Kind::Destroy || operation.kind == Kind::RemoveBase ||
                      operation.kind == Kind::RemoveVolume || operation.kind == Kind::RemoveNetwork;
    if (operation.state != core::OperationState::Done || gone) return std::nullopt;
    if (!operation.base.empty()) return "/v1/bases/" + operation.base;
    if (!operation.volume.empty()) return "/v1/fscomps/" + operation.volume;
    if (!operation.network.empty()) return "/v1/networks/" + operation.network;
    if (!operation.pot_id.empty()) return "/v1/pots/" + operation.pot_id;
    return std::nullopt;
}

wire::Progress progress_to_wire(const core::OperationProgress& progress) {
    return {progress.current, progress.total, given(progress.unit), given(progress.message)};
}

}  // namespace

Problem problem_of(const core::Operation& operation) {
    Problem problem = to_problem(operation.error.value_or(core::Error{}), operation.pot);
    problem.operation = operation.id;
    return problem;
}

wire::Operation to_wire(const core::Operation& operation) {
    wire::Operation out;
    out.id = operation.id;
    out.kind = core::to_string(operation.kind);
    out.state = core::to_string(operation.state);
    out.pot = given(operation.pot);
    out.pot_id = given(operation.pot_id);
    if (operation.run != 0) out.run = operation.run;
    out.base = given(operation.base);
    out.fscomp = given(operation.volume);
    out.network = given(operation.network);
    out.created_at = core::format_time(operation.created_at);
    if (operation.ended_at) out.ended_at = core::format_time(*operation.ended_at);
    out.progress = progress_to_wire(operation.progress);
    if (operation.error) out.error = to_wire(problem_of(operation));
    out.result = result_of(operation);
    out.can_cancel = core::OperationService::can_cancel(operation);
    return out;
}

}  // namespace potd::api
