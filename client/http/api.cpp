#include "client/http/api.hpp"

#include "client/output/json_text.hpp"
#include "client/text/width.hpp"

#include <poll.h>

namespace potd::client {
namespace {

// After a break: potd is back within so long, if it comes back.
constexpr int connect_tries = 100;
constexpr int pause_ms = 100;
// The first repeat may still reach the potd that is just dying, whose socket takes it and answers nothing.
constexpr int most_repeats = 3;

Result<std::string> read_all(Connection& connection, const ResponseHead& head) {
    std::string body;
    BodyReader reader(head);
    for (;;) {
        const auto more = reader.read(connection, body);
        if (!more) return more.failure();
        if (!*more) return body;
    }
}

Failure problem(Connection& connection, const ResponseHead& head) {
    const auto body = read_all(connection, head);
    return body ? failure_from(head.status, *body) : body.failure();
}

int exit_of(int status) {
    switch (status) {
        case 400:
        case 422: return exit_code::usage;
        case 404:
        case 410: return exit_code::not_found;
        case 409:
        case 412:
        case 423: return exit_code::conflict;
        default: return exit_code::failed;
    }
}

}  // namespace

Failure failure_from(int status, std::string_view body) {
    Failure failure;
    failure.exit = exit_of(status);
    const auto parsed = parse_json(body);
    if (parsed && parsed->is_object()) {
        const Value& problem = *parsed;
        failure.why = problem["detail"].text().empty() ? problem["title"].text() : problem["detail"].text();
        failure.code = problem["code"].text();
        failure.field = problem["field"].text();
    }
    if (failure.why.empty()) failure.why = "potd answered with status " + std::to_string(status);
    // What this version lacks is no mistake of whoever asked for it.
    if (failure.code == "unsupported") failure.exit = exit_code::failed;
    if (status == 401) failure.hint = "--token-file or POTD_TOKEN gives one";
    return failure;
}

std::string pot_url(std::string_view name, std::string_view rest) {
    return "/v1/pots/" + url_escape(name) + std::string(rest);
}

std::string fscomp_url(std::string_view name) {
    return "/v1/fscomps/" + url_escape(name);
}

std::string network_url(std::string_view name, std::string_view rest) {
    return "/v1/networks/" + url_escape(name) + std::string(rest);
}

Status check_texts(const Value& body) {
    for (std::string_view rest = body.text(); !rest.empty();) {
        const Character character = first_character(rest);
        if (!character.valid)
            return usage("'" + body.text() + "' is not UTF-8, as all that is sent has to be");
        rest.remove_prefix(character.bytes);
    }
    for (const auto& item : body.items()) {
        if (auto fine = check_texts(item); !fine) return fine;
    }
    for (const auto& [name, value] : body.members()) {
        if (auto fine = check_texts(Value(name)); !fine) return fine;
        if (auto fine = check_texts(value); !fine) return fine;
    }
    return Done{};
}

Status Api::connect() {
    if (connection_ && !connection_->is_stale()) return Done{};
    auto opened = Connection::open(endpoint_);
    if (!opened) return opened.failure();
    connection_ = std::move(*opened);
    return Done{};
}

/// Nothing tells when somebody listens at an address again, so it is tried.
Status Api::connect_again() {
    connection_.reset();
    Status connected = connect();
    for (int left = connect_tries; !connected && left > 0; --left) {
        static_cast<void>(::poll(nullptr, 0, pause_ms));
        connected = connect();
    }
    return connected;
}

Result<Value> Api::post(std::string_view target) {
    auto answer = call("POST", target, Value::object());
    if (answer) return answer;
    Failure failure = answer.failure();
    if (failure.exit == exit_code::usage) failure.exit = exit_code::failed;
    return failure;
}

std::string Api::request(std::string_view method, std::string_view target, const Headers& headers,
                         const std::optional<Value>& body) const {
    std::string out;
    ((out += method) += ' ') += target;
    out += " HTTP/1.1\r\nHost: ";
    out += endpoint_.authority();
    out += "\r\nUser-Agent: potctl\r\n";
    if (!token_.empty()) out += "Authorization: Bearer " + token_ + "\r\n";
    for (const auto& [name, value] : headers) ((out.append(name) += ": ") += value) += "\r\n";
    if (!body) return out + "\r\n";
    const std::string text = compact_json(*body);
    if (method != "PATCH") out += "Content-Type: application/json\r\n";
    out += "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n";
    return out + text;
}

Result<Value> Api::call(std::string_view method, std::string_view target, const std::optional<Value>& body,
                        const Headers& headers) {
    if (body) {
        if (auto fine = check_texts(*body); !fine) return fine.failure();
    }
    Headers all = headers;
    all.emplace_back("Accept", "application/json");
    const bool changes = method != "GET" && !target.ends_with("/exec") &&
                         target.find("dry_run=true") == std::string_view::npos;
    if (changes) all.emplace_back("Idempotency-Key", random_key());
    if (changes && respond_async_) all.emplace_back("Prefer", "respond-async");
    const std::string text = request(method, target, all, body);
    if (auto connected = connect(); !connected) return connected.failure();
    bool broken = false;
    auto answer = exchange(text, broken);
    for (int left = most_repeats; broken && changes && left > 0 && connect_again(); --left)
        answer = exchange(text, broken);
    return answer;
}

/// `broken`: there was no whole answer.
Result<Value> Api::exchange(std::string_view request, bool& broken) {
    broken = true;
    if (auto sent = connection_->send(request); !sent) return sent.failure();
    const auto head = read_head(*connection_);
    if (!head) return head.failure();
    const auto text = read_all(*connection_, *head);
    if (!head->keep_alive || !text) connection_.reset();
    if (!text) return text.failure();
    broken = false;
    if (head->status >= 300) return failure_from(head->status, *text);
    if (text->empty()) return Value();
    return parse_json(*text);
}

Result<Value> Api::patch(std::string_view target, const Value& body, std::int64_t version) {
    Headers headers = {{"Content-Type", "application/merge-patch+json"}};
    if (version > 0) headers.emplace_back("If-Match", "\"" + std::to_string(version) + "\"");
    return call("PATCH", target, body, headers);
}

Result<Value> Api::list(std::string_view target) {
    const char separator = target.find('?') == std::string_view::npos ? '?' : '&';
    Value items = Value::array();
    std::string after;
    do {
        std::string page_url(target);
        if (!after.empty()) (page_url += separator) += "after=" + url_escape(after);
        auto page = get(page_url);
        if (!page) return page;
        for (const auto& item : (*page)["items"].items()) items.push(item);
        const std::string next = (*page)["next"].text();
        // A server that repeats itself must not keep potctl for ever.
        after = next == after ? std::string() : next;
    } while (!after.empty());
    Value all = Value::object();
    all.set("items", std::move(items));
    all.set("next", Value());
    return all;
}

Result<Stream> Api::stream(std::string_view target, std::string_view accept) {
    auto connection = Connection::open(endpoint_);
    if (!connection) return connection.failure();
    const Headers headers = {{"Accept", std::string(accept)}};
    if (auto sent = connection->send(request("GET", target, headers, std::nullopt)); !sent)
        return sent.failure();
    const auto head = read_head(*connection);
    if (!head) return head.failure();
    if (head->status >= 300) return problem(*connection, *head);
    return Stream{std::move(*connection), BodyReader(*head)};
}

Result<Upload> Api::upload(std::string_view target, std::string_view type) {
    auto connection = Connection::open(endpoint_);
    if (!connection) return connection.failure();
    const Headers headers = {{"Accept", "application/json"},
                             {"Content-Type", std::string(type)},
                             {"Transfer-Encoding", "chunked"},
                             {"Expect", "100-continue"}};
    if (auto sent = connection->send(request("PUT", target, headers, std::nullopt)); !sent)
        return sent.failure();
    return Upload::begin(std::move(*connection));
}

Result<Pending> Api::begin(std::string_view method, std::string_view target) {
    auto connection = Connection::open(endpoint_);
    if (!connection) return connection.failure();
    const Headers headers = {{"Accept", "application/json"}};
    const auto body = method == "GET" ? std::nullopt : std::optional(Value::object());
    if (auto sent = connection->send(request(method, target, headers, body)); !sent) return sent.failure();
    return Pending(std::move(*connection));
}

Result<Value> Pending::finish() {
    const auto head = read_head(connection_);
    if (!head) return head.failure();
    const auto text = read_all(connection_, *head);
    if (!text) return text.failure();
    if (head->status >= 300) return failure_from(head->status, *text);
    return text->empty() ? Result<Value>(Value()) : parse_json(*text);
}

Result<WebSocket> Api::upgrade(std::string_view target) {
    auto connection = Connection::open(endpoint_);
    if (!connection) return connection.failure();
    const std::string key = random_key();
    const Headers headers = {{"Connection", "Upgrade"},
                             {"Upgrade", "websocket"},
                             {"Sec-WebSocket-Version", "13"},
                             {"Sec-WebSocket-Key", key}};
    if (auto sent = connection->send(request("GET", target, headers, std::nullopt)); !sent)
        return sent.failure();
    const auto head = read_head(*connection);
    if (!head) return head.failure();
    if (head->status != 101) return problem(*connection, *head);
    if (head->header("sec-websocket-accept") != accept_key(key)) {
        return failed("potd's WebSocket handshake makes no sense");
    }
    return WebSocket(std::move(*connection));
}

}  // namespace potd::client
