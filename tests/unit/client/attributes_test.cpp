#include "client/command/attributes.hpp"

#include "client/output/json_text.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

const char* const shown_pot =
    R"({"spec":{"command":["x"],"persistent":null,"prunable":true,"boot":{"start":true},"stop":{"timeout":"10s"}}})";

TEST(AttributesTest, ShowsThemAsPotDoes) {
    const Value value = *parse_json(shown_pot);
    EXPECT_EQ(*attribute_text(value, "start-at-boot"), "YES");
    EXPECT_EQ(*attribute_text(value, "early-start-at-boot"), "NO");
    EXPECT_EQ(*attribute_text(value, "prunable"), "YES");
    EXPECT_EQ(*attribute_text(value, "stop_timeout"), "10s");
}

TEST(AttributesTest, PersistentFollowsTheCommandUnlessSet) {
    EXPECT_EQ(*attribute_text(*parse_json(shown_pot), "persistent"), "NO");
    EXPECT_EQ(*attribute_text(*parse_json(R"({"spec":{"command":[],"persistent":null}})"), "persistent"),
              "YES");
    EXPECT_EQ(*attribute_text(*parse_json(R"({"spec":{"command":["x"],"persistent":true}})"), "persistent"),
              "YES");
}

TEST(AttributesTest, ReadsYesAndNoInEverySpelling) {
    for (const auto* yes : {"yes", "YES", "True", "on"}) {
        EXPECT_EQ(compact_json(*attribute_patch("prunable", yes)), R"({"prunable":true})") << yes;
    }
    EXPECT_EQ(compact_json(*attribute_patch("start-at-boot", "Off")), R"({"boot":{"start":false}})");
    EXPECT_EQ(attribute_patch("prunable", "maybe").failure().exit, exit_code::usage);
    EXPECT_EQ(compact_json(*attribute_patch("stop_timeout", "30")), R"({"stop":{"timeout":"30s"}})");
}

TEST(AttributesTest, ExecStopIsALineForTheShell) {
    EXPECT_EQ(compact_json(*attribute_patch("exec_stop", "/etc/rc.shutdown A=1 B=2")),
              R"({"stop":{"command":["/bin/sh","-c","/etc/rc.shutdown A=1 B=2"]}})");
    EXPECT_EQ(compact_json(*attribute_patch("exec_stop", "")), R"({"stop":{"command":[]}})");
    const auto shown = [](const std::string& command) {
        return *attribute_text(*parse_json(R"({"spec":{"stop":{"command":)" + command + "}}}"), "exec_stop");
    };
    EXPECT_EQ(shown(R"(["/bin/sh","-c","a; b"])"), "a; b");
    EXPECT_EQ(shown(R"(["nginx","-s","quit"])"), "nginx -s quit");
    EXPECT_EQ(shown("[]"), "");
}

TEST(AttributesTest, TellsMissingFromUnknown) {
    EXPECT_EQ(attribute_patch("procfs", "yes").failure().exit, exit_code::failed);
    const auto unknown = attribute_patch("persistnet", "yes");
    EXPECT_EQ(unknown.failure().exit, exit_code::usage);
    EXPECT_EQ(unknown.failure().hint, "did you mean persistent?");
}

}  // namespace
}  // namespace potd::client
