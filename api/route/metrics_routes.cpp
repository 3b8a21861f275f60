#include "api/route/metrics_routes.hpp"

#include "api/route/system_routes.hpp"

namespace potd::api {
namespace {

constexpr std::string_view plain = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view open_metrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

void answer_metrics(Exchange& exchange, Metrics& metrics) {
    const bool is_open = exchange.type() == open_metrics;
    auto body = metrics.scrape(is_open ? Exposition::Format::OpenMetrics : Exposition::Format::Text,
                               exchange.principal());
    if (!body) return exchange.fail(body.error());
    exchange.stream(exchange.type(), *std::move(body));
}

}  // namespace

void add_metrics(Router& router, Metrics& metrics) {
    router.add({Method::Get,
                "/metrics",
                {core::Role::Viewer, Reach::Shown},
                {},
                {},
                {plain, open_metrics},
                [&metrics](Exchange& exchange) { answer_metrics(exchange, metrics); }});
}

void add_metrics_alone(Router& router, Metrics& metrics) {
    add_metrics(router, metrics);
    SystemRoutes::add_health(router);
}

}  // namespace potd::api
