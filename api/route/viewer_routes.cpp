#include "api/route/viewer_routes.hpp"

#include "api/route/viewer_file.hpp"

#include <algorithm>

namespace potd::api {
namespace {

// The page may ask potd alone; Swagger UI sets styles of its own by scripts, and has pictures inside its
// files.
constexpr std::string_view page_headers =
    "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\nCache-Control: max-age=3600\r\n"
    "Content-Security-Policy: default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n";

void send(Exchange& exchange, std::string_view name) {
    const auto files = viewer_files();
    if (files.empty()) {
        return exchange.fail(Problem{
            404, "not_found", "this potd was built without a viewer; /openapi.yaml is its document", {}, {}});
    }
    const auto file =
        std::find_if(files.begin(), files.end(), [name](const ViewerFile& one) { return one.name == name; });
    if (file == files.end()) {
        return exchange.fail(
            Problem{404, "not_found", "there is no file " + std::string(name) + " below /docs", {}, {}});
    }
    const auto accepted = exchange.request().header("Accept-Encoding");
    if (accepted && !accepts_coding(*accepted, "gzip")) {
        return exchange.fail(Problem{
            406, "not_acceptable", "what is below /docs comes as gzip alone: Accept-Encoding", {}, {}});
    }
    exchange.answer({200, file->type, file->gzip, {}, page_headers});
}

}  // namespace

void add_viewer_routes(Router& router) {
    const Access access{core::Role::Viewer, Reach::Common};
    router.add({Method::Get, "/docs", access, {}, {}, {}, [](Exchange& exchange) { send(exchange, ""); }});
    router.add({Method::Get, "/docs/{file}", access, {}, {}, {}, [](Exchange& exchange) {
                    send(exchange, exchange.parameter(0));
                }});
}

}  // namespace potd::api
