// Several clients at once: one wins, the others are told.
#include "tests/support/joining_thread.hpp"
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <barrier>

namespace potd::test {
namespace {

class ConcurrencyTest : public SystemTest {
  protected:
    /// The statuses of the same call made by `count` clients at once.
    template <class Call>
    std::vector<int> at_once(int count, const Call& call) {
        std::vector<int> statuses(static_cast<std::size_t>(count));
        std::barrier gate(count);
        std::vector<JoiningThread> clients;
        clients.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) {
            clients.emplace_back([&, i] {
                PotApi client(potd().socket());
                static_cast<void>(client.request("GET", "/v1/health"));
                gate.arrive_and_wait();
                statuses[static_cast<std::size_t>(i)] = call(client, i);
            });
        }
        clients.clear();
        return statuses;
    }
    static long how_many(const std::vector<int>& statuses, int status) {
        return std::count(statuses.begin(), statuses.end(), status);
    }
};

TEST_F(ConcurrencyTest, OneOfManyStartsWins) {
    for (int round = 0; round < 5; ++round) {
        const std::string name = create(idle());
        const auto statuses =
            at_once(8, [&](PotApi& client, int) { return client.act(name, "start").status; });
        EXPECT_EQ(how_many(statuses, 200), 1) << ::testing::PrintToString(statuses);
        EXPECT_EQ(how_many(statuses, 409), 7) << ::testing::PrintToString(statuses);
        EXPECT_EQ(api.runs(name).size(), 1U);
    }
}

TEST_F(ConcurrencyTest, OneOfManyCreatesWins) {
    for (int round = 0; round < 5; ++round) {
        Json spec = idle();
        spec["name"] = fresh_name();
        spec["base"] = "host";
        const auto statuses =
            at_once(8, [&](PotApi& client, int) { return client.request("POST", "/v1/pots", spec).status; });
        EXPECT_EQ(how_many(statuses, 201), 1) << ::testing::PrintToString(statuses);
        EXPECT_EQ(how_many(statuses, 409), 7) << ::testing::PrintToString(statuses);
    }
}

TEST_F(ConcurrencyTest, ManyStopsEndInOne) {
    const std::string name = start(idle());
    const auto statuses = at_once(8, [&](PotApi& client, int) { return client.act(name, "stop").status; });
    EXPECT_EQ(how_many(statuses, 200), 8) << ::testing::PrintToString(statuses);
    EXPECT_EQ(api.inspect(name)["state"], "stopped");
    EXPECT_EQ(api.runs(name).size(), 1U);
}

TEST_F(ConcurrencyTest, OneOfManyDestroysWins) {
    const std::string name = start(idle());
    const auto statuses = at_once(8, [&](PotApi& client, int) {
        return client.request("DELETE", "/v1/pots/" + name + "?force=true").status;
    });
    EXPECT_GE(how_many(statuses, 204), 1) << ::testing::PrintToString(statuses);
    EXPECT_EQ(how_many(statuses, 204) + how_many(statuses, 404) + how_many(statuses, 409), 8)
        << ::testing::PrintToString(statuses);
    EXPECT_EQ(api.request("GET", "/v1/pots/" + name).status, 404);
}

TEST_F(ConcurrencyTest, ManyPotsLiveAtOnce) {
    std::vector<std::string> names;
    names.reserve(16);
    for (int i = 0; i < 16; ++i) names.push_back(create({{"command", sh("exit " + std::to_string(i))}}));
    const auto statuses = at_once(16, [&](PotApi& client, int i) {
        const std::string& name = names[static_cast<std::size_t>(i)];
        client.start(name);
        return client.wait(name)["exit_code"].get<int>();
    });
    for (int i = 0; i < 16; ++i) EXPECT_EQ(statuses[static_cast<std::size_t>(i)], i);
}

TEST_F(ConcurrencyTest, StartStopAndDestroyInAnyOrderLeaveATruth) {
    for (int round = 0; round < 5; ++round) {
        const std::string name = create(idle());
        at_once(6, [&](PotApi& client, int i) {
            if (i == 5) return client.request("DELETE", "/v1/pots/" + name + "?force=true").status;
            return client.act(name, i % 2 == 0 ? "start" : "stop").status;
        });
        const Response left = api.request("GET", "/v1/pots/" + name);
        if (left.status == 404) continue;
        const std::string state = left.json()["state"];
        EXPECT_TRUE(state == "created" || state == "running" || state == "stopped") << state;
    }
}

TEST_F(ConcurrencyTest, AClientThatLeavesDoesNotUndoItsStart) {
    const std::string name = create(idle());
    {
        HttpConnection connection(potd().socket());
        ASSERT_TRUE(connection.send("POST /v1/pots/" + name +
                                    "/start HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
    }
    EXPECT_TRUE(wait_until([&] { return api.inspect(name)["state"] == "running"; })) << api.inspect(name);
}

TEST_F(ConcurrencyTest, PipelinedRequestsAreAnsweredInOrder) {
    HttpConnection connection(potd().socket());
    std::string requests;
    for (int i = 0; i < 20; ++i) {
        requests += i % 2 == 0 ? "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
                               : "GET /v1/pots/none HTTP/1.1\r\nHost: x\r\n\r\n";
    }
    ASSERT_TRUE(connection.send(requests));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(connection.receive().status, i % 2 == 0 ? 200 : 404);
}

}  // namespace
}  // namespace potd::test
