#include "api/route/operation_call.hpp"

#include "api/convert/operations.hpp"
#include "core/service/operation_truth.hpp"
#include "openapi/wire/codec.hpp"

#include <exception>
#include <utility>

namespace potd::api {
namespace {

/// A longer answer is given once only.
constexpr std::size_t longest_kept = 256UL * 1024;

core::Status status_of(const Answer& answer) {
    if (answer.status < 400) return {};
    if (answer.error != nullptr) return *answer.error;
    return core::error(core::ErrorKind::InvalidArgument,
                       "refused with status " + std::to_string(answer.status));
}

core::KeptAnswer kept(const Answer& answer) {
    const std::string_view body = answer.shared ? std::string_view(*answer.shared) : answer.body;
    if (body.size() > longest_kept) {
        const Problem lost{409, "conflict", "it was done; its answer was too long to be kept", {}, {}};
        return {lost.status, {}, std::string(problem_type), to_json(lost)};
    }
    return {answer.status, std::string(answer.headers), std::string(answer.type), std::string(body)};
}

core::KeptAnswer acceptance(const core::Operation& operation) {
    return {202, "Location: /v1/operations/" + operation.id + "\r\nPreference-Applied: respond-async\r\n",
            std::string(json_type), wire::encode(to_wire(operation))};
}

}  // namespace

OperationCall::OperationCall(Parts parts, const core::Operation& operation, ClientWish wish, Exchange& given)
    : parts_(std::move(parts)),
      id_(operation.id),
      first_(core::is_recorded_first(operation.kind) && (wish.respond_async || !wish.key.empty())),
      wish_(std::move(wish)),
      client_(given.later()),
      given_(&given) {
    request_ = given.request();
    for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i] = given.parameter(i);
    query_ = given.query();
    type_ = given.type();
    principal_ = given.principal();
    veil_ = given.veil();
    audit_ = given.audit();
    if (audit_) audit_->end.operation = id_;
}

void OperationCall::begin(const Handler& handler) {
    if (first_) {
        given_ = nullptr;
        return record_first(handler);
    }
    act(handler);
    given_ = nullptr;
    // After what the handler posted: a request that is refused at once is told so.
    if (wish_.respond_async) parts_.executor.post([self = shared_from_this()] { self->promise(); });
}

/// The views of the connection's request do not last until it is recorded.
void OperationCall::own_request() {
    owned_.reserve(4 + parameters_.size() + 2 * request_.headers.size());  // so that views into it stay valid
    const auto own = [this](std::string_view& text) { text = owned_.emplace_back(text); };
    own(request_.path);
    own(request_.query);
    own(request_.body);
    own(request_.authority);
    for (std::string_view& parameter : parameters_) own(parameter);
    for (Header& header : request_.headers) {
        own(header.name);
        own(header.value);
    }
    request_.method_text = to_string(request_.method);
    request_.target = request_.path;
    request_.id = {};
}

void OperationCall::record_first(const Handler& handler) {
    own_request();
    record(wish_.respond_async ? core::Durability::Intent : core::Durability::Observation,
           [this, handler] { act(handler); });
}

/// Not yet if it has ended by then, then the client is told of the end at once.
void OperationCall::promise() {
    if (!told_) record(core::Durability::Intent, [] {});
}

void OperationCall::record(core::Durability durability, std::function<void()> then) {
    std::optional<core::KeptAnswer> promised;
    if (const auto operation = parts_.operations.find(id_); operation && wish_.respond_async)
        promised = acceptance(*operation);
    parts_.operations.record(
        id_, durability, promised,
        [self = shared_from_this(), promised, then = std::move(then)](const core::Status& recorded) {
            if (!recorded) {
                self->parts_.operations.end(self->id_, recorded, std::nullopt);
                self->answered_ = true;
                const Problem problem = to_problem(recorded.error());
                return self->tell({problem.status, problem_type, to_json(problem), {}, {}});
            }
            if (promised)
                self->tell({promised->status, promised->type, promised->body, {}, promised->headers});
            then();
        });
}

void OperationCall::act(const Handler& handler) {
    acting_ = true;
    try {
        handler(*this);
    } catch (const std::exception& problem) {
        const core::Error bug =
            core::error(core::ErrorKind::Internal, std::string("unexpected: ") + problem.what());
        answer({500, problem_type, to_json(to_problem(bug)), {}, {}, &bug});
    }
    acting_ = false;
}

void OperationCall::take(const Answer& answer) {
    const auto self = shared_from_this();
    if (std::exchange(answered_, true)) return;
    const auto operation = parts_.operations.find(id_);
    const core::Status status = status_of(answer);
    const bool malformed = acting_ && !deferred_ && !status && !first_;
    if (malformed)
        parts_.operations.forget(id_);
    else
        parts_.operations.end(id_, status, kept(answer));
    const bool refused = !status && !(operation && operation->begun);
    if (told_ || !wish_.respond_async || refused) tell(answer);
}

void OperationCall::tell(const Answer& answer) {
    const auto self = shared_from_this();
    if (!std::exchange(told_, true)) client_.answer(answer);
    if (answered_) parts_.over(id_);
}

// Exchange and AnswerSink

void OperationCall::answer(const Answer& answer) {
    take(answer);
}

void OperationCall::stream(std::string_view /*type*/, std::unique_ptr<BodySource> /*source*/) {
    const core::Error bug =
        core::error(core::ErrorKind::Internal, "an operation does not answer with a stream");
    take({500, problem_type, to_json(to_problem(bug)), {}, {}, &bug});
}

Later OperationCall::later() {
    deferred_ = true;
    return {weak_from_this(), 1, veil_};
}

bool OperationCall::upgrade(OnSocket /*on_socket*/) {
    stream({}, nullptr);
    return false;
}

/// The connection goes on to the next request only when this one is answered.
std::unique_ptr<RequestBody> OperationCall::body() {
    return given_ == nullptr ? nullptr : given_->body();
}

void OperationCall::answer(std::uint64_t /*request*/, const Answer& answer) {
    take(answer);
}

void OperationCall::stream(std::uint64_t /*request*/, std::string_view type,
                           std::unique_ptr<BodySource> source) {
    stream(type, std::move(source));
}

void OperationCall::abandoned(std::uint64_t /*request*/) {
    const core::Error dropped =
        core::error(core::ErrorKind::Internal, "the request was dropped without an answer");
    take({500, problem_type, to_json(to_problem(dropped)), {}, {}, &dropped});
}

}  // namespace potd::api
