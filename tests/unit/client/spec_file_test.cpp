#include "client/command/spec_file.hpp"

#include "client/output/json_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::client {
namespace {

std::string json_from(const char* yaml) {
    const auto value = parse_yaml(yaml);
    return value ? compact_json(*value) : value.failure().why;
}

TEST(SpecFileTest, TypesPlainScalarsAndKeepsQuotedOnesText) {
    EXPECT_EQ(json_from("a: 1\nb: '1'\nc: 1.5\nd: true\ne: \"true\"\nf: ~\ng: 256M\nh: 10s\ni: no\n"),
              R"({"a":1,"b":"1","c":1.5,"d":true,"e":"true","f":null,"g":"256M","h":"10s","i":"no"})");
}

TEST(SpecFileTest, ReadsJsonAndFlowStyle) {
    EXPECT_EQ(json_from(R"({"command": ["/bin/sh", "-c", "x: y"], "limits": {"pids": 5}})"),
              R"({"command":["/bin/sh","-c","x: y"],"limits":{"pids":5}})");
}

TEST(SpecFileTest, NamesTheLineOfAMistake) {
    EXPECT_THAT(json_from("a: 1\nb: [1\nc: 2\n"), testing::StartsWith("line "));
    EXPECT_EQ(json_from("a: 1\na: 2\n"), "line 2: 'a' stands twice");
    EXPECT_EQ(json_from("--- 1\n--- 2\n"), "more than one document");
}

TEST(SpecFileTest, RefusesAnEntryWithoutValueThatStandsTwice) {
    EXPECT_EQ(json_from("a:\na:\n"), "line 2: 'a' stands twice");
}

TEST(SpecFileTest, ComesToAnEndWhereYamlDoesNotGetOn) {
    for (const char* yaml : {",", "--- 1\n...\n,", "--- 1\n---\n, 2\n"}) {
        EXPECT_THAT(json_from(yaml), testing::EndsWith("neither a document nor its end")) << yaml;
    }
}

TEST(SpecFileTest, AliasesAreTakenAndDoNotMakeMuchOfLittle) {
    EXPECT_EQ(json_from("a: &x [1, {b: c}]\nd: *x\n"), R"({"a":[1,{"b":"c"}],"d":[1,{"b":"c"}]})");
    EXPECT_EQ(json_from("a: &x [*x, *x]\n"), "line 1: nested too deeply");
    std::string lists = "a0: &a0 [x]\n";
    std::string texts = "a: &a " + std::string(100'000, 'x') + "\nb: [*a";
    for (int i = 1; i < 30; ++i) {
        const std::string before = "*a" + std::to_string(i - 1), name = "a" + std::to_string(i);
        lists.append(name).append(": &").append(name).append(" [");
        lists.append(before).append(", ").append(before).append("]\n");
    }
    for (int i = 1; i < 100; ++i) texts += ", *a";
    EXPECT_THAT(json_from(lists.c_str()),
                testing::EndsWith("larger than 4 MiB with what its aliases stand for"));
    EXPECT_THAT(json_from((texts + "]\n").c_str()),
                testing::EndsWith("larger than 4 MiB with what its aliases stand for"));
    std::string names = "- &a " + std::string(100'000, 'x') + "\n";
    for (int i = 0; i < 100; ++i) names += "- {*a : 1}\n";
    EXPECT_THAT(json_from(names.c_str()),
                testing::EndsWith("larger than 4 MiB with what its aliases stand for"));
}

TEST(SpecFileTest, SaysWhichFileIsMissing) {
    const auto spec = read_spec_file("/nonexistent/spec.yaml");
    ASSERT_FALSE(spec);
    EXPECT_EQ(spec.failure().why, "/nonexistent/spec.yaml: No such file or directory");
}

}  // namespace
}  // namespace potd::client
