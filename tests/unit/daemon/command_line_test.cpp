#include "daemon/config/command_line.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::config {
namespace {

core::Result<CommandLine> parse(const std::vector<const char*>& arguments) {
    return parse_command_line(arguments);
}

std::string refusal(const std::vector<const char*>& arguments) {
    const auto line = parse(arguments);
    return line ? "" : line.error().message;
}

TEST(CommandLineTest, TakesEveryOption) {
    const auto line = parse({"--config", "/c", "--state-dir=/s", "--run-dir", "/r", "--log-level=debug",
                             "--instance", "i", "--foreground", "--check-config", "--version", "--help"});
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_EQ(line->config, "/c");
    EXPECT_EQ(line->state_dir, "/s");
    EXPECT_EQ(line->run_dir, "/r");
    EXPECT_EQ(line->log_level, "debug");
    EXPECT_EQ(line->instance, "i");
    EXPECT_TRUE(line->foreground && line->check_config && line->version && line->help);
}

TEST(CommandLineTest, NothingGivenIsNothingSet) {
    const auto line = parse({});
    ASSERT_TRUE(line);
    EXPECT_FALSE(line->config || line->state_dir || line->foreground || line->help);
}

TEST(CommandLineTest, TheLastOneCountsAndAnEqualSignMayFollow) {
    const auto line = parse({"--config", "/a", "--config=/b=c"});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->config, "/b=c");
}

TEST(CommandLineTest, ComplainsInOneLine) {
    EXPECT_EQ(refusal({"--stat-dir", "/s"}), "unknown option --stat-dir; did you mean \"--state-dir\"?");
    EXPECT_EQ(refusal({"-x"}), "unknown option -x");
    EXPECT_EQ(refusal({"start"}), "unexpected argument start");
    EXPECT_EQ(refusal({"--config"}), "a value is missing after --config");
    EXPECT_EQ(refusal({"--help=yes"}), "no value is taken by --help");
}

TEST(CommandLineTest, UsageNamesEveryOption) {
    for (const char* option : {"--config", "--state-dir", "--run-dir", "--log-level", "--instance",
                               "--foreground", "--check-config", "--version", "--help"}) {
        EXPECT_NE(usage().find(option), std::string::npos) << option;
    }
}

}  // namespace
}  // namespace potd::config
