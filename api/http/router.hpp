#pragma once

#include "api/http/access.hpp"
#include "api/http/exchange.hpp"
#include "core/model/operation.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::api {

/// One method on one path, with what is checked before its handler is called.
struct Route {
    Method method = Method::Get;
    std::string pattern;                    ///< "/v1/pots/{name}/start"
    Access access;                          ///< whom it serves
    std::vector<std::string> query;         ///< parameters it takes; any other is refused by name
    std::vector<std::string_view> accepts;  ///< media types of the body it takes; empty = none
    std::vector<std::string_view> produces = {json_type};  ///< the first is the default; empty = unchecked
    std::function<void(Exchange&)> handler;
    std::optional<core::OperationKind> operation =
        {};                     ///< what the request is, if it is to be admitted as one
    bool streams_body = false;  ///< the handler is called at the end of the head and pulls Exchange::body
    bool acts = false;          ///< it changes something although it is a GET
};

/// Finds the route of a request and refuses what fits none: 404, 405 with Allow, 406, 415, 422 for
/// the query. HEAD is answered by GET's handler, OPTIONS here. Filled once, then only read.
class Router {
  public:
    /// Before anything else of a route that was found: who it is that asks, or null after having answered
    /// why he may not.
    using Guard = std::function<core::PrincipalPtr(Exchange&, const Route&)>;
    explicit Router(Guard guard);
    /// Lets everybody in, as one who may everything: for what is told to everybody who can connect.
    [[nodiscard]] static Guard unguarded();

    ~Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    /// Patterns must not be ambiguous: a parameter stands beside literals, never beside another name.
    void add(Route route);
    /// Always ends in an answer or a Later. Does not catch.
    void dispatch(Exchange& exchange) const;
    /// Whether the route of this request, if there is one, takes its body as a stream.
    [[nodiscard]] bool streams_body(Exchange& exchange) const;
    [[nodiscard]] std::vector<const Route*> routes() const;

    /// Calls the handler of a route that is an operation, or answers in its place.
    using Admit = std::function<void(Exchange&, const Route&)>;
    void set_admission(Admit admit) { admit_ = std::move(admit); }

    /// Whether somebody whom the guard has let in still may what he could then; without it everybody may.
    /// What is held open otherwise, an answer that goes on or a WebSocket, is cut off by the server.
    /// `pot`: as of Exchange::set_pot.
    using Hold = std::function<bool(const core::Principal&, const Peer&, std::string_view pot)>;
    void set_hold(Hold hold) { hold_ = std::move(hold); }
    [[nodiscard]] bool holds(const core::Principal& who, const Peer& peer, std::string_view pot) const {
        return !hold_ || hold_(who, peer, pot);
    }

  private:
    struct Node;
    [[nodiscard]] const Node* find(Exchange& exchange) const;
    void call(const Route& route, Exchange& exchange) const;
    std::unique_ptr<Node> root_;
    Guard guard_;
    Admit admit_;
    Hold hold_;
};

}  // namespace potd::api
