#include "api/http/router.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace potd::api {
namespace {

constexpr std::size_t methods = 8;

std::size_t slot(Method method) {
    return static_cast<std::size_t>(method);
}

/// The next segment of "/a/b"; `path` becomes the rest. The caller has checked that path is not empty.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

/// The media type to answer with; nullopt if the client accepts none of the route's.
std::optional<std::string_view> agreed_type(const Route& route, const Request& request) {
    if (route.produces.empty()) return json_type;
    const auto accept = request.list("Accept");
    if (!accept) return route.produces.front();
    for (const std::string_view candidate : route.produces) {
        if (accepts(*accept, media_type(candidate))) return candidate;
    }
    return std::nullopt;
}

bool has_bad_escape(std::string_view path) {
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    for (auto at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
        const std::string_view two = path.substr(at + 1, 2);
        if (two.size() < 2 || two.find_first_not_of(digits) != std::string_view::npos) return true;
    }
    return false;
}

bool takes_body(const Route& route, const Request& request) {
    const auto header = request.header("Content-Type");
    const bool has_body = route.streams_body || !request.body.empty();
    if (!has_body || route.accepts.empty() || !header) return true;
    const std::string_view type = media_type(*header);
    return std::any_of(route.accepts.begin(), route.accepts.end(),
                       [&](std::string_view candidate) { return equal_ignoring_case(candidate, type); });
}

}  // namespace

struct Router::Node {
    struct Literal {
        std::string text;
        std::unique_ptr<Node> node;
    };
    std::vector<Literal> literals;
    std::unique_ptr<Node> parameter;
    std::array<std::unique_ptr<Route>, methods> routes;
    std::string allow;    ///< "GET, HEAD, OPTIONS"; empty = not a resource
    std::string pattern;  ///< of its routes

    Node* child(std::string_view text) const {
        for (const Literal& literal : literals) {
            if (literal.text == text) return literal.node.get();
        }
        return nullptr;
    }

    void set_allow() {
        allow.clear();
        for (std::size_t i = 0; i < methods; ++i) {
            const bool head = i == slot(Method::Head) && routes[slot(Method::Get)];
            if (routes[i] || head) allow += std::string(to_string(static_cast<Method>(i))) + ", ";
        }
        allow += "OPTIONS";
    }

    void list(std::vector<const Route*>& found) const {
        for (const auto& route : routes) {
            if (route) found.push_back(route.get());
        }
        for (const Literal& literal : literals) literal.node->list(found);
        if (parameter) parameter->list(found);
    }
};

Router::Router(Guard guard) : root_(std::make_unique<Node>()), guard_(std::move(guard)) {}
Router::~Router() = default;

Router::Guard Router::unguarded() {
    const auto anybody = std::make_shared<const core::Principal>(
        core::Principal{core::Principal::Kind::Uid, "-1", {core::Role::Admin, {}}, {}});
    return [anybody](Exchange&, const Route&) { return anybody; };
}

void Router::add(Route route) {
    Node* node = root_.get();
    std::string_view path = route.pattern;
    while (!path.empty()) {
        const std::string_view segment = take_segment(path);
        if (segment.starts_with('{')) {
            if (!node->parameter) node->parameter = std::make_unique<Node>();
            node = node->parameter.get();
        } else if (Node* child = node->child(segment)) {
            node = child;
        } else {
            node->literals.push_back({std::string(segment), std::make_unique<Node>()});
            node = node->literals.back().node.get();
        }
    }
    const std::size_t place = slot(route.method);
    node->pattern = route.pattern;
    node->routes[place] = std::make_unique<Route>(std::move(route));
    node->set_allow();
}

std::vector<const Route*> Router::routes() const {
    std::vector<const Route*> found;
    root_->list(found);
    return found;
}

const Router::Node* Router::find(Exchange& exchange) const {
    const Node* node = root_.get();
    std::string_view path = exchange.request_.path;
    std::size_t count = 0;
    exchange.decoded_.clear();
    exchange.decoded_.reserve(path.size());  // so that views into it stay valid
    while (!path.empty() && node != nullptr) {
        const std::string_view segment = take_segment(path);
        if (const Node* child = node->child(segment)) {
            node = child;
            continue;
        }
        node = node->parameter.get();
        if (node == nullptr || segment.empty() || count == exchange.parameters_.size()) return nullptr;
        exchange.parameters_[count] = segment;
        if (segment.find('%') != std::string_view::npos) {
            const auto decoded = percent_decode(segment);
            // Nothing is called by a name with a NUL.
            if (!decoded || decoded->find('\0') != std::string::npos) return nullptr;
            const std::size_t start = exchange.decoded_.size();
            exchange.decoded_ += *decoded;
            exchange.parameters_[count] = std::string_view(exchange.decoded_).substr(start);
        }
        ++count;
    }
    return node != nullptr && !node->allow.empty() ? node : nullptr;
}

void Router::dispatch(Exchange& exchange) const {
    const Request& request = exchange.request();
    const Node* node = find(exchange);
    if (node == nullptr) {
        if (request.method == Method::Options && request.target == "*")
            return exchange.answer({204, {}, {}, {}, {}});
        if (has_bad_escape(request.path))
            return exchange.fail(
                {400, "malformed", "path: a '%' must be followed by two hexadecimal digits", "path", {}});
        return exchange.fail({404, "not_found", "there is nothing at this path", {}, {}});
    }
    exchange.route_ = node->pattern;
    const Method method = request.method == Method::Head ? Method::Get : request.method;
    if (const auto& route = node->routes[slot(method)]) return call(*route, exchange);
    const std::string allow = "Allow: " + node->allow + "\r\n";
    if (method == Method::Options) return exchange.answer({204, {}, {}, {}, allow});
    exchange.fail({405, "method_not_allowed", "this path takes " + node->allow, {}, {}}, allow);
}

bool Router::streams_body(Exchange& exchange) const {
    const Node* node = find(exchange);
    if (node == nullptr) return false;
    const auto& route = node->routes[slot(exchange.request().method)];
    return route && route->streams_body;
}

void Router::call(const Route& route, Exchange& exchange) const {
    exchange.streams_body_ = route.streams_body;
    exchange.veil_ = nullptr;
    exchange.pot_.clear();
    exchange.principal_ = guard_(exchange, route);
    if (!exchange.principal_) return;
    const auto type = agreed_type(route, exchange.request_);
    if (!type) {
        const std::string offered(route.produces.front());
        return exchange.fail(
            {406, "not_acceptable", "Accept: this path answers with " + offered, "Accept", {}});
    }
    if (!takes_body(route, exchange.request_)) {
        const std::string wanted(route.accepts.front());
        return exchange.fail(
            {415, "unsupported_media_type", "Content-Type: expected " + wanted, "Content-Type", {}});
    }
    Query query;
    if (const auto problem = Query::parse(exchange.request_.query, route.query, query))
        return exchange.fail(*problem);
    exchange.type_ = *type;
    exchange.query_ = std::move(query);
    if (route.operation && admit_)
        admit_(exchange, route);
    else
        route.handler(exchange);
}

}  // namespace potd::api
