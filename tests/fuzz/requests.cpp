// The bytes of a client: requests one after the other, in pieces, and what stands in their heads.

#include "api/http/client_wish.hpp"
#include "api/http/query.hpp"
#include "api/http/request.hpp"
#include "api/http/request_parser.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <string>

namespace potd::fuzz {
namespace {

constexpr std::size_t header_limit = 4096;
constexpr std::uint64_t body_limit = 65536;

void read_head(const api::Request& request) {
    (void)api::percent_decode(request.path);
    api::ClientWish wish;
    (void)api::read_wish(request, wish);
    (void)api::accepts(request.header("accept").value_or(""), "application/json");
    (void)api::media_type(request.header("content-type").value_or(""));
}

/// As a connection does, all bytes at hand.
bool take_request(api::RequestParser& parser, std::string& bytes) {
    api::Request request;
    parser.reset(request);
    std::size_t used = 0;
    bool streamed = !bytes.empty() && (bytes.size() % 2) == 0;
    while (true) {
        const std::size_t taken = parser.put(std::string_view(bytes).substr(used), request);
        require(taken <= bytes.size() - used, "no more is taken than was given");
        used += taken;
        if (parser.state() == api::RequestParser::State::Headed) {
            parser.begin_body(streamed);
            continue;
        }
        if (parser.state() == api::RequestParser::State::Body && taken != 0) {
            if (streamed) (void)parser.take_body();
            continue;
        }
        break;
    }
    const bool whole = parser.state() == api::RequestParser::State::Done;
    if (whole) read_head(request);
    bytes.erase(0, used);
    return whole && parser.keep_alive() && used != 0;
}

}  // namespace

void read_request(std::string_view input) {
    api::RequestParser parser(header_limit, body_limit);
    std::string bytes(input);
    while (!bytes.empty() && take_request(parser, bytes)) {
    }
}

void read_query(std::string_view input) {
    (void)api::percent_decode(input);
    api::Query query;
    if (api::Query::parse(input, {"limit", "since", "all", "label", "step"}, query)) return;
    (void)query.number("limit", 1, 1000);
    (void)query.time("since");
    (void)query.flag("all");
    (void)query.duration("step");
}

}  // namespace potd::fuzz
