#include "client/option/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Option options[] = {
    pot_option,
    {'i', "interactive", "", "a flag"},
    {'t', "terminal", "", "another"},
    {'e', "env", "VAR=VALUE", "may be repeated"},
    {0, "format", "FORMAT", "one of three", Completes::Nothing, "table|json|yaml"},
    {'s', "snapshot", "", "not there", Completes::Nothing, {}, "comes later"},
};

Command command_of(Operands operands) {
    return {"verb", "", Section::Running, operands, "", "", "", options, nullptr};
}

Arguments parse(Operands operands, const std::vector<std::string>& words) {
    const Command verb = command_of(operands);
    auto parsed = parse_arguments(verb, words);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.failure().why);
    return parsed ? std::move(*parsed) : Arguments{};
}

Failure refuse(Operands operands, const std::vector<std::string>& words) {
    const Command verb = command_of(operands);
    const auto parsed = parse_arguments(verb, words);
    EXPECT_FALSE(parsed);
    return parsed ? Failure{} : parsed.failure();
}

TEST(ArgumentsTest, TakesValuesInEveryForm) {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"-p", "web"}, {"-pweb"}, {"--pot", "web"}, {"--pot=web"}, {"-itp", "web"}, {"-tpweb"}}) {
        EXPECT_EQ(parse(Operands::Pot, words).value("pot"), "web");
    }
}

TEST(ArgumentsTest, KeepsEqualsSignsInValues) {
    const auto parsed = parse(Operands::Pot, {"-e", "A=1=2", "--env=B=", "-eC=x y"});
    EXPECT_THAT(parsed.values("env"), ElementsAre("A=1=2", "B=", "C=x y"));
}

TEST(ArgumentsTest, AValueMayLookLikeAnOption) {
    EXPECT_EQ(parse(Operands::Pot, {"-e", "-x=1"}).value("env"), "-x=1");
}

TEST(ArgumentsTest, MixesPositionalsAndOptions) {
    const auto parsed = parse(Operands::Pots, {"a", "-i", "b", "--", "-c"});
    EXPECT_THAT(parsed.positionals, ElementsAre("a", "b", "-c"));
    EXPECT_TRUE(parsed.has("interactive"));
}

TEST(ArgumentsTest, ACommandKeepsItsOwnOptions) {
    const auto parsed = parse(Operands::Command, {"-i", "ls", "-t", "--", "x"});
    EXPECT_FALSE(parsed.has("terminal"));
    EXPECT_THAT(parsed.command, ElementsAre("ls", "-t", "--", "x"));
    EXPECT_FALSE(parsed.after_dashes);
}

TEST(ArgumentsTest, DashesBeginACommand) {
    const auto parsed = parse(Operands::PotThenCommand, {"-p", "web", "--", "-odd", "-t"});
    EXPECT_THAT(parsed.command, ElementsAre("-odd", "-t"));
    EXPECT_TRUE(parsed.after_dashes);
}

TEST(ArgumentsTest, TheFirstPositionalIsThePotIfNoOptionNamesIt) {
    const auto parsed = parse(Operands::PotThenCommand, {"web", "-t", "ls", "-l"});
    EXPECT_THAT(parsed.positionals, ElementsAre("web"));
    EXPECT_TRUE(parsed.has("terminal"));
    EXPECT_THAT(parsed.command, ElementsAre("ls", "-l"));
    const auto named = parse(Operands::PotThenCommand, {"-p", "web", "ls", "-l"});
    EXPECT_THAT(named.positionals, IsEmpty());
    EXPECT_THAT(named.command, ElementsAre("ls", "-l"));
}

TEST(ArgumentsTest, UnknownOptionsAreUsageFailuresWithAHint) {
    const auto failure = refuse(Operands::Pot, {"--fromat", "json"});
    EXPECT_EQ(failure.exit, exit_code::usage);
    EXPECT_THAT(failure.hint, HasSubstr("--format"));
    EXPECT_EQ(refuse(Operands::Pot, {"-z"}).exit, exit_code::usage);
    EXPECT_EQ(refuse(Operands::Pot, {"-iz"}).exit, exit_code::usage);
}

TEST(ArgumentsTest, ChoicesAreHeld) {
    const auto failure = refuse(Operands::Pot, {"--format=jsn"});
    EXPECT_EQ(failure.exit, exit_code::usage);
    EXPECT_THAT(failure.hint, HasSubstr("json"));
}

TEST(ArgumentsTest, RefusesWrongUse) {
    EXPECT_EQ(refuse(Operands::Pot, {"-p"}).exit, exit_code::usage);
    EXPECT_EQ(refuse(Operands::Pot, {"--interactive=yes"}).exit, exit_code::usage);
    EXPECT_EQ(refuse(Operands::Pot, {"a", "b"}).exit, exit_code::usage);
    EXPECT_EQ(refuse(Operands::None, {"a"}).exit, exit_code::usage);
}

TEST(ArgumentsTest, WhatIsMissingInThisVersionFailsWithTheReason) {
    const auto failure = refuse(Operands::Pot, {"-s"});
    EXPECT_EQ(failure.exit, exit_code::failed);
    EXPECT_THAT(failure.why, HasSubstr("comes later"));
}

TEST(ArgumentsTest, TheLastValueWins) {
    EXPECT_EQ(parse(Operands::Pot, {"--format", "json", "--format", "yaml"}).value("format"), "yaml");
}

}  // namespace
}  // namespace potd::client
