#include "api/http/content_coding.hpp"

#include "tests/unit/api/http_fixture.hpp"

#include <cstdint>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>

namespace potd::test {
namespace {

using api::Coding;
using api::coding_for;

std::string plain_again(const std::string& packed) {
    const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
    archive_read_support_filter_all(reader.get());
    archive_read_support_format_raw(reader.get());
    archive_entry* entry = nullptr;
    std::string out;
    if (archive_read_open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
        return out;
    }
    std::vector<char> piece(4096);
    for (;;) {
        const la_ssize_t got = archive_read_data(reader.get(), piece.data(), piece.size());
        if (got <= 0) return out;
        out.append(piece.data(), static_cast<std::size_t>(got));
    }
}

TEST(ContentCodingTest, TheBestThatTheClientTakesIsChosen) {
    EXPECT_EQ(coding_for(""), Coding::Identity);
    EXPECT_EQ(coding_for("gzip"), Coding::Gzip);
    EXPECT_EQ(coding_for("GZIP;q=0.5, deflate, br"), Coding::Gzip);
    EXPECT_EQ(coding_for("gzip, deflate, br, zstd"), Coding::Zstd);
    EXPECT_EQ(coding_for("zstd;q=0, *"), Coding::Gzip);
    EXPECT_EQ(coding_for("*;q=0"), Coding::Identity);
    EXPECT_EQ(coding_for("br, identity"), Coding::Identity);
}

class CodedAnswers : public ::testing::Test {
  protected:
    CodedAnswers() : router_(api::Router::unguarded()) {
        add("/large", large, "");
        add("/short", "{}", "");
        add("/tagged", large, "ETag: \"1\"\r\n");
        http_.emplace(router_);
        EXPECT_TRUE(http_->listen().ok());
    }
    void add(const char* path, std::string body, std::string headers) {
        router_.add({api::Method::Get,
                     path,
                     {core::Role::Viewer, api::Reach::Common},
                     {},
                     {},
                     {},
                     [body = std::move(body), headers = std::move(headers)](api::Exchange& exchange) {
                         exchange.answer({200, api::json_type, body, {}, headers});
                     }});
    }
    ParsedAnswer get(const std::string& path, const std::string& accept, const std::string& method = "GET") {
        return http_->ask(method + " " + path + " HTTP/1.1\r\nHost: potd\r\nAccept-Encoding: " + accept +
                          "\r\n\r\n");
    }

    const std::string large = "[" + std::string(50'000, ' ') + "]";
    api::Router router_;
    std::optional<HttpFixture> http_;
};

TEST_F(CodedAnswers, ComeShorterAndAreTheSame) {
    for (const std::string coding : {"gzip", "zstd"}) {
        const auto answer = get("/large", coding);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.header("Content-Encoding"), coding);
        EXPECT_EQ(answer.header("Vary"), "Accept-Encoding");
        EXPECT_EQ(answer.header("Content-Type"), "application/json");
        EXPECT_LT(answer.body.size(), large.size() / 100);
        EXPECT_EQ(plain_again(answer.body), large);
    }
}

TEST_F(CodedAnswers, AreTheSameTextEachTime) {
    EXPECT_EQ(get("/large", "gzip").body, get("/large", "gzip").body);
}

TEST_F(CodedAnswers, AreNotGivenToWhoDoesNotAsk) {
    const auto answer = get("/large", "identity");
    EXPECT_EQ(answer.header("Content-Encoding"), "");
    EXPECT_EQ(answer.header("Vary"), "Accept-Encoding");
    EXPECT_EQ(answer.body, large);
}

TEST_F(CodedAnswers, AreNeitherShortNorTagged) {
    EXPECT_EQ(get("/short", "gzip").header("Content-Encoding"), "");
    EXPECT_EQ(get("/short", "gzip").body, "{}");
    EXPECT_EQ(get("/tagged", "gzip").header("Content-Encoding"), "");
    EXPECT_EQ(get("/tagged", "gzip").body, large);
}

}  // namespace
}  // namespace potd::test
