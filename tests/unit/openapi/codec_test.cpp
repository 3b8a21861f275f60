#include "openapi/wire/codec.hpp"

#include "openapi/wire/base.hpp"
#include "openapi/wire/event.hpp"
#include "openapi/wire/exec.hpp"
#include "openapi/wire/pot.hpp"
#include "openapi/wire/prune.hpp"
#include "openapi/wire/stats.hpp"
#include "openapi/wire/system.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

using wire::Mode;

template <class T>
wire::DecodeError refusal(std::string_view json, Mode mode = Mode::Strict) {
    T value;
    return wire::decode(json, value, mode).value_or(wire::DecodeError{"(taken)", "", ""});
}

template <class T>
void expect_same_again(const T& value) {
    const std::string json = wire::encode(value);
    T again;
    const auto error = wire::decode(json, again);
    EXPECT_FALSE(error) << json << ": " << error->message;
    EXPECT_EQ(wire::encode(again), json);
    EXPECT_TRUE(again == value) << json;
}

wire::PotSpec full_spec() {
    wire::PotSpec spec;
    spec.name = "web";
    spec.base = "host";
    spec.command = {"sh", "-c", "a \"b\"\\\n\t\x01"};
    spec.env.items = {{"Z", "1"}, {"A", "2"}};
    spec.mounts = {{"/a", {}, {}, {}, "/b", "ro", {}},
                   {{}, {}, "site", {}, "/c", {}, {}},
                   {{}, true, {}, {}, "/t", {}, {"64M"}}};
    spec.limits.cpus = 1.5;
    spec.limits.memory = {"268435456"};
    spec.limits.io = {{"/dev/vda", {"1048576"}, {}, {}, 7}};
    spec.limits.hugepages = {{"2M", {"4194304"}}};
    spec.limits.best_effort.some = {"io"};
    spec.rlimits = {{"nofile", {"64"}}};
    spec.ports = {{{}, "udp", 53, 5353, 2, "127.0.0.1"}, {{}, {}, 80, {}, {}, {}}};
    spec.network.type = "private-bridge";
    spec.network.bridge = "web";
    spec.network.ipv4 = "auto";
    spec.network.interfaces = {{{}, {}, "db", {}, "none", "02:00:5e:10:00:01"},
                               {"em0", {{"10.0.0.2"}}, {}, {}, {}, {}}};
    spec.attributes = {};
    spec.labels = {{"k\xC3\xA4", "v"}};
    spec.security.user_namespace = {"off"};
    spec.hooks.prestart = {{{"/opt/h.sh"}, {}, "www", "10s", "abort"}};
    spec.restart = {"on-failure", 5, {"100ms", "30s", "10s"}};
    spec.depends_on = {"db"};
    return spec;
}

TEST(CodecTest, EveryStructReadsWhatItWrote) {
    wire::Run run;
    run.number = 3;
    run.signal = 9;
    run.oom = false;
    run.hooks = {{"poststop", 1, 2, "t", "u", 3, {}, "exit code 3", "out", false}};
    wire::Pot pot;
    pot.version = 18'446'744'073'709'551'615U;
    pot.spec = full_spec();
    pot.run = run;
    expect_same_again(pot);
    expect_same_again(wire::PotList{{pot}, "web"});
    expect_same_again(wire::RunList{{run}, {}});
    expect_same_again(wire::Event{7, "t", "pot.started", "id", {}, 2U, {{"a", "b"}}});
    expect_same_again(wire::BaseRequest{{}, true, {}, {}, {}, {}, {}, {}, {}});
    expect_same_again(wire::ExecRequest{{"a"}, {}, "u", {}, "in", "10s", true, 24, 80});
    wire::Stats stats;
    stats.name = "n";
    stats.run = 1;
    stats.cpu.usage_ns = 1;
    stats.cpu.percent = 2.25;
    expect_same_again(stats);
    expect_same_again(wire::Problem{"about:blank", "t", 410, "d", "events_lost", "f", {}, {}, 7U, "6.9"});
    expect_same_again(wire::EventList{{}, "6.9", 9});
    expect_same_again(wire::EventsReset{"events.reset", "lost", "8.5", "6.9", 7});
    expect_same_again(wire::PruneRequest{true, {{"runs", "logs"}}, {}, {}, "7d", 3U});
    expect_same_again(wire::PruneResult{{"a"}, {"b"}, {{"c", 1, 2}}, {{"d", 3, 4}}, 6, {"e"}});
}

TEST(CodecTest, WritesNullForWhatIsNotThere) {
    EXPECT_EQ(wire::encode(wire::KillRequest{}),
              R"({"signal":null,"target":null,"pid":null,"pattern":null})");
    EXPECT_EQ(wire::encode(wire::KillRequest{{"TERM"}, {}, {}, {}}),
              R"({"signal":"TERM","target":null,"pid":null,"pattern":null})");
    EXPECT_EQ(wire::encode(wire::KillRequest{{"15"}, {}, {}, {}}),
              R"({"signal":15,"target":null,"pid":null,"pattern":null})");
    EXPECT_EQ(wire::encode(wire::KillRequest{{"015"}, {}, {}, {}}),
              R"({"signal":"015","target":null,"pid":null,"pattern":null})");
    EXPECT_EQ(wire::encode(wire::NetworkSpec{}), R"({"type":null,"interfaces":[],"devices":[]})");
}

TEST(CodecTest, KeepsTheOrderOfAnEnvironment) {
    wire::ExecRequest request;
    ASSERT_FALSE(wire::decode(R"({"command":["x"],"env":{"Z":"1","A":"2","M":null}})", request));
    ASSERT_EQ(request.env.items.size(), 2U);
    EXPECT_EQ(request.env.items[0].first, "Z");
}

TEST(CodecTest, RefusesUnknownFieldsByTheirPath) {
    EXPECT_EQ(refusal<wire::PotSpec>(R"({"name":"a","colour":1})").field, "colour");
    EXPECT_EQ(refusal<wire::PotSpec>(R"({"name":"a","limits":{"ram":1}})").field, "limits.ram");
    const auto deep =
        refusal<wire::PotSpec>(R"({"name":"a","mounts":[{"target":"/x"},{"target":"/y","mood":1}]})");
    EXPECT_EQ(deep.field, "mounts[1].mood");
    EXPECT_EQ(deep.code, "unknown_field");
}

TEST(CodecTest, LenientSkipsUnknownFields) {
    wire::Health health;
    EXPECT_FALSE(wire::decode(R"({"status":"ok","since":{"a":[1]}})", health, Mode::Lenient));
    EXPECT_EQ(health.status, "ok");
}

TEST(CodecTest, RefusesWrongTypesWithFieldAndExpectation) {
    const auto field = [](std::string_view json) { return refusal<wire::PotSpec>(json).field; };
    EXPECT_EQ(field(R"({"name":5})"), "name");
    EXPECT_EQ(field(R"({"name":"a","command":"x"})"), "command");
    EXPECT_EQ(field(R"({"name":"a","command":["x",5]})"), "command[1]");
    EXPECT_EQ(field(R"({"name":"a","command":["x",null]})"), "command[1]");
    EXPECT_EQ(field(R"({"name":"a","env":{"A":1}})"), "env.A");
    EXPECT_EQ(field(R"({"name":"a","level":1.5})"), "level");
    EXPECT_EQ(field(R"({"name":"a","level":99999999999999999999})"), "level");
    EXPECT_EQ(field(R"({"name":"a","limits":{"memory":1.5}})"), "limits.memory");
    EXPECT_EQ(field(R"({"name":"a","limits":[]})"), "limits");
    EXPECT_EQ(refusal<wire::PotSpec>(R"({"name":5})").message, "name: expected a string, not 5");
    EXPECT_EQ(refusal<wire::PotSpec>("[]").message, "the body: expected an object, not []");
    EXPECT_EQ(refusal<wire::PotSpec>(R"([{"env_secret":{"A":"hUsh"}}])").message,
              "the body: expected an object, not an array");
}

TEST(CodecTest, RequiredFieldsAreRequiredUnlessItIsAPatch) {
    EXPECT_EQ(refusal<wire::PotSpec>("{}").code, "missing_field");
    EXPECT_EQ(refusal<wire::PotSpec>(R"({"name":null})").field, "name");
    EXPECT_EQ(refusal<wire::PotSpec>("{}", Mode::Patch).code, "(taken)");
    EXPECT_EQ(refusal<wire::PotSpec>(R"({"foo":null})", Mode::Patch).field, "foo");
    EXPECT_EQ(refusal<wire::PotSpec>(R"({"health":{"tcp":{}}})", Mode::Patch).code, "(taken)");
    for (const auto& [patch, field] :
         {std::pair(R"({"name":null})", "name"), std::pair(R"({"mounts":[{}]})", "mounts[0].target"),
          std::pair(R"({"health":{"tcp":{"port":null}}})", "health.tcp.port")}) {
        EXPECT_EQ(refusal<wire::PotSpec>(patch, Mode::Patch).code, "missing_field") << patch;
        EXPECT_EQ(refusal<wire::PotSpec>(patch, Mode::Patch).field, field) << patch;
    }
}

TEST(CodecTest, RefusesWhatIsNotOneJsonText) {
    for (const char* text :
         {"", "{", "{\"name\":}", "{\"name\":\"a\"} x", "nul", "{'name':1}", "\xEF\xBB\xBF",
          "{\"name\":\"\xFF\"}", "{\"name\":\"\xC0\x80\"}", "{\"name\":\"\xED\xA0\x80\"}"}) {
        EXPECT_EQ(refusal<wire::PotSpec>(text).code, "malformed") << text;
    }
    EXPECT_EQ(refusal<wire::PotSpec>(std::string("{\"name\":\"a\"}\0", 13)).code, "malformed");
    EXPECT_EQ(refusal<wire::PotSpec>(std::string(200'000, '[')).code, "malformed");
    EXPECT_EQ(refusal<wire::PotSpec>(std::string(33, '[') + std::string(33, ']')).code, "malformed");
}

TEST(CodecTest, RefusesAFieldThatComesTwice) {
    const auto error = refusal<wire::PotSpec>(R"({"name":"a","env":{"A":"1","A":"2"}})");
    EXPECT_EQ(error.code, "duplicate_key");
    EXPECT_EQ(error.field, "env.A");
    const auto inner = refusal<wire::PotSpec>(R"({"mounts":[{},{"target":"/a","target":"/b"}]})");
    EXPECT_EQ(inner.field, "mounts[1].target");
    EXPECT_EQ(refusal<wire::PotSpec>(R"({"name":"a","name":"b"})").field, "name");
}

TEST(CodecTest, ManyFieldsTakeNoQuadraticTime) {
    std::string json = R"({"name":"a","labels":{)";
    for (int i = 0; i < 50'000; ++i) json += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":\"v\"";
    wire::PotSpec spec;
    ASSERT_FALSE(wire::decode(json + "}}", spec));
    EXPECT_EQ(spec.labels.size(), 50'000U);
}

TEST(JsonStringTest, EscapesAndMendsText) {
    const auto quoted = [](std::string_view text) {
        std::string out;
        wire::append_json_string(out, text);
        return out;
    };
    EXPECT_EQ(quoted("a\"b\\c\n\r\t"), R"("a\"b\\c\n\r\t")");
    EXPECT_EQ(quoted(std::string_view("\0\x1f\x7f", 3)), R"("\u0000\u001f\u007f")");
    EXPECT_EQ(quoted("\xC3\xA4\xF0\x9F\x98\x80"), "\"\xC3\xA4\xF0\x9F\x98\x80\"");
    EXPECT_EQ(quoted("a\xFF\xC3"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
    EXPECT_EQ(quoted("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(MergePatchTest, FollowsRfc7396) {
    const auto merged = [](std::string_view target, std::string_view patch) {
        std::string result;
        EXPECT_FALSE(wire::merge_patch(target, patch, result));
        return result;
    };
    EXPECT_EQ(merged(R"({"a":"b"})", R"({"a":"c"})"), R"({"a":"c"})");
    EXPECT_EQ(merged(R"({"a":"b"})", R"({"b":"c"})"), R"({"a":"b","b":"c"})");
    EXPECT_EQ(merged(R"({"a":"b","b":"c"})", R"({"a":null})"), R"({"b":"c"})");
    EXPECT_EQ(merged(R"({"a":["b"]})", R"({"a":"c"})"), R"({"a":"c"})");
    EXPECT_EQ(merged(R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})"), R"({"a":{"b":"d"}})");
    EXPECT_EQ(merged(R"({"a":[{"b":"c"}]})", R"({"a":[1]})"), R"({"a":[1]})");
    EXPECT_EQ(merged(R"({})", R"({"a":{"bb":{"ccc":null}}})"), R"({"a":{"bb":{}}})");
    std::string result;
    EXPECT_TRUE(wire::merge_patch("{}", "{", result));
}

TEST(SameJsonTest, OrderOfFieldsDoesNotMatter) {
    EXPECT_TRUE(wire::same_json(R"({"a":1,"b":[2]})", R"({ "b": [2], "a": 1 })"));
    EXPECT_FALSE(wire::same_json(R"([1,2])", R"([2,1])"));
    EXPECT_FALSE(wire::same_json("{", "{"));
}

TEST(CodecTest, SurvivesRandomText) {
    std::mt19937 random(11);  // NOLINT(cert-msc51-cpp): the same texts each time
    const std::string seed = wire::encode(full_spec());
    int taken = 0;
    for (int round = 0; round < 4'000; ++round) {
        std::string text = seed;
        for (int change = 0; change <= round % 5; ++change) {
            text[random() % text.size()] = static_cast<char>(random());
        }
        wire::PotSpec spec;
        if (!wire::decode(text.substr(0, random() % 50 == 0 ? random() % text.size() : text.size()), spec))
            ++taken;
    }
    EXPECT_LT(taken, 4'000);
}

}  // namespace
}  // namespace potd::test
