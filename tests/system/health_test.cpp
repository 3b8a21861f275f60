// Health checks of real pots: inside by exec, from outside by TCP and HTTP, in the pot's own network.
#include "tests/support/host_probe.hpp"
#include "tests/system/fixture.hpp"

#include <atomic>
#include <thread>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class HealthTest : public SystemTest {
  protected:
    /// A pot whose own loopback serves `files` of /tmp over HTTP on port 8080.
    static Json server() {
        return {{"network", {{"type", "none"}}},
                {"command", sh("cd /tmp && echo fine > ok && exec busybox httpd -f -p 127.0.0.1:8080")}};
    }
    static Json quick(Json check) {
        check.update({{"interval", "100ms"}, {"timeout", "2s"}, {"retries", 2}, {"start_period", "0s"}});
        return check;
    }
    bool health_becomes(const std::string& name, const std::string& health) {
        return wait_until([&] { return api.inspect(name)["health"] == health; });
    }
    Json checks(const std::string& name) {
        return api.expect(200, "GET", "/v1/pots/" + name + "/health")["checks"];
    }
};

TEST_F(HealthTest, WithoutACheckThereIsNone) {
    const std::string name = start(idle());
    EXPECT_EQ(api.inspect(name)["health"], "none");
    EXPECT_EQ(api.expect(200, "GET", "/v1/pots/" + name + "/health")["health"], "none");
}

TEST_F(HealthTest, ExecIsHealthyWhileItsCommandSucceeds) {
    Json spec = idle();
    spec["health"] = quick({{"exec", {{"command", sh("echo look; test ! -e /tmp/ill")}}}});
    const std::string name = create(spec);
    EXPECT_EQ(api.start(name)["health"], "starting");
    ASSERT_TRUE(health_becomes(name, "healthy")) << checks(name);
    EXPECT_EQ(checks(name)[0]["output"], "look\n");
    api.exec(name, {"/bin/sh", "-c", ": > /tmp/ill"});
    ASSERT_TRUE(health_becomes(name, "unhealthy")) << checks(name);
    EXPECT_THAT(api.inspect(name)["last_error"].get<std::string>(), HasSubstr("exit code 1: look"));
    EXPECT_EQ(api.inspect(name)["state"], "running");
    api.exec(name, {"/bin/rm", "/tmp/ill"});
    EXPECT_TRUE(health_becomes(name, "healthy")) << checks(name);
    api.stop(name);
    EXPECT_EQ(api.inspect(name)["health"], "none");
}

TEST_F(HealthTest, HttpLooksIntoThePotsOwnNetwork) {
    if (const std::string reason = lacks_program("busybox"); !reason.empty()) GTEST_SKIP() << reason;
    Json spec = server();
    spec["health"] = quick({{"http", {{"port", 8080}, {"path", "/ok"}}}});
    const std::string name = start(spec);
    ASSERT_TRUE(health_becomes(name, "healthy")) << checks(name);
    EXPECT_EQ(checks(name).back()["output"], "HTTP 200");
}

TEST_F(HealthTest, HttpIsUnhealthyWhereTheStatusIsAnError) {
    if (const std::string reason = lacks_program("busybox"); !reason.empty()) GTEST_SKIP() << reason;
    Json spec = server();
    spec["health"] = quick({{"http", {{"port", 8080}, {"path", "/missing"}}}});
    const std::string name = start(spec);
    // What makes it unhealthy may be that nothing listens yet.
    ASSERT_TRUE(wait_until([&] {
        const Json made = checks(name);
        return !made.empty() && made.back()["output"] == "HTTP 404";
    })) << checks(name);
    ASSERT_TRUE(health_becomes(name, "unhealthy")) << checks(name);
    EXPECT_THAT(api.inspect(name)["last_error"].get<std::string>(), ::testing::StartsWith("unhealthy: "));
    EXPECT_EQ(checks(name).back()["healthy"], false);
}

TEST_F(HealthTest, TcpNeedsAListenerInTheRightNetwork) {
    if (const std::string reason = lacks_program("busybox"); !reason.empty()) GTEST_SKIP() << reason;
    Json spec = server();
    spec["health"] = quick({{"tcp", {{"port", 8080}}}});
    const std::string with = start(spec);
    EXPECT_TRUE(health_becomes(with, "healthy")) << checks(with);
    Json alone = idle();
    alone["network"] = {{"type", "none"}};
    alone["health"] = spec["health"];
    const std::string without = start(alone);
    ASSERT_TRUE(health_becomes(without, "unhealthy")) << checks(without);
    EXPECT_THAT(api.inspect(without)["last_error"].get<std::string>(), HasSubstr("127.0.0.1:8080"));
}

TEST_F(HealthTest, ACheckThatHangsHasFailed) {
    Json spec = idle();
    spec["health"] = quick({{"exec", {{"command", sh("exec sleep 1000")}}}});
    spec["health"]["timeout"] = "50ms";
    const std::string name = start(spec);
    ASSERT_TRUE(health_becomes(name, "unhealthy")) << checks(name);
    EXPECT_EQ(checks(name).back()["output"], "no answer within 50ms");
}

TEST_F(HealthTest, AnUnhealthyPotIsRestartedOrStopped) {
    Json spec = idle();
    spec["health"] = quick({{"exec", {{"command", sh("false")}}}});
    spec["health"]["on_unhealthy"] = "restart";
    spec["restart"] = {{"backoff", {{"initial", "10ms"}, {"max", "10ms"}}}};
    const std::string again = start(spec);
    ASSERT_TRUE(wait_until([&] { return api.runs(again).size() >= 2; })) << checks(again);
    EXPECT_EQ(api.runs(again)[0]["reason"], "unhealthy");
    spec["health"]["on_unhealthy"] = "stop";
    const std::string stopped = start(spec);
    ASSERT_TRUE(wait_until([&] { return api.inspect(stopped)["state"] == "stopped"; })) << checks(stopped);
    EXPECT_EQ(api.runs(stopped).size(), 1U);
}

TEST_F(HealthTest, ADependentWaitsUntilWhatItNeedsIsHealthy) {
    Json db_spec = idle();
    db_spec["health"] = quick({{"exec", {{"command", sh("test -e /tmp/ready")}}}});
    db_spec["health"]["start_period"] = "1m";
    const std::string db = start(db_spec);
    Json web_spec = idle();
    web_spec["depends_on"] = Json::array({db});
    const std::string web = create(web_spec);
    std::atomic<bool> up = false;
    std::thread starting([&] {
        PotApi other(potd().socket());
        other.start(web);
        up = true;
    });
    EXPECT_TRUE(wait_until([&] {
        const Json run = api.inspect(web)["run"];
        return run.is_object() && run["stage"] == "waiting";
    }));
    const Json before = checks(db);
    EXPECT_TRUE(wait_until([&] { return checks(db) != before; })) << "one more has failed";
    EXPECT_FALSE(up);
    api.exec(db, {"/bin/sh", "-c", ": > /tmp/ready"});
    starting.join();
    EXPECT_EQ(api.inspect(web)["state"], "running");
    EXPECT_EQ(api.inspect(db)["health"], "healthy");
}

TEST_F(HealthTest, RefusesAbsurdChecks) {
    const auto refused = [&](const Json& health) {
        const Json spec = {{"name", fresh_name()}, {"base", "host"}, {"health", health}};
        return problem_field(api.request("POST", "/v1/pots", spec));
    };
    EXPECT_EQ(refused({{"interval", "1s"}}), "health");
    EXPECT_EQ(refused({{"tcp", {{"port", 80}}}, {"http", {{"port", 80}}}}), "health");
    EXPECT_EQ(refused({{"tcp", {{"port", 0}}}}), "health.tcp.port");
    EXPECT_EQ(refused({{"tcp", {{"port", 80}}}, {"interval", "1ms"}}), "health.interval");
    EXPECT_EQ(refused({{"tcp", {{"port", 80}}}, {"interval", "400 years"}}), "health.interval");
    EXPECT_EQ(refused({{"tcp", {{"port", 80}}}, {"retries", 0}}), "health.retries");
    EXPECT_EQ(refused({{"http", {{"port", 80}, {"path", "no slash"}}}}), "health.http.path");
    EXPECT_EQ(refused({{"exec", {{"command", Json::array()}}}}), "health.exec.command");
}

/// Health is found again after a crash: not lost, and checks go on.
class HealthCrashTest : public OwnPotdTest {};

TEST_F(HealthCrashTest, ChecksGoOnAfterACrash) {
    start_potd();
    PotApi first = api();
    first.create(
        {{"name", "web"},
         {"base", "host"},
         {"command", sh("exec sleep 1000")},
         {"health",
          {{"exec", {{"command", sh("test ! -e /tmp/ill")}}}, {"interval", "100ms"}, {"retries", 1}}}});
    first.start("web");
    ASSERT_TRUE(wait_until([&] { return first.inspect("web")["health"] == "healthy"; }));
    potd.restart();
    PotApi second = api();
    EXPECT_TRUE(wait_until([&] { return second.inspect("web")["health"] == "healthy"; }));
    second.exec("web", {"/bin/sh", "-c", ": > /tmp/ill"});
    EXPECT_TRUE(wait_until([&] { return second.inspect("web")["health"] == "unhealthy"; }));
    second.stop("web", {{"timeout", "0s"}});
    second.request("DELETE", "/v1/pots/web");
}

}  // namespace
}  // namespace potd::test
