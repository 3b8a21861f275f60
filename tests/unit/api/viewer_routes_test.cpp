#include "api/route/viewer_routes.hpp"

#include "api/route/viewer_file.hpp"
#include "tests/unit/api/http_fixture.hpp"

#include <gmock/gmock.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ViewerTest : public ::testing::Test {
  protected:
    ViewerTest() : router_(api::Router::unguarded()) {
        api::add_viewer_routes(router_);
        http_.emplace(router_);
        EXPECT_TRUE(http_->listen().ok());
    }
    ParsedAnswer get(const std::string& path, const std::string& headers = "") {
        return http_->ask("GET " + path + " HTTP/1.1\r\nHost: potd\r\n" + headers + "\r\n");
    }

    api::Router router_;
    std::optional<HttpFixture> http_;
};

TEST_F(ViewerTest, EachFileThatThePageNamesIsThereAndPacked) {
    if (api::viewer_files().empty()) GTEST_SKIP() << "built without the viewer";
    for (const std::string path :
         {"/docs", "/docs/viewer.js", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"}) {
        const auto answer = get(path, "Accept-Encoding: gzip\r\n");
        EXPECT_EQ(answer.status, 200) << path;
        EXPECT_EQ(answer.header("Content-Encoding"), "gzip");
        EXPECT_THAT(answer.header("Content-Type"), StartsWith("text/"));
        EXPECT_THAT(answer.header("Content-Security-Policy"), HasSubstr("default-src 'self'"));
        EXPECT_THAT(answer.body, StartsWith("\x1F\x8B"));
    }
}

TEST_F(ViewerTest, WhoCannotUnpackIsTold) {
    if (api::viewer_files().empty()) GTEST_SKIP() << "built without the viewer";
    EXPECT_EQ(get("/docs", "Accept-Encoding: identity\r\n").status, 406);
}

TEST_F(ViewerTest, WhatIsNotThereIsNamed) {
    const auto answer = get("/docs/..%2Fpotd.yaml");
    EXPECT_EQ(answer.status, 404);
    EXPECT_THAT(answer.body,
                HasSubstr(api::viewer_files().empty() ? "built without a viewer" : "../potd.yaml"));
}

}  // namespace
}  // namespace potd::test
