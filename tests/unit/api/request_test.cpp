#include "api/http/request.hpp"

#include "api/http/problem.hpp"
#include "api/http/query.hpp"

#include <gtest/gtest.h>

namespace potd::test {
namespace {

using core::ErrorKind;

TEST(PercentDecodeTest, DecodesAndRefuses) {
    EXPECT_EQ(api::percent_decode("a%2Fb%2fc"), "a/b/c");
    EXPECT_EQ(api::percent_decode("plain"), "plain");
    EXPECT_EQ(api::percent_decode("%C3%A4"), "\xC3\xA4");
    for (const char* bad : {"%", "a%4", "%g0", "%0g", "%00"}) EXPECT_FALSE(api::percent_decode(bad)) << bad;
}

TEST(AcceptTest, TheExactTypeBeatsTheRange) {
    EXPECT_TRUE(api::accepts("*/*", "application/json"));
    EXPECT_TRUE(api::accepts("text/html, application/*", "application/json"));
    EXPECT_TRUE(api::accepts("Application/Json;q=0.5", "application/json"));
    EXPECT_FALSE(api::accepts("text/html", "application/json"));
    EXPECT_FALSE(api::accepts("*/*, application/json;q=0.0", "application/json"));
    EXPECT_FALSE(api::accepts("", "application/json"));
}

TEST(QueryTest, ReadsFlagsAndNumbers) {
    const auto query = api::Query::parse("a&b=false&n=7&t=x+y%2B", {"a", "b", "n", "t", "u"});
    ASSERT_TRUE(query.ok());
    EXPECT_TRUE(*query->flag("a"));
    EXPECT_FALSE(*query->flag("b"));
    EXPECT_FALSE(*query->flag("u"));
    EXPECT_EQ(*query->number("n", 1, 10), 7U);
    EXPECT_EQ(*query->number("u", 1, 10), std::nullopt);
    EXPECT_EQ(query->text("t"), "x y+");
}

TEST(QueryTest, RefusesWhatItCannotRead) {
    const auto query = api::Query::parse("a=maybe&n=11&m=-1", {"a", "n", "m"});
    ASSERT_TRUE(query.ok());
    EXPECT_EQ(query->flag("a").error().field, "a");
    EXPECT_EQ(query->number("n", 1, 10).error().field, "n");
    EXPECT_EQ(query->number("m", 0, 10).error().field, "m");
}

TEST(ProblemTest, EachKindHasItsStatus) {
    const auto status = [](ErrorKind kind) { return api::status_of(core::error(kind, "")); };
    EXPECT_EQ(status(ErrorKind::InvalidArgument), 422);
    EXPECT_EQ(status(ErrorKind::NotFound), 404);
    EXPECT_EQ(status(ErrorKind::Conflict), 409);
    EXPECT_EQ(status(ErrorKind::Unsupported), 422);
    EXPECT_EQ(status(ErrorKind::PermissionDenied), 403);
    EXPECT_EQ(status(ErrorKind::ResourceExhausted), 507);
    EXPECT_EQ(status(ErrorKind::Unavailable), 503);
    EXPECT_EQ(status(ErrorKind::Timeout), 504);
    EXPECT_EQ(status(ErrorKind::Cancelled), 409);
    EXPECT_EQ(status(ErrorKind::TooLarge), 413);
    EXPECT_EQ(status(ErrorKind::Internal), 500);
}

TEST(ProblemTest, AFailedPreconditionIs412) {
    core::Error error = core::error(ErrorKind::Conflict, "version 4, not 3");
    error.field = "If-Match";
    const api::Problem problem = api::to_problem(error, "web");
    EXPECT_EQ(problem.status, 412);
    EXPECT_EQ(
        api::to_json(problem),
        R"({"type":"about:blank","title":"Precondition Failed","status":412,"detail":"version 4, not 3",)"
        R"("code":"precondition_failed","field":"If-Match","pot":"web"})");
}

}  // namespace
}  // namespace potd::test
