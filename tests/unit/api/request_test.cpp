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
    EXPECT_EQ(api::percent_decode("a%00"), std::string("a\0", 2));
    for (const char* bad : {"%", "a%4", "%g0", "%0g"}) EXPECT_FALSE(api::percent_decode(bad)) << bad;
}

TEST(AcceptTest, TheExactTypeBeatsTheRange) {
    EXPECT_TRUE(api::accepts("*/*", "application/json"));
    EXPECT_TRUE(api::accepts("text/html, application/*", "application/json"));
    EXPECT_TRUE(api::accepts("Application/Json;q=0.5", "application/json"));
    EXPECT_FALSE(api::accepts("text/html", "application/json"));
    EXPECT_FALSE(api::accepts("*/*, application/json;q=0.0", "application/json"));
    EXPECT_FALSE(api::accepts("", "application/json"));
}

TEST(AcceptTest, TheClosestRangeCountsWhereverItStands) {
    EXPECT_FALSE(api::accepts("text/*;q=0, */*", "text/plain"));
    EXPECT_FALSE(api::accepts("*/*, text/*;Q=0", "text/plain"));
    EXPECT_TRUE(api::accepts("text/*;q=0, text/plain", "text/plain"));
    EXPECT_FALSE(api::accepts("*/*, Text/Plain; Q=0", "text/plain"));
    EXPECT_TRUE(api::accepts("TEXT/*", "text/plain"));
    EXPECT_FALSE(api::accepts("text/*", "textual/plain"));
    EXPECT_FALSE(api::accepts_coding("gzip;Q=0", "gzip"));
}

TEST(RequestTest, LinesOfAListAreOneList) {
    api::Request request;
    EXPECT_EQ(request.list("Accept"), std::nullopt);
    request.headers = {{"accept", "text/html"}, {"Host", "x"}, {"Accept", "application/json;q=0.5"}};
    EXPECT_EQ(request.list("Accept"), "text/html, application/json;q=0.5");
    EXPECT_TRUE(api::has_token("keep-alive , Upgrade", "upgrade"));
    EXPECT_FALSE(api::has_token("upgraded", "upgrade"));
}

TEST(QueryTest, ReadsFlagsAndNumbers) {
    api::Query query;
    ASSERT_FALSE(api::Query::parse("a&b=false&n=7&t=x+y%2B", {"a", "b", "n", "t", "u"}, query));
    EXPECT_TRUE(*query.flag("a"));
    EXPECT_FALSE(*query.flag("b"));
    EXPECT_FALSE(*query.flag("u"));
    EXPECT_EQ(*query.number("n", 1, 10), 7U);
    EXPECT_EQ(*query.number("u", 1, 10), std::nullopt);
    EXPECT_EQ(query.text("t"), "x y+");
}

TEST(QueryTest, RefusesWhatItCannotRead) {
    api::Query query;
    ASSERT_FALSE(api::Query::parse("a=maybe&n=11&m=-1", {"a", "n", "m"}, query));
    EXPECT_EQ(query.flag("a").error().field, "a");
    EXPECT_EQ(query.number("n", 1, 10).error().field, "n");
    EXPECT_EQ(query.number("m", 0, 10).error().field, "m");
}

TEST(QueryTest, SaysWhatIsWrong) {
    struct Case {
        const char* query;
        int status;
        const char *code, *field;
    };
    for (const Case& one :
         {Case{"n=%zz", 400, "malformed", "query"}, Case{"n=%", 400, "malformed", "query"},
          Case{"%4=1", 400, "malformed", "query"}, Case{"x=%0", 400, "malformed", "query"},
          Case{"x=1", 422, "unknown_parameter", "x"}, Case{"n=1&n=2", 422, "invalid_argument", "n"},
          Case{"n=a%00", 422, "invalid_argument", "n"}}) {
        api::Query query;
        const auto problem = api::Query::parse(one.query, {"n"}, query);
        ASSERT_TRUE(problem) << one.query;
        EXPECT_EQ(problem->status, one.status) << one.query;
        EXPECT_EQ(problem->code, one.code) << one.query;
        EXPECT_EQ(problem->field, one.field) << one.query;
        EXPECT_EQ(problem->detail.find('\0'), std::string::npos) << one.query;
    }
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
