// Fifty pots with random lives while potd is killed every second: no leak, no lost run, no hook missed, no
// event missed; and the same on bridges, where a stranger flushes the firewall now and then: no address and
// no port is two pots'. POTD_STORM_SECONDS says for how long. A life of potd is longer where it gets nothing
// done in a second.
#include "tests/support/joining_thread.hpp"
#include "tests/system/fixture.hpp"
#include "tests/system/own_network.hpp"
#include "tests/system/truth.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr int storm_pots = 50;
constexpr int storm_clients = 5;
constexpr int least_answers = 2 * storm_clients;  // of one life of potd

std::chrono::seconds duration() {
    const char* chosen = std::getenv("POTD_STORM_SECONDS");  // NOLINT(concurrency-mt-unsafe)
    return std::chrono::seconds(chosen != nullptr ? std::stoi(chosen) : 15);
}

PotdOptions storm_in_memory() {
    PotdOptions options;
    if (const std::string memory = memory_directory(); !memory.empty()) options.place = memory;
    options.extra_config = "history: {runs: 0}\n";
    options.log_level = "info";
    return options;
}

/// Follows the events across every death of potd.
class Watcher {
  public:
    explicit Watcher(std::string socket) : socket_(std::move(socket)), thread_([this] { follow(); }) {}
    /// Waits until it has seen `last`, then ends; what was wrong with the order.
    Problems finish(std::uint64_t last) {
        static_cast<void>(wait_until([&] { return seen_ >= last; }, milliseconds(20'000)));
        stop_ = true;
        thread_.join();
        if (seen_ < last)
            problems_.push_back("the client saw events up to " + std::to_string(seen_) + " of " +
                                std::to_string(last));
        return problems_;
    }

    ~Watcher() {
        stop_ = true;
        if (thread_.joinable()) thread_.join();
    }

  private:
    void follow() {
        while (!stop_) {
            HttpConnection connection(socket_, milliseconds(2000));
            const Headers headers{{"Accept", "text/event-stream"}, {"Last-Event-ID", std::to_string(seen_)}};
            if (connection.open("GET", "/v1/events", {}, headers).status != 200) {
                static_cast<void>(wait_until([&] { return stop_.load(); }, milliseconds(5)));
                continue;
            }
            std::string text;
            while (!stop_) {
                const std::string more = connection.read_some(milliseconds(100));
                text += more;
                take(text);
                if (more.empty() && http(socket_, "GET", "/v1/health").status != 200) break;
            }
        }
    }
    void take(std::string& text) {
        for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
            const std::string line = text.substr(0, end);
            text.erase(0, end + 1);
            if (line.rfind("id:", 0) != 0) continue;
            const std::uint64_t number = std::stoull(line.substr(3));
            if (number != seen_ + 1)
                problems_.push_back("event " + std::to_string(number) + " came after " +
                                    std::to_string(seen_));
            seen_ = number;
        }
    }

    std::string socket_;
    std::atomic<std::uint64_t> seen_ = 0;
    std::atomic<bool> stop_ = false;
    Problems problems_;
    std::thread thread_;
};

class StormTest : public OwnPotdTest {
  protected:
    StormTest() : OwnPotdTest(storm_in_memory()) {}

    void run(std::chrono::seconds seconds);
    static std::string name_of(int pot) { return "p" + std::to_string(pot); }
    Json random_spec(int pot, std::minstd_rand& random) const;
    void live(int client);
    int request(const std::string& name, const std::string& what);
    int create(int pot, std::minstd_rand& random);
    void count(int status) { answers_ += status != 0 && status != 404 ? 1 : 0; }
    void storm(std::chrono::seconds seconds);
    void calm();
    void check(Problems& problems);

    HookDiary diary;
    std::mutex guard_;
    std::set<HookDiary::PotRun> started_;  ///< runs that a client was told of
    std::set<std::string> refused_;        ///< answers that no request may get
    std::atomic<bool> stop_ = false;
    std::atomic<int> requests_ = 0;
    std::atomic<int> answers_ = 0;  ///< about pots that were there, or were made
    int deaths_ = 0;
    bool bridged_ = false;
};

/// Of every four one has the host's network; some want ports that others want, too.
void put_on_bridge(Json& spec, std::minstd_rand& random) {
    static const std::vector<Json> ports{Json::array(), {"80"}, {"80", "udp:53"}, {"80:8080"}, {"1-5"}};
    const unsigned kind = random() % 4;
    if (kind == 0) return;
    spec["network"] = {{"type", "public-bridge"}};
    if (kind == 1) spec["network"] = {{"type", "private-bridge"}, {"bridge", "back"}};
    spec["ports"] = ports[random() % ports.size()];
}

/// I6, of all there are.
void check_leases(const Json& all, Problems& problems) {
    std::set<std::string> taken;
    const auto take = [&](const std::string& what, const Json& pot) {
        if (!taken.insert(what).second)
            problems.push_back(what + " is also leased to " + pot["name"].get<std::string>());
    };
    for (const Json& pot : all) {
        for (const Json& one : pot["addresses"]) take(one["address"], pot);
        for (const Json& port : pot["ports"])
            for (int i = 0; i < port.value("count", 1); ++i)
                take(port["protocol"].get<std::string>() + std::to_string(port["host"].get<int>() + i), pot);
    }
}

Json StormTest::random_spec(int pot, std::minstd_rand& random) const {
    static const std::vector<std::string> commands{"exec sleep 1000",
                                                   "exit 0",
                                                   "exit 3",
                                                   "sleep 0.2; exit 0",
                                                   "sleep 0.3; exit 9",
                                                   "sleep 0.1; kill -9 $$",
                                                   "trap '' TERM; sleep 1000"};
    static const std::vector<std::string> policies{"no", "on-failure", "always", "unless-stopped"};
    Json spec = {{"name", name_of(pot)},
                 {"base", "host"},
                 {"command", sh(commands[random() % commands.size()])},
                 {"stop", {{"timeout", "100ms"}}},
                 {"restart",
                  {{"policy", policies[random() % policies.size()]},
                   {"backoff", {{"initial", "50ms"}, {"max", "500ms"}}}}},
                 {"hooks", random() % 4 == 0 ? Json::object() : diary.hooks()}};
    if (bridged_) put_on_bridge(spec, random);
    return spec;
}

int StormTest::request(const std::string& name, const std::string& what) {
    ++requests_;
    const std::string pot = "/v1/pots/" + name;
    const Response answer =
        what == "destroy" ? potd.http("DELETE", pot + "?force=true") : potd.http("POST", pot + "/" + what);
    count(answer.status);
    const std::lock_guard lock(guard_);
    if (answer.status == 500) refused_.insert(what + " " + answer.describe());
    if (answer.status == 200 && what != "stop") {
        const Json told = answer.json();
        if (told["run"].is_object()) started_.insert({told["id"], told["run"]["number"].get<int>()});
    }
    return answer.status;
}

int StormTest::create(int pot, std::minstd_rand& random) {
    const int status = potd.http("POST", "/v1/pots", random_spec(pot, random)).status;
    count(status);
    return status;
}

/// One client's share of the pots, with requests at random.
void StormTest::live(int client) {
    std::minstd_rand random(static_cast<unsigned>(client) + 1);
    static const std::vector<std::string> requests{"start", "start", "start", "stop", "restart", "destroy"};
    while (!stop_) {
        const int pot = static_cast<int>(random() % (storm_pots / storm_clients)) * storm_clients + client;
        int status = request(name_of(pot), requests[random() % requests.size()]);
        if (status == 404) status = create(pot, random);
        if (status == 0)
            static_cast<void>(wait_until([&] { return stop_ || potd.http("GET", "/v1/ready").status == 200; },
                                         milliseconds(2000)));
    }
}

void StormTest::storm(std::chrono::seconds seconds) {
    // Declared after the threads and so told before they are waited for, whatever happens.
    struct Stopper {
        std::atomic<bool>& stop;
        ~Stopper() { stop = true; }
    };
    std::vector<JoiningThread> threads;
    threads.reserve(static_cast<std::size_t>(storm_clients));
    const Stopper stopper{stop_};
    for (int client = 0; client < storm_clients; ++client)
        threads.emplace_back([this, client] { live(client); });
    const auto end = steady_clock::now() + seconds;
    while (steady_clock::now() < end) {
        const int before = answers_;
        const auto status = potd.wait_exit(milliseconds(1000));
        // On a slow machine a second may be too short for anything to be under way.
        const auto lives = [&] { return answers_ - before < least_answers && steady_clock::now() < end; };
        static_cast<void>(wait_until([&] { return !lives(); }, milliseconds(60'000)));
        EXPECT_FALSE(status) << "potd died by itself: " << *status;
        if (bridged_ && deaths_ % 3 == 1) flush_own_network();
        potd.kill9();
        ++deaths_;
        potd.start();
    }
}

/// Every pot is stopped, and nothing is under way.
void StormTest::calm() {
    for (int pot = 0; pot < storm_pots; ++pot) {
        const int status = request(name_of(pot), "stop");
        EXPECT_TRUE(status == 200 || status == 404) << status;
    }
    EXPECT_TRUE(wait_until(
        [&] {
            const Json all = potd.http("GET", "/v1/pots?limit=1000").json()["items"];
            return std::none_of(all.begin(), all.end(), [](const Json& pot) {
                return in_between(pot) || pot["state"] == "running" || pot["state"] == "backoff";
            });
        },
        milliseconds(60'000)));
}

void StormTest::check(Problems& problems) {
    PotApi client = api();
    const std::vector<Json> events = all_events(client);
    check_events(events, problems);
    auto diaries = diary.read();
    for (const auto& [key, entries] : diaries) check_hooks(key.first, key.second, entries, false, problems);
    std::set<std::string> ids;
    std::set<HookDiary::PotRun> known;
    std::size_t lost = 0;
    const Json all = potd.http("GET", "/v1/pots?limit=1000").json()["items"];
    if (bridged_) check_leases(all, problems);
    for (const Json& pot : all) {
        ids.insert(pot["id"]);
        const Json runs = client.runs(pot["name"]);
        check_runs(pot, runs, events, problems);
        for (const Json& run : runs) {
            const HookDiary::PotRun key{pot["id"], run["number"].get<int>()};
            known.insert(key);
            check_hook_records(pot["name"], run, diaries[key], problems);
            if (run["lost"] == true) problems.push_back("lost: " + pot["name"].dump() + " " + run.dump());
            lost += run["lost"] == true ? 1 : 0;
        }
    }
    for (const HookDiary::PotRun& key : started_) {
        if (ids.contains(key.first) && !known.contains(key))
            problems.push_back("run " + std::to_string(key.second) + " of " + key.first + " is forgotten");
    }
    for (const std::string& answer : refused_) problems.push_back("answered: " + answer);
    std::cout << "storm: " << deaths_ << " deaths, " << requests_ << " requests, " << answers_
              << " answered, " << diaries.size() << " runs with hooks, " << known.size() << " runs of "
              << all.size() << " pots left, " << lost << " lost, " << events.size() << " events\n";
}

void StormTest::run(std::chrono::seconds seconds) {
    Watcher watcher(potd.socket());
    storm(seconds);
    calm();
    Problems problems;
    check(problems);
    for (int pot = 0; pot < storm_pots; ++pot) request(name_of(pot), "destroy");
    PotApi client = api();
    for (const std::string& problem : watcher.finish(all_events(client).size())) problems.push_back(problem);
    EXPECT_TRUE(wait_until([&] {
        return fs::is_empty(potd.state_dir() / "pots") && fs::is_empty(potd.state_dir() / "trash") &&
               fs::is_empty(potd.run_dir() / "pots");
    })) << "files are left";
    const std::string instance = potd.instance() + "/";
    for (const std::string& object : kernel_objects()) {
        if (object.find(instance) != std::string::npos) problems.push_back("left behind: " + object);
    }
    for (const std::string& problem : problems) ADD_FAILURE() << problem;
}

TEST_F(StormTest, NothingIsLostLeftOrMissed) {
    start_potd();
    run(duration());
}

TEST_F(StormTest, NorOnBridges) {
    const std::shared_ptr<void> network = own_network();
    if (!network)
        GTEST_SKIP()
            << "no bridges here (root, network namespaces, nftables; FreeBSD: pf with anchors of potd)";
    const std::vector<std::string> before = own_network_objects();
    bridged_ = true;
    start_potd();
    ASSERT_EQ(potd.http("POST", "/v1/networks", {{"name", "back"}}).status, 201);
    run(duration() / 2);
    for (const char* name : {"back", "public"})
        EXPECT_EQ(potd.http("DELETE", std::string("/v1/networks/") + name).status, 204) << name;
    EXPECT_EQ(potd.terminate(), 0);
    std::vector<std::string> now;
    EXPECT_TRUE(wait_until([&] { return (now = own_network_objects()) == before; })) << Json(now);
}

}  // namespace
}  // namespace potd::test
