#include "api/metrics/metrics.hpp"

#include "tests/support/exposition_reader.hpp"
#include "tests/unit/api/routes_fixture.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class MetricsTest : public RoutesFixture {
  protected:
    Exposed scrape() {
        const ParsedAnswer answer = call("GET", "/metrics");
        EXPECT_EQ(answer.status, 200) << answer.body;
        const Exposed found = read_exposition(answer.body);
        EXPECT_THAT(found.problems, IsEmpty());
        return found;
    }
    /// The pieces of one scrape of `metrics`.
    std::vector<std::string> pieces_of(api::Metrics& metrics) {
        auto body = metrics.scrape(api::Exposition::Format::Text);
        EXPECT_TRUE(body.ok());
        std::vector<std::string> pieces;
        for (bool more = true; more;) {
            (*body)->next([&](const core::Result<std::optional<std::string>>& piece) {
                more = piece.ok() && piece->has_value();
                if (more) pieces.push_back(**piece);
            });
            services.heart.loop.run();
        }
        return pieces;
    }
    static core::RunFigures figures() {
        core::RunFigures now;
        now.cpu_usage_ns = 1'500'000'000;
        now.memory_current = 4096;
        now.memory_limit = 1 << 20;
        now.pids_current = 3;
        now.io_read_bytes = 10;
        now.io_write_bytes = 20;
        core::Stall stall;
        stall.some_us = 250'000;
        now.memory_stall = stall;
        core::NetworkFigures network;
        network.total.rx_bytes = 100;
        network.total.tx_dropped = 1;
        network.interfaces = {{"eth0", network.total}};
        now.network = network;
        return now;
    }
};

TEST_F(MetricsTest, TellsPotdItselfWithoutAnyPot) {
    const Exposed found = scrape();
    EXPECT_EQ(
        found.value("potd_build_info", {{"version", "0.1.0"}, {"system", "Linux"}, {"driver", "overlay"}}),
        1);
    EXPECT_EQ(found.value("process_start_time_seconds"), 1'700'000'000);
    EXPECT_EQ(found.value("process_cpu_seconds_total"), 2.5);
    EXPECT_EQ(found.value("process_open_fds"), 17);
    EXPECT_EQ(found.value("potd_pots", {{"state", "running"}}), 0);
    EXPECT_EQ(found.value("potd_bases"), 1);
    EXPECT_EQ(found.value("potd_store_queue_length"), 0);
    EXPECT_GE(found.value("potd_loop_delay_seconds").value_or(-1), 0);
    EXPECT_EQ(found.families.count("potd_pot_up"), 0U);
}

TEST_F(MetricsTest, CountsRequestsByRouteAndStatus) {
    // The fixture's server tells nobody: this one does.
    HttpFixture counted{services.routes().router(), {}, &services.metrics.requests()};
    counted.also = [this] { services.heart.loop.run(); };
    ASSERT_TRUE(counted.listen().ok());
    EXPECT_EQ(counted.ask(get("/v1/pots/none")).status, 404);
    EXPECT_EQ(counted.ask(get("/v1/pots/none%2Fsuch")).status, 404);
    EXPECT_EQ(counted.ask(get("/v1/health")).status, 200);
    EXPECT_EQ(counted.ask(get("/nothing/here")).status, 404);
    EXPECT_EQ(counted.ask("DELETE /v1/health HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
    const Exposed found = read_exposition(counted.ask(get("/metrics")).body);
    const auto requests = [&](const std::string& method, const std::string& route,
                              const std::string& status) {
        return found.value("potd_http_requests_total",
                           {{"method", method}, {"route", route}, {"status", status}});
    };
    EXPECT_EQ(requests("GET", "/v1/pots/{name}", "404"), 2);
    EXPECT_EQ(requests("GET", "/v1/health", "200"), 1);
    EXPECT_EQ(requests("DELETE", "/v1/health", "405"), 1);
    EXPECT_EQ(requests("GET", "other", "404"), 1);
    EXPECT_EQ(found.value("potd_http_request_duration_seconds_count",
                          {{"method", "GET"}, {"route", "/v1/pots/{name}"}}),
              2);
    // A stream counts once it is over, by the time until it began.
    const Exposed again = read_exposition(counted.ask(get("/metrics")).body);
    EXPECT_EQ(again.value("potd_http_requests_total",
                          {{"method", "GET"}, {"route", "/metrics"}, {"status", "200"}}),
              1);
}

TEST_F(MetricsTest, TellsPotsFromWhatWasMeasuredLast) {
    create("web", {{"limits", {{"cpus", 1.5}}}});
    create("idle");
    start("web");
    services.measured["web"] = figures();
    services.measured["idle"] = figures();  // of a run that is over
    Exposed found = scrape();
    EXPECT_EQ(found.value("potd_pot_up", {{"pot", "web"}}), 1);
    EXPECT_EQ(found.value("potd_pot_up", {{"pot", "idle"}}), 0);
    EXPECT_EQ(found.value("potd_pot_wanted", {{"pot", "idle"}}), 0);
    EXPECT_EQ(found.value("potd_pot_cpu_seconds_total", {{"pot", "web"}}), 1.5);
    EXPECT_EQ(found.value("potd_pot_cpu_seconds_total", {{"pot", "idle"}}), std::nullopt);
    EXPECT_EQ(found.value("potd_pot_cpu_limit_cores", {{"pot", "web"}}), 1.5);
    EXPECT_EQ(found.value("potd_pot_memory_bytes", {{"pot", "web"}}), 4096);
    EXPECT_EQ(found.value("potd_pot_io_bytes_total", {{"pot", "web"}, {"direction", "write"}}), 20);
    EXPECT_EQ(found.value("potd_pot_network_bytes_total", {{"pot", "web"}, {"direction", "receive"}}), 100);
    EXPECT_EQ(found.value("potd_pot_stalled_seconds_total",
                          {{"pot", "web"}, {"resource", "memory"}, {"kind", "some"}}),
              0.25);
    EXPECT_EQ(found.value("potd_pot_starts_total", {{"pot", "web"}}), 1);
    EXPECT_EQ(found.value("potd_pots", {{"state", "running"}}), 1);
    EXPECT_EQ(found.value("potd_starts_total", {{"cause", "request"}}), 1);
    EXPECT_EQ(found.families.count("potd_pot_swap_bytes"), 0U) << "nobody counts it here";

    end_run("web", 3);
    found = scrape();
    EXPECT_EQ(found.value("potd_pot_up", {{"pot", "web"}}), 0);
    EXPECT_EQ(found.value("potd_pot_memory_bytes", {{"pot", "web"}}), std::nullopt);
    EXPECT_EQ(found.value("potd_pot_starts_total", {{"pot", "web"}}), 1) << "counters stay";
    EXPECT_EQ(found.sum("potd_exits_total"), 1);
}

TEST_F(MetricsTest, BoundsThePotsWithSeriesOfTheirOwn) {
    for (const char* const name : {"a", "b", "c"}) create(name);
    api::Metrics few(services.metrics_ports(), {"0.1.0", "Linux", "overlay", {}, 2});
    std::string text;
    for (const std::string& piece : pieces_of(few)) text += piece;
    const Exposed found = read_exposition(text);
    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_EQ(found.families.at("potd_pot_up").samples.size(), 2U);
    EXPECT_EQ(found.value("potd_pots_without_series"), 1);
    EXPECT_EQ(found.value("potd_pots", {{"state", "created"}}), 3);
}

TEST_F(MetricsTest, ComesInPiecesThatFitTogetherWhateverHappensBetween) {
    for (int i = 0; i < 300; ++i) create("pot-" + std::to_string(i));
    for (int i = 0; i < 300; i += 2) {
        start("pot-" + std::to_string(i));
        services.measured["pot-" + std::to_string(i)] = figures();
    }
    auto body = services.metrics.scrape(api::Exposition::Format::Text);
    ASSERT_TRUE(body.ok());
    std::string text;
    std::size_t largest = 0;
    int pieces = 0;
    for (bool more = true; more;) {
        (*body)->next([&](const core::Result<std::optional<std::string>>& piece) {
            more = piece.ok() && piece->has_value();
            if (!more) return;
            text += **piece;
            largest = std::max(largest, (*piece)->size());
        });
        services.heart.loop.run();
        if (++pieces == 2) {
            end_run("pot-0");
            services.measured.clear();
        }
    }
    EXPECT_GT(pieces, 3);
    EXPECT_LT(largest, 100'000U);
    const Exposed found = read_exposition(text);
    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_EQ(found.families.at("potd_pot_up").samples.size(), 300U);
    EXPECT_EQ(found.families.at("potd_pot_network_dropped_packets_total").samples.size(), 300U);
}

TEST_F(MetricsTest, HoldsOnlySoManyScrapesAtATime) {
    std::vector<std::unique_ptr<api::BodySource>> held;
    for (int i = 0; i < api::Metrics::most_scrapes; ++i) {
        auto body = services.metrics.scrape(api::Exposition::Format::Text);
        ASSERT_TRUE(body.ok());
        held.push_back(*std::move(body));
    }
    expect_problem(call("GET", "/metrics"), 503, "unavailable");
    // One that goes in the middle is not asked any more.
    held.back()->next([](const auto&) { ADD_FAILURE() << "told to nobody"; });
    held.clear();
    services.heart.loop.run();
    scrape();
}

TEST_F(MetricsTest, CountsHooksOperationsAndRestarts) {
    services.heart.supervisor->set_on_hook(
        [this](core::HookStage stage, const core::HookResult& result, core::milliseconds took) {
            services.metrics.work().count(stage, result, took);
        });
    services.heart.operations->set_on_end(
        [this](const core::Operation& ended) { services.metrics.work().count(ended); });
    create("web", {{"hooks", {{"poststop", Json::array({{{"command", {"/bin/true"}}}})}}}});
    start("web");
    end_run("web", 0);
    const Exposed found = scrape();
    EXPECT_EQ(found.value("potd_hooks_total", {{"stage", "poststop"}, {"outcome", "ok"}}), 1);
    EXPECT_EQ(found.value("potd_operations_total", {{"kind", "create"}, {"state", "done"}}), 1);
    EXPECT_EQ(found.value("potd_operations_total", {{"kind", "start"}, {"state", "done"}}), 1);
    EXPECT_EQ(found.value("potd_operations_running", {{"kind", "start"}}), 0);
    EXPECT_EQ(found.value("potd_events_total", {{"type", "pot.exited"}}), 1);
}

TEST_F(MetricsTest, SpeaksTheFormatThatIsAskedFor) {
    ParsedAnswer answer = call("GET", "/metrics");
    EXPECT_EQ(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    // As Prometheus asks.
    answer =
        call("GET", "/metrics", nullptr,
             "Accept: "
             "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n");
    EXPECT_THAT(answer.header("Content-Type"), StartsWith("text/plain"));
    answer = call("GET", "/metrics", nullptr, "Accept: application/openmetrics-text\r\n");
    EXPECT_THAT(answer.header("Content-Type"), StartsWith("application/openmetrics-text; version=1.0.0"));
    EXPECT_THAT(answer.body, HasSubstr("# TYPE potd_http_crashes counter\npotd_http_crashes_total 0\n"));
    EXPECT_TRUE(answer.body.ends_with("# EOF\n"));
    EXPECT_EQ(call("GET", "/metrics", nullptr, "Accept: application/json\r\n").status, 406);
    expect_problem(call("GET", "/metrics?pot=a"), 422, "unknown_parameter", "pot");
}

}  // namespace
}  // namespace potd::test
