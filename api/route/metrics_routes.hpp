#pragma once

#include "api/http/router.hpp"
#include "api/metrics/metrics.hpp"

namespace potd::api {

/// GET /metrics, as Prometheus reads it. `metrics` outlives the router, here and below.
void add_metrics(Router& router, Metrics& metrics);

/// What is answered where only metrics are: /metrics and /v1/health.
void add_metrics_alone(Router& router, Metrics& metrics);

}  // namespace potd::api
