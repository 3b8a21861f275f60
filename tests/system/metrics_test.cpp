// GET /metrics of a real potd, read as Prometheus reads it: at the socket and at the port of its own.
#include "tests/support/exposition_reader.hpp"
#include "tests/support/host_probe.hpp"
#include "tests/support/joining_thread.hpp"
#include "tests/system/fixture.hpp"

#include <atomic>
#include <fstream>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// One that nobody listens at just now.
int unused_port() {
    const platform::UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the socket API's own way
    const bool bound = ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0 &&
                       ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&place), &size) == 0;
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    return bound ? ntohs(place.sin_port) : 0;
}

PotdOptions listening_at(int port) {
    PotdOptions options;
    options.extra_config =
        "metrics: {listen: \"127.0.0.1:" + std::to_string(port) + "\"}\nfigures: {interval: 1s}\n";
    return options;
}

class MetricsTest : public OwnPotdTest {
  protected:
    MetricsTest() : MetricsTest(unused_port()) {}

    void SetUp() override {
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    std::string text() {
        const Response answer = potd.http("GET", "/metrics");
        EXPECT_EQ(answer.status, 200) << answer.describe();
        return answer.body;
    }
    Exposed scrape() {
        Exposed found = read_exposition(text());
        EXPECT_THAT(found.problems, IsEmpty());
        return found;
    }
    Outcome curl(const std::string& path) const {
        return run_program(
            {"curl", "-s", "-S", "-i", "-m", "60", "http://127.0.0.1:" + std::to_string(port) + path});
    }
    void create(const std::string& name, Json spec) {
        spec["name"] = name;
        spec["base"] = "host";
        api().create(spec);
    }
    /// A pot that holds some memory and goes on until it is told to end.
    void start_idle(const std::string& name, Json spec = Json::object()) {
        spec["command"] = sh("trap 'exit 0' TERM; while :; do sleep 1000 & wait; done");
        create(name, spec);
        api().start(name);
    }

    int port;

  private:
    explicit MetricsTest(int unused) : OwnPotdTest(listening_at(unused)), port(unused) {}
};

TEST_F(MetricsTest, TellsWhatPotsDidAndHowTheyEnded) {
    const Json hook = Json::array({{{"command", {"/bin/sh", "-c", "exit 0"}}}});
    const Json bad_hook = Json::array({{{"command", {"/bin/sh", "-c", "exit 3"}}}});
    start_idle("steady", {{"hooks", {{"prestart", hook}}}});
    create("brief", {{"command", sh("exit 3")}, {"hooks", {{"poststop", bad_hook}}}});
    api().start("brief");
    api().wait("brief");
    create("again",
           {{"command", sh("exit 1")},
            {"restart", {{"policy", "on-failure"}, {"max_retries", 2}, {"backoff", {{"initial", "10ms"}}}}}});
    api().start("again");
    ASSERT_TRUE(wait_until([&] {
        return scrape().value("potd_pot_restarts_total", {{"pot", "again"}}) == 2;
    }));
    ASSERT_TRUE(wait_until([&] { return api().inspect("again")["state"] != "running"; }));
    EXPECT_EQ(potd.http("GET", "/v1/pots/nobody").status, 404);
    EXPECT_EQ(potd.http("GET", "/v1/pots/nobody/stats").status, 404);

    ASSERT_TRUE(wait_until([&] { return scrape().sum("potd_exits_total", {{"reason", "exited"}}) == 4; }));
    const Exposed found = scrape();
    EXPECT_EQ(found.value("potd_pot_up", {{"pot", "steady"}}), 1);
    EXPECT_EQ(found.value("potd_pot_up", {{"pot", "brief"}}), 0);
    EXPECT_EQ(found.value("potd_pot_starts_total", {{"pot", "again"}}), 3);
    EXPECT_EQ(found.value("potd_starts_total", {{"cause", "request"}}), 3);
    EXPECT_EQ(found.value("potd_starts_total", {{"cause", "restart"}}), 2);
    EXPECT_EQ(found.value("potd_start_duration_seconds_count"), 5);
    EXPECT_EQ(found.value("potd_hooks_total", {{"stage", "prestart"}, {"outcome", "ok"}}), 1);
    EXPECT_EQ(found.value("potd_hooks_total", {{"stage", "poststop"}, {"outcome", "exit_code"}}), 1);
    EXPECT_EQ(found.value("potd_hook_duration_seconds_count", {{"stage", "prestart"}}), 1);
    EXPECT_EQ(found.value("potd_events_total", {{"type", "pot.created"}}), 3);
    EXPECT_EQ(found.value("potd_operations_total", {{"kind", "create"}, {"state", "done"}}), 3);
    EXPECT_EQ(found.value("potd_pots", {{"state", "running"}}), 1);
    EXPECT_EQ(found.value("potd_http_requests_total",
                          {{"method", "GET"}, {"route", "/v1/pots/{name}"}, {"status", "404"}}),
              1);
    EXPECT_EQ(found.value("potd_http_requests_total",
                          {{"method", "GET"}, {"route", "/v1/pots/{name}/stats"}, {"status", "404"}}),
              1);
    EXPECT_GE(found
                  .value("potd_http_request_duration_seconds_count",
                         {{"method", "POST"}, {"route", "/v1/pots/{name}/start"}})
                  .value_or(0),
              3);
    EXPECT_GE(found.value("potd_store_commits_total").value_or(0), 10);
    EXPECT_EQ(found.value("potd_store_commit_duration_seconds_count"),
              found.value("potd_store_commits_total"));
    EXPECT_EQ(found.value("potd_store_failures_total"), 0);
    EXPECT_GT(found.value("process_resident_memory_bytes").value_or(0), 1 << 20);
    EXPECT_GT(found.value("process_open_fds").value_or(0), 3);
    EXPECT_GT(found.value("process_cpu_seconds_total").value_or(0), 0);

    // What ends leaves; what is gone has no series.
    api().destroy("steady", true);
    const Exposed after = scrape();
    EXPECT_EQ(after.value("potd_pot_up", {{"pot", "steady"}}), std::nullopt);
    EXPECT_EQ(after.value("potd_exits_total", {{"reason", "stopped"}}).value_or(0) +
                  after.value("potd_exits_total", {{"reason", "killed"}}).value_or(0),
              1);
}

TEST_F(MetricsTest, TellsWhatARunningPotUses) {
    start_idle("one");
    create("idle", {{"command", sh("exit 0")}});
    ASSERT_TRUE(wait_until([&] {
        return scrape().value("potd_pot_cpu_seconds_total", {{"pot", "one"}}).has_value();
    })) << text();
    const Exposed found = scrape();
    EXPECT_GE(found.value("potd_pot_tasks", {{"pot", "one"}}).value_or(2), 2);
    EXPECT_EQ(found.value("potd_pot_cpu_seconds_total", {{"pot", "idle"}}), std::nullopt);
    api().stop("one");
    EXPECT_EQ(scrape().value("potd_pot_cpu_seconds_total", {{"pot", "one"}}), std::nullopt);
}

TEST_F(MetricsTest, HasAPortOfItsOwnForNothingElse) {
    if (const std::string reason = lacks_program("curl"); !reason.empty()) GTEST_SKIP() << reason;
    const Outcome metrics = curl("/metrics");
    EXPECT_THAT(metrics.out, StartsWith("HTTP/1.1 200 ")) << metrics.describe();
    EXPECT_THAT(metrics.out, HasSubstr("text/plain; version=0.0.4; charset=utf-8"));
    const Exposed found = read_exposition(metrics.out.substr(metrics.out.find("\r\n\r\n") + 4));
    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_EQ(found.value("potd_http_connections", {{"listener", "metrics"}}), 1);
    EXPECT_THAT(curl("/v1/health").out, StartsWith("HTTP/1.1 200 "));
    for (const char* const path : {"/v1/pots", "/v1/info", "/openapi.json", "/v1/events", "/"})
        EXPECT_THAT(curl(path).out, StartsWith("HTTP/1.1 404 ")) << path;
    // Another potd that wants the same port says so and does not start.
    PotdProcess other(listening_at(port));
    other.launch();
    const auto status = other.wait_exit(milliseconds(120'000));
    ASSERT_TRUE(status);
    EXPECT_NE(*status, 0);
    EXPECT_THAT(other.log(), HasSubstr("metrics.listen: listen at 127.0.0.1 port"));
    // It is free again for the next start of this one, at once.
    potd.restart();
    EXPECT_THAT(curl("/metrics").out, StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsTest, IsReadByOthers) {
    start_idle("one");
    const std::string plain = text();
    const Response open = potd.http("GET", "/metrics", nullptr, {{"Accept", "application/openmetrics-text"}});
    EXPECT_THAT(open.header("content-type"), StartsWith("application/openmetrics-text; version=1.0.0"));
    const Outcome through = potd.potctl({"system", "metrics"});
    EXPECT_EQ(through.status, 0) << through.describe();
    EXPECT_THAT(read_exposition(through.out).problems, IsEmpty());
    EXPECT_THAT(through.out, HasSubstr("potd_pot_up{pot=\"one\"} 1\n"));
    int readers = 0;
    if (lacks_program("promtool").empty()) {
        ++readers;
        ProgramOptions given;
        given.input = plain;
        const Outcome checked = run_program({"promtool", "check", "metrics"}, given);
        EXPECT_EQ(checked.status, 0) << checked.describe();
    }
    const auto parses = [](const std::string& module, const std::string& input) {
        ProgramOptions given;
        given.input = input;
        return run_program({"python3", "-c",
                            "import sys\nfrom prometheus_client." + module +
                                " import text_string_to_metric_families as read\n"
                                "print(len(list(read(sys.stdin.read()))))"},
                           given);
    };
    if (run_program({"python3", "-c", "import prometheus_client"}).status == 0) {
        ++readers;
        const Outcome text_read = parses("parser", plain);
        EXPECT_EQ(text_read.status, 0) << text_read.describe();
        EXPECT_EQ(std::stoul("0" + text_read.out), read_exposition(plain).families.size());
        const Outcome open_read = parses("openmetrics.parser", open.body);
        EXPECT_EQ(open_read.status, 0) << open_read.describe();
        EXPECT_GT(std::stoul("0" + open_read.out), 40U);
    }
    if (readers == 0) GTEST_SKIP() << "neither promtool nor python3-prometheus-client is installed";
}

TEST_F(MetricsTest, StaysWholeWhilePotsComeAndGo) {
    std::atomic<bool> over = false;
    std::atomic<int> reads = 0;
    std::vector<std::string> problems;
    {
        const JoiningThread reader([&] {
            PotApi mine(potd.socket());
            while (!over) {
                const Response answer = mine.request("GET", "/metrics");
                for (auto& problem : read_exposition(answer.body).problems) problems.push_back(problem);
                if (answer.status != 200) problems.push_back(answer.describe());
                ++reads;
            }
        });
        for (int i = 0; i < 10; ++i) {
            const std::string name = "p" + std::to_string(i);
            start_idle(name);
            if (i % 2 == 0) api().destroy(name, true);
        }
        EXPECT_TRUE(wait_until([&] { return reads > 10; }));
        over = true;
    }
    EXPECT_THAT(problems, IsEmpty());
    EXPECT_EQ(scrape().value("potd_http_streams", {{"listener", "api"}}), 1);
}

TEST_F(MetricsTest, BeginsAtNothingAfterARestartAndKnowsThePots) {
    start_idle("one");
    EXPECT_EQ(scrape().value("potd_starts_total", {{"cause", "request"}}), 1);
    const auto before = scrape().value("process_start_time_seconds");
    // What was seen before it is stored when it is; a start that is not is told again.
    api().expect(201, "POST", "/v1/pots", {{"name", "two"}, {"base", "host"}});
    potd.restart();
    const Exposed found = scrape();
    EXPECT_GT(found.value("process_start_time_seconds"), before);
    EXPECT_EQ(found.value("potd_starts_total", {{"cause", "request"}}), 0);
    EXPECT_EQ(found.value("potd_pot_up", {{"pot", "one"}}), 1);
    EXPECT_EQ(found.value("potd_pot_starts_total", {{"pot", "one"}}), 0);
    EXPECT_EQ(found.value("potd_pots", {{"state", "running"}}), 1);
}

}  // namespace
}  // namespace potd::test
