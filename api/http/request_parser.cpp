#include "api/http/request_parser.hpp"

#include "api/http/authority.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/verb.hpp>

namespace potd::api {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

Method to_method(http::verb verb) {
    switch (verb) {
        case http::verb::get: return Method::Get;
        case http::verb::head: return Method::Head;
        case http::verb::post: return Method::Post;
        case http::verb::put: return Method::Put;
        case http::verb::patch: return Method::Patch;
        case http::verb::delete_: return Method::Delete;
        case http::verb::options: return Method::Options;
        default: return Method::Other;
    }
}

/// Puts the visible parts of one request together; keeps views of the head, and of the body as long
/// as it comes in one piece and is not streamed.
class Collector : public http::basic_parser<true> {
  public:
    Collector(Request& request, std::size_t head_limit) : request_(&request), head_limit_(head_limit) {}

    [[nodiscard]] int version() const { return version_; }
    [[nodiscard]] std::string_view body() const {
        return gathered_.empty() ? piece_ : std::string_view(gathered_);
    }
    void stream_body() { streamed_ = true; }
    [[nodiscard]] std::string take_gathered() { return std::exchange(gathered_, {}); }

  private:
    void on_request_impl(http::verb verb, boost::beast::string_view method, boost::beast::string_view target,
                         int version, error_code& /*ec*/) override {
        version_ = version;
        request_->method = to_method(verb);
        request_->method_text = view(method);
        request_->target = view(target);
    }
    void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
    void on_field_impl(http::field /*field*/, boost::beast::string_view name, boost::beast::string_view value,
                       error_code& ec) override {
        // A trailer is no part of the head, which counts alone (RFC 9110, section 6.5.1).
        if (head_is_over_) return;
        // A folded value lies in the parser's own buffer, not in ours (RFC 9112 5.2 lets us refuse it).
        if (!value.empty() && (value.data() < name.data() || value.data() > name.data() + head_limit_)) {
            ec = http::error::bad_obs_fold;
            return;
        }
        request_->headers.push_back({view(name), view(value)});
    }
    void on_header_impl(error_code& /*ec*/) override { head_is_over_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, error_code& /*ec*/) override {}
    std::size_t on_body_impl(boost::beast::string_view body, error_code& /*ec*/) override {
        take(view(body));
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, boost::beast::string_view body,
                                   error_code& /*ec*/) override {
        take(view(body));
        return body.size();
    }
    void on_finish_impl(error_code& /*ec*/) override {}

    void take(std::string_view bytes) {
        if (!streamed_ && gathered_.empty() && piece_.empty() &&
            content_length_remaining().value_or(0) == bytes.size()) {
            piece_ = bytes;
        } else {
            gathered_.append(bytes);
        }
    }

    Request* request_;
    std::size_t head_limit_;
    int version_ = 11;
    bool head_is_over_ = false;
    bool streamed_ = false;
    std::string_view piece_;
    std::string gathered_;
};

/// What stands behind "http://" of an absolute form; nullopt of any other.
std::optional<std::string_view> absolute_rest(std::string_view target) {
    const auto mark = target.find("://");
    if (mark == std::string_view::npos) return std::nullopt;
    const std::string_view scheme = target.substr(0, mark);
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) return std::nullopt;
    return target.substr(mark + 3);
}

/// Splits a target in its authority, which it may lack, and the path with the query, both views of it.
std::pair<std::optional<std::string_view>, std::string_view> split(std::string_view target) {
    const auto rest = absolute_rest(target);
    if (!rest) return {std::nullopt, target};
    const auto path = rest->find_first_of("/?");
    return {rest->substr(0, path), rest->substr(std::min(path, rest->size()))};
}

/// What would let another server on the way see the end of the request elsewhere (RFC 9112 6.3 and 11.2),
/// which Beast takes or passes over: lengths and encodings that are not plain, or come twice. Empty if there
/// is nothing.
std::string_view unclear_framing(const Request& request, bool is_http_1_0) {
    int lengths = 0, encodings = 0;
    bool plain = true;
    for (const Header& header : request.headers) {
        if (equal_ignoring_case(header.name, "Content-Length")) {
            ++lengths;
            plain = plain && header.value.find_first_not_of("0123456789") == std::string_view::npos;
        } else if (equal_ignoring_case(header.name, "Transfer-Encoding")) {
            ++encodings;
            plain = plain && equal_ignoring_case(header.value, "chunked");
        }
    }
    if (!plain) return "Content-Length must be a number and Transfer-Encoding chunked";
    if (lengths > 1 || encodings > 1) return "Content-Length and Transfer-Encoding may come once only";
    if (lengths + encodings > 1) return "Content-Length and Transfer-Encoding exclude each other";
    if (encodings == 1 && is_http_1_0) return "HTTP/1.0 has no Transfer-Encoding";
    return {};
}

/// What is wrong with the Host header (RFC 9112, section 3.2); empty if nothing is.
std::string_view bad_host(const Request& request, bool is_http_1_0) {
    int hosts = 0;
    for (const Header& header : request.headers) {
        if (!equal_ignoring_case(header.name, "Host")) continue;
        ++hosts;
        if (!is_authority(header.value)) return "expected a name or an address, and perhaps a port";
    }
    if (hosts > 1) return "it may come once only";
    return hosts == 0 && !is_http_1_0 ? "a request of HTTP/1.1 has this header" : std::string_view();
}

}  // namespace

class RequestParser::Parser {
  public:
    std::optional<Collector> collector;  // NOLINT: made anew for each request, in place
};

RequestParser::RequestParser(std::size_t header_limit, std::uint64_t body_limit)
    : header_limit_(header_limit), body_limit_(body_limit), parser_(std::make_unique<Parser>()) {}

RequestParser::~RequestParser() = default;

void RequestParser::reset(Request& request) {
    request.headers.clear();
    request.body = {};
    request.method = Method::Other;
    request.method_text = request.target = {};
    request.path = request.query = request.authority = {};
    Collector& collector = parser_->collector.emplace(request, header_limit_);
    collector.header_limit(static_cast<std::uint32_t>(header_limit_));
    collector.body_limit(boost::none);  // until begin_body
    state_ = State::Head;
    head_size_ = 0;
    expects_continue_ = false;
    streamed_ = false;
}

std::size_t RequestParser::put(std::string_view bytes, Request& request) {
    if (state_ == State::Head) return put_head(bytes, request);
    return state_ == State::Body ? put_body(bytes, request) : 0;
}

void RequestParser::begin_body(bool streamed) {
    Collector& collector = *parser_->collector;
    state_ = State::Body;
    streamed_ = streamed;
    collector.eager(true);
    if (streamed) return collector.stream_body();
    if (collector.content_length().value_or(0) > body_limit_) return refuse(true, false, {});
    collector.body_limit(body_limit_);
}

std::string RequestParser::take_body() {
    return parser_->collector->take_gathered();
}

/// Beast takes the request line and each field as it comes, so the limit on the whole is kept here.
std::size_t RequestParser::put_head(std::string_view bytes, Request& request) {
    Collector& collector = *parser_->collector;
    error_code ec;
    const std::size_t consumed = collector.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    head_size_ += consumed;
    const bool waits = ec == http::error::need_more;
    if (ec && !waits) {
        refuse(ec == http::error::body_limit, ec == http::error::header_limit, ec.message());
    } else if (head_size_ + (waits ? bytes.size() - consumed : 0) > header_limit_) {
        refuse(false, true, {});
    } else if (collector.is_header_done()) {
        state_ = collector.is_done() ? State::Done : State::Headed;
        read_head(request);
    }
    return consumed;
}

std::size_t RequestParser::put_body(std::string_view bytes, Request& request) {
    if (bytes.empty()) return 0;
    Collector& collector = *parser_->collector;
    error_code ec;
    const std::size_t consumed = collector.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    if (ec && ec != http::error::need_more) {
        refuse(ec == http::error::body_limit, false, ec.message());
    } else if (collector.is_done()) {
        if (!streamed_) request.body = collector.body();
        state_ = State::Done;
    }
    return consumed;
}

void RequestParser::read_head(Request& request) {
    const auto [authority, target] = split(request.target);
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    request.query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
    // The target counts more than the header does (RFC 9112, section 3.2.2).
    request.authority = authority ? *authority : request.header("Host").value_or("");
    expects_continue_ = equal_ignoring_case(request.header("Expect").value_or(""), "100-continue");
    const bool is_absolute = authority && !authority->empty() && is_authority(*authority);
    const bool is_path = request.path.starts_with('/') || request.path == "*";
    if (authority ? !is_absolute : !is_path)
        return fail(400, "malformed", "the request target must be a path");
    if (const auto unclear = unclear_framing(request, is_http_1_0()); !unclear.empty())
        return fail(400, "malformed", std::string(unclear));
    if (const auto bad = bad_host(request, is_http_1_0()); !bad.empty())
        fail(400, "malformed", "Host: " + std::string(bad), "Host");
}

void RequestParser::refuse(bool body, bool header, const std::string& why) {
    if (body)
        return fail(413, "too_large", "the body is larger than " + std::to_string(body_limit_) + " bytes");
    if (header) {
        return fail(431, "too_large", "the head is larger than " + std::to_string(header_limit_) + " bytes");
    }
    fail(400, "malformed", "not an HTTP/1.1 request: " + why);
}

bool RequestParser::keep_alive() const {
    return parser_->collector && parser_->collector->is_header_done() && parser_->collector->keep_alive();
}

bool RequestParser::is_http_1_0() const {
    return parser_->collector && parser_->collector->is_header_done() && parser_->collector->version() == 10;
}

void RequestParser::fail(int status, std::string_view code, std::string detail, std::string field) {
    problem_ = {status, std::string(code), std::move(detail), std::move(field), {}};
    state_ = State::Failed;
}

void RequestParser::relocate(Request& request, const char* from, const char* to) {
    const auto move = [&](std::string_view& text) {
        if (!text.empty()) text = {to + (text.data() - from), text.size()};
    };
    for (std::string_view* text :
         {&request.method_text, &request.target, &request.path, &request.query, &request.authority})
        move(*text);
    for (Header& header : request.headers) {
        move(header.name);
        move(header.value);
    }
}

}  // namespace potd::api
