#include "tests/unit/api/routes_fixture.hpp"

#include <gmock/gmock.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class FilesRoutesTest : public RoutesFixture {
  protected:
    FilesRoutesTest() { create("web"); }
    ParsedAnswer put(const std::string& query, const std::string& body = "an archive",
                     std::string_view type = "application/x-tar") {
        return http.ask(with_body("PUT", "/v1/pots/web/files?" + query, body, type));
    }
    const std::string place = "/v1/pots/web/files";
};

TEST_F(FilesRoutesTest, AnArchiveComesOut) {
    services.pot_files.pieces = {"one", "two"};
    const ParsedAnswer answer = call("GET", place + "?path=/etc%20x");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "application/x-tar");
    EXPECT_EQ(answer.body, "onetwo");
    EXPECT_EQ(services.pot_files.places.at(0).path, "/etc x");
    EXPECT_FALSE(services.pot_files.places.at(0).init);
    EXPECT_FALSE(services.pot_files.places.at(0).root.lower.empty() &&
                 services.pot_files.places.at(0).root.path.empty());
}

TEST_F(FilesRoutesTest, AnArchiveGoesIn) {
    const ParsedAnswer answer = put("path=/srv&rename=new&parents=true", std::string(100'000, 'x'));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(Json::parse(answer.body), (Json{{"entries", 1}, {"bytes", 100'000}}));
    ASSERT_EQ(services.pot_files.copies.size(), 1U);
    const core::CopyIn& copy = services.pot_files.copies[0];
    EXPECT_EQ(copy.place.path, "/srv");
    EXPECT_EQ(copy.rename, "new");
    EXPECT_TRUE(copy.make_parents);
    EXPECT_EQ(copy.max_bytes, 1'000'000);
    EXPECT_EQ(services.pot_files.received, std::string(100'000, 'x'));
}

TEST_F(FilesRoutesTest, RefusesWhatMakesNoSense) {
    expect_problem(call("GET", place), 422, "invalid_argument", "path");
    expect_problem(call("GET", place + "?path="), 422, "invalid_argument", "path");
    expect_problem(call("GET", place + "?path=etc"), 422, "invalid_argument", "path");
    expect_problem(call("GET", place + "?path=/etc&x=1"), 422, "unknown_parameter", "x");
    expect_problem(call("GET", "/v1/pots/none/files?path=/etc"), 404, "not_found");
    expect_problem(put("rename=x"), 422, "invalid_argument", "path");
    expect_problem(put("path=srv"), 422, "invalid_argument", "path");
    expect_problem(put("path=/srv&parents=perhaps"), 422, "invalid_argument", "parents");
    for (const char* name : {"..", ".", "a%2Fb"})
        expect_problem(put(std::string("path=/srv&rename=") + name), 422, "invalid_argument", "rename");
    expect_problem(put("path=/srv", "{}", "application/json"), 415, "unsupported_media_type", "Content-Type");
    EXPECT_TRUE(services.pot_files.copies.empty());
    EXPECT_TRUE(services.pot_files.places.empty());
}

TEST_F(FilesRoutesTest, TellsWhatWentWrong) {
    services.pot_files.error = core::error(core::ErrorKind::ResourceExhausted, "No space left; 3 entries");
    expect_problem(put("path=/srv"), 507, "resource_exhausted");
    services.pot_files.error = core::error(core::ErrorKind::NotFound, "/srv: not there");
    services.pot_files.error->field = "path";
    expect_problem(call("GET", place + "?path=/srv"), 404, "not_found", "path");
    EXPECT_EQ(call("POST", "/v1/pots/web/start").status, 200) << "nothing holds the pot";
}

TEST_F(FilesRoutesTest, APotThatRunsIsSeenThroughItsFirstProcess) {
    start("web");
    services.pot_files.pieces = {"one"};
    EXPECT_EQ(call("GET", place + "?path=/").status, 200);
    ASSERT_TRUE(services.pot_files.places.at(0).init);
    EXPECT_GT(services.pot_files.places.at(0).init->pid, 0);
    ASSERT_TRUE(services.pot_files.places.at(0).monitor) << "with which the copy ends where a root may stay";
    EXPECT_GT(services.pot_files.places.at(0).monitor->pid, 0);
    EXPECT_EQ(put("path=/").status, 200);
    EXPECT_TRUE(services.pot_files.copies.at(0).place.init);
}

TEST_F(FilesRoutesTest, APotDoesNotStartWhileItIsCopied) {
    services.pot_files.pieces = {std::string(4'000'000, 'x'), "end"};
    const auto reader = http.connect();
    reader->send(get(place + "?path=/"));
    const auto other = http.connect();
    ASSERT_TRUE(http.run_until(*other, [&] { return !services.pot_files.places.empty(); }));
    other->send("POST /v1/pots/web/start HTTP/1.1\r\nHost: x\r\n\r\n");
    http.run_until(*other, [&, rounds = 0]() mutable { return ++rounds == 100; });
    EXPECT_EQ(other->received, "") << "the copy is read by nobody yet";
    ASSERT_TRUE(http.run_until(*reader, [&] { return reader->received.ends_with("0\r\n\r\n"); }));
    ASSERT_TRUE(http.run_until(*other, [&] { return HttpFixture::is_whole(other->received); }));
    EXPECT_EQ(parse_answer(other->received).status, 200);
}

TEST_F(FilesRoutesTest, AClientThatTakesNothingHoldsThePotNotForEver) {
    services.pot_files.pieces = {std::string(4'000'000, 'x'), "end"};
    const auto reader = http.connect();
    reader->send(get(place + "?path=/"));
    const auto other = http.connect();
    ASSERT_TRUE(http.run_until(*other, [&] { return !services.pot_files.places.empty(); }));
    other->send("POST /v1/pots/web/start HTTP/1.1\r\nHost: x\r\n\r\n");
    http.run_until(*other, [&, rounds = 0]() mutable { return ++rounds == 100; });
    http.timers.advance(core::milliseconds(70'000));
    ASSERT_TRUE(http.run_until(*other, [&] { return HttpFixture::is_whole(other->received); }));
    EXPECT_EQ(parse_answer(other->received).status, 200);
}

TEST_F(FilesRoutesTest, APotThatIsStartingIsNotCopied) {
    services.heart.runtime.start_at_once = false;
    const auto starter = http.connect();
    starter->send("POST /v1/pots/web/start HTTP/1.1\r\nHost: x\r\n\r\n");
    http.run_until(*starter, [&, rounds = 0]() mutable { return ++rounds == 100; });
    const ParsedAnswer answer = call("GET", place + "?path=/");
    expect_problem(answer, 409, "conflict");
    EXPECT_THAT(answer.body, HasSubstr("starting"));
}

class CopyInOperationTest : public FilesRoutesTest {
  protected:
    /// Ten bytes of a hundred; the rest is the test's to send.
    CopyInOperationTest() {
        sender->send("PUT " + place +
                     "?path=/srv HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\n"
                     "Content-Length: 100\r\n\r\n0123456789");
        http.run_until(*sender, [&] { return services.pot_files.received.size() == 10; });
    }
    Json operation() {
        const Json items = Json::parse(call("GET", "/v1/operations?pot=web&order=desc").body)["items"];
        return items.empty() || items[0]["kind"] != "copy-in" ? Json() : items[0];
    }
    const std::unique_ptr<RawClient> sender = http.connect();
};

TEST_F(CopyInOperationTest, TellsItsProgressInBytes) {
    const Json under_way = operation();
    ASSERT_TRUE(under_way.is_object());
    EXPECT_EQ(under_way["state"], "running");
    EXPECT_EQ(under_way["progress"]["current"], 10);
    EXPECT_EQ(under_way["progress"]["total"], 100);
    EXPECT_EQ(under_way["progress"]["unit"], "bytes");
    sender->send(std::string(90, 'x'));
    ASSERT_TRUE(http.run_until(*sender, [&] { return HttpFixture::is_whole(sender->received); }));
    EXPECT_EQ(parse_answer(sender->received).status, 200);
    EXPECT_EQ(operation()["state"], "done");
}

TEST_F(CopyInOperationTest, IsCancelled) {
    const std::string id = operation().value("id", "");
    const ParsedAnswer cancelled = call("DELETE", "/v1/operations/" + id);
    EXPECT_EQ(cancelled.status, 200) << cancelled.body;
    EXPECT_EQ(Json::parse(cancelled.body)["state"], "cancelled");
    ASSERT_TRUE(http.run_until(*sender, [&] { return HttpFixture::is_whole(sender->received); }));
    expect_problem(parse_answer(sender->received), 409, "cancelled");
    EXPECT_EQ(services.pot_files.received.size(), 10U);
}

TEST_F(CopyInOperationTest, EndsWithItsClient) {
    ASSERT_TRUE(operation().is_object());
    sender->hang_up();
    const auto is_running = [&] {
        const Json now = operation();
        return now.is_object() && now["state"] == "running";
    };
    const auto other = http.connect();
    EXPECT_TRUE(http.run_until(*other, [&] { return !is_running(); }));
}

}  // namespace
}  // namespace potd::test
