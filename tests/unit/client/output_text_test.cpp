#include "client/command/spec_file.hpp"
#include "client/output/json_text.hpp"
#include "client/output/yaml_text.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

Value sample() {
    return *parse_json(
        R"({"name":"web","none":null,"empty":[],"map":{},"list":[1,{"a":1,"b":[2,3]},[4]],"t":true})");
}

TEST(JsonTextTest, IndentsForPeople) {
    EXPECT_EQ(pretty_json(*parse_json(R"({"a":[1,2],"b":{},"c":{"d":"x"}})")),
              "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": {\n    \"d\": \"x\"\n  }\n}\n");
}

TEST(JsonTextTest, EscapesControlsAndRepairsBytes) {
    EXPECT_EQ(json_string("a\"\\\n\x1b\xC2\x9B\xFF"), "\"a\\\"\\\\\\n\\u001b\\u009b\xEF\xBF\xBD\"");
}

TEST(YamlTextTest, WritesBlocks) {
    EXPECT_EQ(yaml_text(sample()),
              "name: web\nnone: null\nempty: []\nmap: {}\nlist:\n- 1\n- a: 1\n  b:\n  - 2\n  - 3\n- - 4\nt: "
              "true\n");
}

TEST(YamlTextTest, QuotesWhatWouldBeReadAsSomethingElse) {
    for (const auto* text :
         {"",     "yes",  "No", "null", "~",          "12",       "1.5",  "0x1F", "1e3", "-",  "- a",
          "a: b", "a #b", "#c", "{a}",  "[a]",        "&a",       "*a",   "!a",   "%a",  "@a", "'a",
          "\"a",  "a:",   "a ", " a",   "2026-01-31", "12:30:45", "a\nb", "\x1b", ".inf"}) {
        EXPECT_FALSE(is_plain_yaml(text)) << text;
    }
    for (const auto* text : {"web", "/usr/bin/x", "a-b_c.d", "C.UTF-8", "it's", "Zürich", "a:b", "x=1"}) {
        EXPECT_TRUE(is_plain_yaml(text)) << text;
    }
}

TEST(YamlTextTest, ReadsBackAsTheSameValues) {
    Value value = sample();
    for (const auto* text :
         {"yes", "12", "a: b", "- x", "", "two\nlines", "tab\there", "it's \"so\"", "0755", "+1"}) {
        value.at("texts").push(text);
    }
    const auto again = parse_yaml(yaml_text(value));
    ASSERT_TRUE(again);
    EXPECT_EQ(compact_json(*again), compact_json(value));
}

TEST(YamlTextTest, WritesAScalarAlone) {
    EXPECT_EQ(yaml_text(Value(7)), "7\n");
    EXPECT_EQ(yaml_text(Value::object()), "{}\n");
}

}  // namespace
}  // namespace potd::client
