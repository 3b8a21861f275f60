#include "api/route/version_tag.hpp"

#include "tests/unit/api/routes_fixture.hpp"

#include <string>

namespace potd::test {
namespace {

class VersionTagTest : public RoutesFixture {
  protected:
    static std::string if_match(const std::string& tags) { return "If-Match: " + tags + "\r\n"; }
};

TEST_F(VersionTagTest, OneOfAListIsEnough) {
    api::Request request;
    const auto wants = [&](std::string_view tags) {
        request.headers = {{"If-Match", tags}};
        return api::check_version(request, "pot a", 4).ok();
    };
    for (const char* good : {"*", "\"4\"", "W/\"4\"", "\"9\", \"4\"", "\"4\",W/\"8\"", "\"a,b\" ,\t\"4\" , "})
        EXPECT_TRUE(wants(good)) << good;
    for (const char* bad : {"\"9\"", "\"04\"", "\"+4\"", "4", "\"4", "\"4\" \"4\"", "\"4\"x", "*, \"4\"", "",
                            ",", "\"9\", \"8\"", "w/\"4\"", "\"\""})
        EXPECT_FALSE(wants(bad)) << bad;
    request.headers = {{"If-Match", "\"9\""}, {"if-match", "\"4\""}};
    EXPECT_TRUE(api::check_version(request, "pot a", 4));
}

TEST_F(VersionTagTest, ADeletionIsOfTheVersionThatIsMeant) {
    create("a");
    ASSERT_EQ(call("PATCH", "/v1/pots/a", {{"user", "www"}}, if_match("\"7\", \"1\"")).status, 200);
    expect_problem(call("DELETE", "/v1/pots/a", Json(), if_match("\"1\"")), 412, "precondition_failed",
                   "If-Match");
    EXPECT_EQ(call("GET", "/v1/pots/a").status, 200);
    EXPECT_EQ(call("DELETE", "/v1/pots/a", Json(), if_match("\"2\"")).status, 204);
    ASSERT_EQ(call("POST", "/v1/fscomps", {{"name", "site"}}).status, 201);
    expect_problem(call("DELETE", "/v1/fscomps/site", Json(), if_match("\"2\"")), 412, "precondition_failed",
                   "If-Match");
    EXPECT_EQ(call("DELETE", "/v1/fscomps/site", Json(), if_match("\"1\"")).status, 204);
    expect_problem(call("DELETE", "/v1/fscomps/site", Json(), if_match("\"1\"")), 404, "not_found");
}

}  // namespace
}  // namespace potd::test
