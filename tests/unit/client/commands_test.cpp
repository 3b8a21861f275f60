#include "client/command/table.hpp"

#include <set>

#include <gtest/gtest.h>

namespace potd::client {
namespace {

TEST(CommandsTest, NamesAndAliasesAreUnique) {
    std::set<std::string> seen;
    for (const Command* command : all_commands()) {
        EXPECT_TRUE(seen.emplace(command->name).second) << command->name;
        for_each_part(command->aliases, ' ',
                      [&](std::string_view alias) { EXPECT_TRUE(seen.emplace(alias).second) << alias; });
    }
    for (const auto& missing : missing_commands())
        EXPECT_TRUE(seen.emplace(missing.name).second) << missing.name;
}

TEST(CommandsTest, OptionsOfOneCommandAreUnique) {
    for (const Command* command : all_commands()) {
        std::set<std::string> names;
        std::set<char> letters;
        const auto check = [&](const Option& option) {
            EXPECT_TRUE(names.emplace(option.name).second) << command->name << " --" << option.name;
            if (option.letter != 0) {
                EXPECT_TRUE(letters.insert(option.letter).second) << command->name << " -" << option.letter;
            }
        };
        for (const Option& option : command->options) check(option);
        for (const Option& option : common_options()) check(option);
    }
}

TEST(CommandsTest, EveryOptionHasALongFormAndAText) {
    for (const Command* command : all_commands()) {
        EXPECT_FALSE(command->summary.empty()) << command->name;
        for (const Option& option : command->options) {
            EXPECT_GE(option.name.size(), 2U) << command->name;
            EXPECT_FALSE(option.text.empty()) << command->name << " --" << option.name;
        }
    }
}

TEST(CommandsTest, AliasesFindTheirCommand) {
    EXPECT_EQ(find_command("ls"), find_command("list"));
    EXPECT_EQ(find_command("set-attr"), find_command("set-attribute"));
    EXPECT_EQ(find_command("frobnicate"), nullptr);
}

}  // namespace
}  // namespace potd::client
