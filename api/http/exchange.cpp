#include "api/http/exchange.hpp"

#include <utility>

namespace potd::api {

Later::State::~State() {
    if (over) return;
    if (const auto target = sink.lock()) target->abandoned(request);
}

Later::Later(std::weak_ptr<AnswerSink> sink, std::uint64_t request, Veil veil)
    : state_(std::make_shared<State>(std::move(sink), request, std::move(veil))) {}

void Later::answer(const Answer& answer) const {
    if (std::exchange(state_->over, true)) return;
    state_->cancel = nullptr;
    if (const auto sink = state_->sink.lock()) sink->answer(state_->request, answer);
}

core::Error Later::told(const core::Error& error) const {
    return state_->veil ? state_->veil(error) : error;
}

void Later::fail(const core::Error& error, std::string_view pot) const {
    const core::Error shown = told(error);
    const Problem problem = to_problem(shown, pot);
    answer({problem.status, problem_type, to_json(problem), {}, {}, &shown});
}

void Later::stream(std::string_view type, std::unique_ptr<BodySource> source) const {
    if (std::exchange(state_->over, true)) return;
    state_->cancel = nullptr;
    if (const auto sink = state_->sink.lock()) sink->stream(state_->request, type, std::move(source));
}

void Later::on_cancel(std::function<void()> cancel) const {
    if (!state_->over) state_->cancel = std::move(cancel);
}

void Later::set_passive() const {
    state_->passive = true;
}

void Later::set_owed() const {
    state_->owed = true;
}

void Exchange::fail(const core::Error& error, std::string_view pot) {
    const core::Error told = veil_ ? veil_(error) : error;
    const Problem problem = to_problem(told, pot);
    answer({problem.status, problem_type, to_json(problem), {}, {}, &told});
}

void Exchange::fail(const Problem& problem, std::string_view headers) {
    answer({problem.status, problem_type, to_json(problem), {}, headers});
}

}  // namespace potd::api
