#pragma once

#include "api/http/body_source.hpp"
#include "api/http/problem.hpp"
#include "api/http/query.hpp"
#include "api/http/request.hpp"
#include "api/http/request_body.hpp"
#include "api/http/web_socket.hpp"
#include "core/base/result.hpp"
#include "core/model/audit.hpp"
#include "core/model/principal.hpp"
#include "core/service/along.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace potd::api {

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view problem_type = "application/problem+json";
inline constexpr std::string_view text_type = "text/plain; charset=utf-8";
inline constexpr std::string_view ndjson_type = "application/x-ndjson";

struct Answer {
    int status = 200;
    std::string_view type = json_type;          ///< empty = no body at all
    std::string_view body;                      ///< copied before the call returns
    std::shared_ptr<const std::string> shared;  ///< instead of body: kept until it is sent, not copied
    std::string_view headers;                   ///< further header lines, each with its CR LF
    const core::Error* error = nullptr;         ///< what it tells of, until the call returns; null if nothing
};

/// An error as whoever asks may be told of it.
using Veil = std::function<core::Error(const core::Error&)>;

/// Where answers go: the connection. Each request is answered by exactly one of these.
class AnswerSink {
  public:
    virtual ~AnswerSink() = default;
    virtual void answer(std::uint64_t request, const Answer& answer) = 0;
    virtual void stream(std::uint64_t request, std::string_view type, std::unique_ptr<BodySource> source) = 0;
    /// The holder of a Later is gone without an answer.
    virtual void abandoned(std::uint64_t request) = 0;
};

/// A request that is answered after its handler has returned. Copyable, because continuations are;
/// all copies are one. If the last goes without having answered, the client gets status 500.
class Later {
  public:
    Later(std::weak_ptr<AnswerSink> sink, std::uint64_t request, Veil veil = {});

    void answer(const Answer& answer) const;
    void fail(const core::Error& error, std::string_view pot = {}) const;
    /// An error as whoever asks may be told of it.
    [[nodiscard]] core::Error told(const core::Error& error) const;
    void stream(std::string_view type, std::unique_ptr<BodySource> source) const;

    /// What to do when the client has vanished (or potd ends and the request is passive). Not called
    /// after an answer.
    void on_cancel(std::function<void()> cancel) const;
    /// This request only waits for something that may never come: at shutdown it is not waited for.
    void set_passive() const;
    /// The answer is owed also to whoever may no longer ask by then: it tells him that.
    void set_owed() const;

    struct State;
    [[nodiscard]] const std::shared_ptr<State>& state() const { return state_; }

  private:
    std::shared_ptr<State> state_;
};

struct Later::State {
    State(std::weak_ptr<AnswerSink> where, std::uint64_t number, Veil over_errors)
        : sink(std::move(where)), request(number), veil(std::move(over_errors)) {}
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    std::weak_ptr<AnswerSink> sink;
    std::uint64_t request;
    Veil veil;          ///< empty: errors are told as they are
    bool over = false;  ///< answered or cancelled
    bool passive = false;
    bool owed = false;
    std::function<void()> cancel;
};

/// Who was refused at the door.
struct Refused {
    std::string actor;
    std::string role;  ///< empty: none
};

/// One request and the ways to answer it. A handler answers before it returns, or takes a Later.
class Exchange {
  public:
    using OnSocket = std::function<void(WebSocket&)>;

    virtual ~Exchange() = default;

    [[nodiscard]] const Request& request() const { return request_; }
    /// Decoded path parameter, by its place in the pattern.
    [[nodiscard]] std::string_view parameter(std::size_t index) const { return parameters_.at(index); }
    [[nodiscard]] const Query& query() const { return query_; }
    /// The type of answer that was agreed on, one of the route's.
    [[nodiscard]] std::string_view type() const { return type_; }
    /// Who asks, and may. Null until the router has let him in.
    [[nodiscard]] const core::PrincipalPtr& principal() const { return principal_; }

    /// What is recorded of it, to be filled in while it is carried out; null if nothing is.
    [[nodiscard]] const std::shared_ptr<core::AuditRecord>& audit() const { return audit_; }
    void set_audit(std::shared_ptr<core::AuditRecord> record) { audit_ = std::move(record); }
    /// Before it is answered so.
    void set_refused(Refused who) { refused_ = std::move(who); }
    [[nodiscard]] const std::optional<Refused>& refused() const { return refused_; }
    /// The pot (its id) without whose sight he may have nothing of this request; empty: none.
    void set_pot(std::string id) { pot_ = std::move(id); }
    /// Through which errors of this request are told from now on.
    void set_veil(Veil veil) { veil_ = std::move(veil); }
    [[nodiscard]] const Veil& veil() const { return veil_; }

    virtual void answer(const Answer& answer) = 0;
    virtual void stream(std::string_view type, std::unique_ptr<BodySource> source) = 0;
    [[nodiscard]] virtual Later later() = 0;
    /// The operation that the request is; empty if it is none.
    [[nodiscard]] virtual std::string operation() const { return {}; }
    /// For the service that carries it out.
    [[nodiscard]] virtual core::Along along() const { return {}; }
    /// Answers 101 and later hands out the socket once it is open (never if the client is gone by then).
    /// False: the client did not ask for a WebSocket and got 426.
    [[nodiscard]] virtual bool upgrade(OnSocket on_socket) = 0;
    /// What the client sends, for a route that takes it as a stream; null for any other. Asked once. An
    /// answer given before its end closes the connection.
    [[nodiscard]] virtual std::unique_ptr<RequestBody> body() { return nullptr; }

    void fail(const core::Error& error, std::string_view pot = {});
    void fail(const Problem& problem, std::string_view headers = {});

  protected:
    friend class Router;
    Request request_;                             // NOLINT: shared with the router by design
    std::array<std::string_view, 4> parameters_;  // NOLINT
    std::string decoded_;                         // NOLINT: backs parameters that were encoded
    Query query_;                                 // NOLINT
    std::string_view type_ = json_type;           // NOLINT
    core::PrincipalPtr principal_;                // NOLINT
    std::shared_ptr<core::AuditRecord> audit_;    // NOLINT
    std::optional<Refused> refused_;              // NOLINT
    std::string pot_;                             // NOLINT
    Veil veil_;                                   // NOLINT: empty: errors are told as they are
    bool streams_body_ = false;                   // NOLINT: the route takes the body as a stream
    std::string_view route_;                      // NOLINT: the route's pattern, which the router keeps
};

}  // namespace potd::api
