#pragma once

#include "tests/support/api_services.hpp"
#include "tests/unit/api/http_fixture.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace potd::test {

using Json = nlohmann::json;

/// All routes over a core with fakes, asked through a real socket.
class RoutesFixture : public ::testing::Test {
  protected:
    RoutesFixture() {
        http.also = [this] { services.heart.loop.run(); };
        EXPECT_TRUE(http.listen().ok());
    }

    ParsedAnswer call(const std::string& method, const std::string& path, const Json& body = nullptr,
                      std::string_view headers = {}) {
        if (body.is_null()) {
            return http.ask(method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n");
        }
        return http.ask(with_body(method, path, body.dump(), "application/json", headers));
    }
    Json json(const std::string& path) { return Json::parse(call("GET", path).body); }
    void create(const std::string& name, Json spec = Json::object()) {
        spec["name"] = name;
        spec["base"] = "host";
        if (!spec.contains("command")) spec["command"] = {"/bin/true"};
        const ParsedAnswer answer = call("POST", "/v1/pots", spec);
        ASSERT_EQ(answer.status, 201) << answer.body;
    }
    void start(const std::string& name) {
        const ParsedAnswer answer = call("POST", "/v1/pots/" + name + "/start");
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    void end_run(const std::string& name, int code = 0) {
        services.heart.runtime.exit(services.heart.key(name), code);
        services.heart.loop.run();
    }
    static void expect_problem(const ParsedAnswer& answer, int status, const std::string& code,
                               const std::string& field = "") {
        EXPECT_EQ(answer.status, status) << answer.body;
        EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
        const Json problem = Json::parse(answer.body);
        EXPECT_EQ(problem["code"], code) << problem;
        EXPECT_EQ(problem["status"], status);
        EXPECT_EQ(problem.value("field", ""), field) << problem;
    }

    fakes::ApiServices services;
    HttpFixture http{services.routes().router(), {}, &services.audit};
};

}  // namespace potd::test
