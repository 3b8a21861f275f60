// What the main command writes, kept and read back.
#include "tests/support/temp_dir.hpp"
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <vector>

namespace potd::test {
namespace {

class LogsTest : public SystemTest {
  protected:
    std::string finished(const std::string& script, Json spec = Json::object()) {
        spec["command"] = sh(script);
        const std::string name = start(spec);
        api.wait(name);
        return name;
    }

    std::vector<Json> lines(const std::string& name, const std::string& query = "") {
        const Response response = api.request("GET", "/v1/pots/" + name + "/logs" + query, nullptr,
                                              {{"Accept", "application/x-ndjson"}});
        EXPECT_EQ(response.status, 200) << response.describe();
        std::vector<Json> found;
        std::istringstream in(response.body);
        for (std::string line; std::getline(in, line);) found.push_back(Json::parse(line, nullptr, false));
        return found;
    }

    /// Follows the log until it ends.
    static std::string follow_to_the_end(HttpConnection& connection) {
        std::string text;
        for (std::string piece; !(piece = connection.read_some(milliseconds(60'000))).empty();) text += piece;
        EXPECT_TRUE(connection.complete()) << "cut off";
        return text;
    }

    std::filesystem::path log_directory(const std::string& name) {
        return potd().state_dir() / "pots" / api.inspect(name)["id"].get<std::string>() / "log";
    }
};

TEST_F(LogsTest, KeepsBothStreamsApart) {
    const std::string name = finished("echo one; echo two >&2; echo three");
    EXPECT_EQ(api.logs(name, "stream=stdout"), "one\nthree\n");
    EXPECT_EQ(api.logs(name, "stream=stderr"), "two\n");
    EXPECT_EQ(api.logs(name).size(), std::string("one\ntwo\nthree\n").size());
}

TEST_F(LogsTest, GivesTheLastLines) {
    const std::string name = finished("seq 100");
    EXPECT_EQ(api.logs(name, "tail=3"), "98\n99\n100\n");
    EXPECT_EQ(api.logs(name, "tail=0"), "");
    EXPECT_EQ(api.logs(name, "tail=1000"), run_program({"seq", "100"}).out);
}

TEST_F(LogsTest, GivesLinesSinceATime) {
    const std::string name =
        start({{"command", sh("echo early; while [ ! -e /go ]; do sleep 0.01; done; echo late")}});
    ASSERT_TRUE(wait_until([&] { return api.logs(name) == "early\n"; }));
    api.exec(name, {"touch", "/go"});
    api.wait(name);
    const auto all = lines(name);
    ASSERT_EQ(all.size(), 2U);
    const auto late = lines(name, "?since=" + all[1]["time"].get<std::string>());
    ASSERT_EQ(late.size(), 1U);
    EXPECT_EQ(late[0]["text"], "late");
}

TEST_F(LogsTest, NamesStreamAndTimeOfEachLine) {
    const std::string name = finished("echo out; echo err >&2");
    const auto all = lines(name);
    ASSERT_EQ(all.size(), 2U);
    for (const Json& line : all) {
        EXPECT_EQ(line["stream"], line["text"] == "out" ? "stdout" : "stderr") << line;
        EXPECT_THAT(line["time"].get<std::string>(), ::testing::EndsWith("Z"));
        EXPECT_EQ(line["partial"], false);
    }
}

TEST_F(LogsTest, PutsTimesInFrontOnRequest) {
    const std::string name = finished("echo words");
    EXPECT_THAT(api.logs(name, "timestamps=true"), ::testing::ContainsRegex("^20.*Z words\n$"));
}

TEST_F(LogsTest, KeepsALastLineWithoutItsEnd) {
    const std::string name = finished("printf 'no newline'");
    EXPECT_THAT(api.logs(name), ::testing::StartsWith("no newline"));
}

TEST_F(LogsTest, KeepsOneRunApartFromTheNext) {
    const std::string name = finished("echo $(cat /n 2>/dev/null)x; echo again >/n");
    api.start(name);
    api.wait(name);
    EXPECT_EQ(api.logs(name, "run=1"), "x\n");
    EXPECT_EQ(api.logs(name, "run=2"), "againx\n");
}

TEST_F(LogsTest, FollowsUntilTheEnd) {
    const std::string name =
        start({{"command", sh("echo first; while [ ! -e /go ]; do sleep 0.01; done; echo last")}});
    HttpConnection connection(potd().socket());
    ASSERT_EQ(connection.open("GET", "/v1/pots/" + name + "/logs?follow=true").status, 200);
    EXPECT_EQ(connection.read_some(milliseconds(60'000)), "first\n");
    api.exec(name, {"touch", "/go"});
    EXPECT_EQ(follow_to_the_end(connection), "last\n");
}

TEST_F(LogsTest, FollowingManyLinesMissesNone) {
    const std::string name = start({{"command", sh("while [ ! -e /go ]; do sleep 0.01; done; seq 100000")}});
    HttpConnection connection(potd().socket());
    ASSERT_EQ(connection.open("GET", "/v1/pots/" + name + "/logs?follow=true").status, 200);
    api.exec(name, {"touch", "/go"});
    EXPECT_TRUE(follow_to_the_end(connection) == run_program({"seq", "100000"}).out);
}

TEST_F(LogsTest, LosesNothingAtTheEnd) {
    const std::string expected = run_program({"seq", "3000"}).out;
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(api.logs(finished("seq 3000")) == expected);
}

TEST_F(LogsTest, LosesNothingWhenKilled) {
    const std::string name = start({{"command", sh("seq 3000; kill -9 $$")}});
    api.wait(name);
    EXPECT_TRUE(api.logs(name) == run_program({"seq", "3000"}).out);
}

TEST_F(LogsTest, KeepsTenMegabytesWhole) {
    Json spec{{"log", {{"max_size", "64M"}}}};
    const std::string name = finished("seq 1450000", spec);
    const std::string expected = run_program({"seq", "1450000"}).out;
    ASSERT_GT(expected.size(), 10'000'000U);
    EXPECT_TRUE(api.logs(name) == expected);
}

TEST_F(LogsTest, KeepsAVeryLongLineWhole) {
    const std::string name = finished("head -c 3000000 /dev/zero | tr '\\0' y; echo");
    const std::string text = api.logs(name);
    EXPECT_EQ(text.size(), 3'000'001U);
    EXPECT_EQ(text.find_first_not_of('y'), 3'000'000U);
}

TEST_F(LogsTest, KeepsAnyBytes) {
    const std::string name = finished("printf 'a\\000b\\377c\\n'");
    EXPECT_EQ(api.logs(name), std::string("a\0b\377c\n", 6));
}

TEST_F(LogsTest, RotatesAndKeepsTheYoungest) {
    Json spec{{"log", {{"max_size", "64K"}, {"max_files", 2}}}};
    const std::string name = finished("seq 200000", spec);
    std::uintmax_t size = 0;
    for (const auto& file : std::filesystem::directory_iterator(log_directory(name)))
        size += file.file_size();
    // Three files of 64 KiB, each at most one record too long.
    EXPECT_LE(size, 3 * (64U << 10) + 3 * (64U << 10));
    const std::string kept = api.logs(name);
    EXPECT_GT(kept.size(), 10'000U);
    const std::string all = run_program({"seq", "200000"}).out;
    EXPECT_TRUE(all.compare(all.size() - kept.size(), kept.size(), kept) == 0) << kept.substr(0, 100);
}

TEST_F(LogsTest, FollowingGoesOnAcrossRotation) {
    Json spec{{"log", {{"max_size", "64K"}, {"max_files", 4}}}};
    spec["command"] = sh(
        "i=0; while [ $i -lt 20 ]; do while [ ! -e /go$i ]; do sleep 0.01; done; seq 2000; i=$((i+1)); done");
    const std::string name = start(spec);
    HttpConnection connection(potd().socket());
    ASSERT_EQ(connection.open("GET", "/v1/pots/" + name + "/logs?follow=true").status, 200);
    const std::string burst = run_program({"seq", "2000"}).out;
    // A burst is longer than a file and shorter than all that are kept: nobody can be too slow for it.
    for (int i = 0; i < 20; ++i) {
        api.exec(name, {"touch", "/go" + std::to_string(i)});
        std::string text;
        while (text.size() < burst.size()) {
            const std::string piece = connection.read_some(milliseconds(60'000));
            ASSERT_FALSE(piece.empty()) << "burst " << i << " ended after " << text.size();
            text += piece;
        }
        const auto other = std::mismatch(burst.begin(), burst.end(), text.begin()).second - text.begin();
        ASSERT_TRUE(text == burst) << "burst " << i << " of " << text.size() << " bytes, at " << other << ": "
                                   << text.substr(static_cast<std::size_t>(other), 100);
    }
    EXPECT_EQ(follow_to_the_end(connection), "");
}

TEST_F(LogsTest, AQuietFollowerThatLeavesIsForgotten) {
    const std::string name = start(idle());
    for (int i = 0; i < 50; ++i) {
        HttpConnection connection(potd().socket());
        ASSERT_EQ(connection.open("GET", "/v1/pots/" + name + "/logs?follow=true").status, 200);
    }
    const auto descriptors = [] { return open_descriptors(potd().pid()); };
    EXPECT_TRUE(wait_until([&] { return descriptors() < 50; })) << descriptors();
}

}  // namespace
}  // namespace potd::test
