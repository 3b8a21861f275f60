// What potd must refuse, with the field and a fitting status; that it stays up is checked after each test.
#include "tests/system/fixture.hpp"

namespace potd::test {
namespace {

struct Refused {
    const char* what;
    Json patch;         ///< merged into a good spec
    const char* field;  ///< in the answer
};

class BadInputTest : public SystemTest {
  protected:
    Response post_text(const std::string& body, const Headers& headers = {}) {
        HttpConnection connection(potd().socket());
        return connection.request("POST", "/v1/pots", body, headers);
    }
    Response try_create(const Json& patch) {
        Json spec{{"name", fresh_name()}, {"base", "host"}, {"command", {"true"}}};
        spec.merge_patch(patch);
        return api.request("POST", "/v1/pots", spec);
    }
    void expect_refused(const std::vector<Refused>& all) {
        for (const Refused& one : all) {
            const Response response = try_create(one.patch);
            EXPECT_TRUE(response.status == 400 || response.status == 422)
                << one.what << ": " << response.describe();
            EXPECT_EQ(problem_field(response), one.field) << one.what << ": " << response.describe();
            EXPECT_EQ(response.header("content-type"), "application/problem+json") << one.what;
        }
    }
};

TEST_F(BadInputTest, NamesThatAreNone) {
    for (const std::string& name :
         {std::string(), std::string("."), std::string(".."), std::string(".a"), std::string("-a"),
          std::string("a/b"), std::string("../a"), std::string("a b"), std::string("a\nb"),
          std::string("a\0b", 3), std::string("\u00e4"), std::string("a:b"), std::string("123"),
          std::string(64, 'a'), std::string(5000, 'a')}) {
        const Response response = api.request("POST", "/v1/pots", {{"name", name}, {"base", "host"}});
        EXPECT_TRUE(response.status == 400 || response.status == 422) << name << ": " << response.describe();
        EXPECT_EQ(problem_field(response), "name") << name << ": " << response.describe();
    }
}

TEST_F(BadInputTest, NamesAtTheLimitsAreTaken) {
    for (const std::string& name : {std::string(63, 'a'), std::string("A.b-c_d"), std::string("x")}) {
        EXPECT_EQ(create({{"name", name}}), name);
        api.destroy(name);
    }
}

TEST_F(BadInputTest, AnUnknownBase) {
    const Response response = try_create({{"base", "no-such-base"}});
    EXPECT_EQ(response.status, 404) << response.describe();
    EXPECT_EQ(problem_field(response), "base");
    EXPECT_THAT(response.body, ::testing::HasSubstr("no-such-base"));
}

TEST_F(BadInputTest, UnknownFields) {
    expect_refused({{"top", {{"colour", "red"}}, "colour"},
                    {"nested", {{"limits", {{"ram", 5}}}}, "limits.ram"},
                    {"in a list",
                     {{"mounts", {{{"tmpfs", true}, {"target", "/x"}, {"mood", "good"}}}}},
                     "mounts[0].mood"}});
}

TEST_F(BadInputTest, WrongTypes) {
    expect_refused({{"text for a list", {{"command", "echo hi"}}, "command"},
                    {"number in argv", {{"command", {"echo", 5}}}, "command[1]"},
                    {"list for an object", {{"env", {"A=1"}}}, "env"},
                    {"number as value", {{"env", {{"A", 1}}}}, "env.A"},
                    {"text for a truth value", {{"persistent", "maybe"}}, "persistent"},
                    {"object for text", {{"user", {{"id", 1}}}}, "user"}});
}

TEST_F(BadInputTest, AbsurdSizesAndNumbers) {
    expect_refused(
        {{"no number", {{"limits", {{"memory", "lots"}}}}, "limits.memory"},
         {"negative", {{"limits", {{"memory", -5}}}}, "limits.memory"},
         {"too big", {{"limits", {{"memory", "99999999999999999999G"}}}}, "limits.memory"},
         {"unknown suffix", {{"limits", {{"memory", "5X"}}}}, "limits.memory"},
         {"negative pids", {{"limits", {{"pids", -1}}}}, "limits.pids"},
         {"no such cpu", {{"limits", {{"cpuset", "100000"}}}}, "limits.cpuset"},
         {"inverted", {{"limits", {{"cpuset", "1-0"}}}}, "limits.cpuset"},
         {"weight", {{"limits", {{"cpu_weight", 10'001}}}}, "limits.cpu_weight"},
         {"more cpus than there are", {{"limits", {{"cpu_count", 100'000}}}}, "limits.cpu_count"},
         {"list and number", {{"limits", {{"cpuset", "0"}, {"cpu_count", 1}}}}, "limits.cpu_count"},
         {"soft above hard", {{"limits", {{"memory", "64M"}, {"memory_soft", "65M"}}}}, "limits.memory_soft"},
         {"no device",
          {{"limits", {{"io", {{{"device", "vda"}, {"read_bps", "1M"}}}}}}},
          "limits.io[0].device"},
         {"no bound", {{"limits", {{"io", {{{"device", "8:0"}}}}}}}, "limits.io[0].device"},
         {"half a page", {{"limits", {{"hugepages", {{"2M", "1M"}}}}}}, "limits.hugepages.2M"},
         {"no resource", {{"limits", {{"rctl", {{"cows", 1}}}}}}, "limits.rctl.cows"},
         {"no limit", {{"limits", {{"best_effort", {"ram"}}}}}, "limits.best_effort[0]"},
         {"no unit", {{"stop", {{"timeout", "10"}}}}, "stop.timeout"},
         {"too long", {{"stop", {{"timeout", "1000000h"}}}}, "stop.timeout"},
         {"signal", {{"stop", {{"signal", "HELLO"}}}}, "stop.signal"}});
}

TEST_F(BadInputTest, PlacesThatAreNone) {
    expect_refused(
        {{"relative", {{"workdir", "usr"}}, "workdir"},
         {"mount on the root", {{"mounts", {{{"tmpfs", true}, {"target", "/"}}}}}, "mounts[0].target"},
         {"relative target", {{"mounts", {{{"tmpfs", true}, {"target", "x"}}}}}, "mounts[0].target"},
         {"upwards", {{"mounts", {{{"tmpfs", true}, {"target", "/x/../../y"}}}}}, "mounts[0].target"},
         {"relative source", {{"mounts", {{{"dir", "tmp"}, {"target", "/x"}}}}}, "mounts[0].dir"},
         {"mode", {{"mounts", {{{"tmpfs", true}, {"target", "/x"}, {"mode", "wr"}}}}}, "mounts[0].mode"}});
}

TEST_F(BadInputTest, SecurityThatIsNone) {
    expect_refused({{"capability",
                     {{"security", {{"capabilities", {{"add", {"FLY"}}}}}}},
                     "security.capabilities.add[0]"},
                    {"seccomp", {{"security", {{"seccomp", "loose"}}}}, "security.seccomp"},
                    {"variable", {{"env", {{"A=B", "1"}}}}, "env.A=B"}});
}

TEST_F(BadInputTest, FieldsOfLaterVersionsAreNotSilentlyDropped) {
    const Response response = try_create({{"image", "nginx:1.2"}});
    EXPECT_GE(response.status, 400);
    EXPECT_EQ(problem_field(response), "image");
    EXPECT_EQ(problem_code(response), "unsupported");
}

TEST_F(BadInputTest, TextThatIsNoJson) {
    for (const char* body :
         {"", "{", "[]", "nonsense", "{\"name\":}", "{\"name\":\"a\"} x", "\"text\"", "12"}) {
        const Response response = post_text(body);
        EXPECT_TRUE(response.status == 400 || response.status == 422) << body << ": " << response.describe();
    }
}

TEST_F(BadInputTest, TheSameFieldTwice) {
    const Response response = post_text(R"({"name":"twice","name":"other","base":"host"})");
    EXPECT_TRUE(response.status == 400 || response.status == 422) << response.describe();
    EXPECT_EQ(problem_field(response), "name");
}

TEST_F(BadInputTest, BytesThatAreNotUtf8) {
    for (const char* bytes : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
        const Response response = post_text(std::string(R"({"name":"a","base":")") + bytes + "\"}");
        EXPECT_TRUE(response.status == 400 || response.status == 422) << response.describe();
    }
}

TEST_F(BadInputTest, DeepNesting) {
    const Response response = post_text(std::string(200'000, '[') + std::string(200'000, ']'));
    EXPECT_TRUE(response.status == 400 || response.status == 422 || response.status == 413)
        << response.describe();
}

TEST_F(BadInputTest, ABodyOfAHundredMegabytes) {
    const auto before = resident_kib(potd().pid());
    HttpConnection connection(potd().socket());
    const std::string head =
        "POST /v1/pots HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: 104857600\r\n\r\n{\"name\":\"";
    ASSERT_TRUE(connection.send(head));
    const std::string piece(1 << 20, 'a');
    for (int i = 0; i < 100 && connection.send(piece); ++i) continue;
    const Response response = connection.receive("POST");
    // A server may also cut the line while we still write; then it must at least be well afterwards.
    EXPECT_TRUE(response.status == 413 || response.status == 0) << response.describe();
    EXPECT_LT(resident_kib(potd().pid()), before + (64 << 10)) << "the body was kept";
}

TEST_F(BadInputTest, ALongBodyIsRefusedByItsLength) {
    HttpConnection connection(potd().socket());
    ASSERT_TRUE(
        connection.send("POST /v1/pots HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        "Content-Length: 104857600\r\n\r\n"));
    EXPECT_EQ(connection.receive("POST").status, 413);
}

TEST_F(BadInputTest, HeadersWithoutEnd) {
    HttpConnection connection(potd().socket());
    // It may cut the line before it has read all of it.
    connection.send("GET /v1/health HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(1 << 20, 'a'));
    const Response response = connection.receive();
    EXPECT_TRUE(response.status == 431 || response.status == 400 || response.status == 0)
        << response.describe();
}

TEST_F(BadInputTest, RequestsThatDoNotSayWhomTheyAreFor) {
    for (const char* head :
         {"GET /v1/health HTTP/1.1\r\n", "GET /v1/health HTTP/1.1\r\nHost: a\r\nHost: a\r\n",
          "GET /v1/health HTTP/1.1\r\nHost: a b\r\n"}) {
        HttpConnection connection(potd().socket());
        ASSERT_TRUE(connection.send(std::string(head) + "\r\n"));
        const Response response = connection.receive();
        EXPECT_EQ(response.status, 400) << response.describe();
        EXPECT_EQ(problem_field(response), "Host") << response.describe();
    }
    HttpConnection old(potd().socket());
    ASSERT_TRUE(old.send("GET /v1/health HTTP/1.0\r\n\r\n"));
    EXPECT_EQ(old.receive().status, 200);
}

TEST_F(BadInputTest, RequestsThatAreNoHttp) {
    for (const char* bytes :
         {"\r\n\r\n", "nonsense\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02", "GET / HTTP/9.9\r\n\r\n"}) {
        HttpConnection connection(potd().socket(), milliseconds(300));
        connection.send(bytes);
        const Response response = connection.receive();
        EXPECT_TRUE(response.status == 0 || response.status >= 400) << response.describe();
    }
}

TEST_F(BadInputTest, MethodsAndPlacesThatAreNone) {
    EXPECT_EQ(api.request("GET", "/v1/nothing").status, 404);
    EXPECT_EQ(api.request("GET", "/").status, 404);
    EXPECT_EQ(api.request("DELETE", "/v1/health").status, 405);
    EXPECT_EQ(api.request("GET", "/v1/pots/no-such-pot").status, 404);
    EXPECT_EQ(api.request("GET", "/v1/pots/..%2f..%2fetc").status, 404);
    EXPECT_EQ(post_text("name=a", {{"Content-Type", "application/x-www-form-urlencoded"}}).status, 415);
}

TEST_F(BadInputTest, ParametersThatAreNone) {
    for (const char* query :
         {"limit=0", "limit=x", "limit=99999999999999999999", "colour=red", "limit=5&limit=6"}) {
        const Response response = api.request("GET", std::string("/v1/pots?") + query);
        EXPECT_TRUE(response.status == 400 || response.status == 422) << query << ": " << response.describe();
    }
}

TEST_F(BadInputTest, ARefusedPotIsNotThere) {
    const Json before = api.request("GET", "/v1/pots?limit=1000").json()["items"];
    try_create({{"limits", {{"memory", "lots"}}}});
    EXPECT_EQ(api.request("GET", "/v1/pots?limit=1000").json()["items"], before);
}

TEST_F(BadInputTest, ABaseOfNothing) {
    for (const Json& body : {Json{{"name", "x"}}, Json{{"host", true}, {"release", "bookworm"}},
                             Json{{"directory", "relative"}, {"name", "x"}}}) {
        const Response response = api.request("POST", "/v1/bases", body);
        EXPECT_TRUE(response.status == 400 || response.status == 422) << body << response.describe();
    }
    const Response missing =
        api.request("POST", "/v1/bases", {{"directory", "/no/such/tree"}, {"name", "x"}});
    EXPECT_GE(missing.status, 400);
    EXPECT_THAT(missing.body, ::testing::HasSubstr("/no/such/tree"));
}

TEST_F(BadInputTest, ACommandOfAMillionWords) {
    Json command = Json::array({"echo"});
    for (int i = 0; i < 200'000; ++i) command.push_back("word");
    const Response response = try_create({{"command", command}});
    EXPECT_GE(response.status, 400) << response.describe();
}

}  // namespace
}  // namespace potd::test
