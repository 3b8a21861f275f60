// Every subcommand of pot with each of its options: taken, or refused by name with a reason that
// docs/pot-commands.md has, too.
#include "client/command/table.hpp"
#include "client/option/arguments.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::client {
namespace {

/// pot's letters of one subcommand, as for getopt(3): a letter, with a colon if it has an argument.
struct PotCommand {
    std::string_view name, letters;
};

// -h and -v, which all have, are left out. `run` is term -f; `promote` is known and fails in pot.
constexpr PotCommand pot_commands[] = {
    {"help", ""},
    {"version", "q"},
    {"config", "g:q"},
    {"init", "p:f:sm"},
    {"de-init", "fp:m"},
    {"vnet-start", "B:"},
    {"create-base", "r:b:"},
    {"create-fscomp", "f:"},
    {"clone-fscomp", "f:F:"},
    {"create-private-bridge", "B:S:"},
    {"create", "p:t:l:b:P:f:d:N:i:B:S:k"},
    {"clone", "P:p:s:FN:i:B:S:d:f:k"},
    {"rename", "p:n:"},
    {"destroy", "p:b:f:B:Frq"},
    {"prune", "gnq"},
    {"copy-in", "p:s:d:cF"},
    {"copy-out", "p:s:d:F"},
    {"mount-in", "p:m:f:d:z:wr"},
    {"mount-out", "p:m:"},
    {"add-dep", "p:P:"},
    {"set-rss", "p:C:M:"},
    {"get-rss", "p:J"},
    {"set-cmd", "p:c:"},
    {"set-env", "p:E:"},
    {"set-hosts", "p:H:"},
    {"set-hook", "p:s:S:t:T:"},
    {"set-attribute", "p:A:V:"},
    {"set-attr", "p:A:V:"},
    {"get-attribute", "p:A:q"},
    {"get-attr", "p:A:q"},
    {"export-ports", "p:e:"},
    {"update-config", "p:a"},
    {"start", "p:sS"},
    {"stop", "p:is"},
    {"term", "p:f"},
    {"run", "p:f"},
    {"exec", "p:dte:u:U:"},
    {"signal", "p:s:P:m:fCl"},
    {"set-status", "p:s:i:"},
    {"snapshot", "p:f:r"},
    {"snap", "p:f:r"},
    {"revert", "p:f:"},
    {"rollback", "p:f:"},
    {"purge-snapshots", "p:f:a"},
    {"promote", "p:"},
    {"export", "p:t:D:l:AFcS:"},
    {"import", "p:t:U:C:"},
    {"prepare", "p:t:U:C:a:n:c:e:N:i:B:S:d:s"},
    {"list", "pbfFBaq"},
    {"ls", "pbfFBaq"},
    {"ps", "q"},
    {"info", "p:B:rqEs"},
    {"show", "rap:q"},
    {"top", "p:"},
    {"last-run-stats", "p:"},
};

/// What pot has with an argument and we take as a flag, or the other way round, would break a transcript.
const Option* option_with(const Command& command, char letter) {
    for (const Option& option : command.options) {
        if (option.letter == letter) return &option;
    }
    for (const Option& option : common_options()) {
        if (option.letter == letter) return &option;
    }
    return nullptr;
}

const MissingCommand* missing(std::string_view name) {
    const auto all = missing_commands();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    return found == all.end() ? nullptr : &*found;
}

/// `act(letter, has_argument)` for each.
template <class Function>
void for_each_letter(std::string_view letters, Function&& act) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (letters[i] != ':') act(letters[i], i + 1 < letters.size() && letters[i + 1] == ':');
    }
}

std::string pot_document() {
    std::ifstream file(POTD_TREE "/docs/pot-commands.md");
    return {std::istreambuf_iterator<char>(file), {}};
}

/// "| `mount-in -w` | why |", as the document has it.
std::string row(const std::string& what, std::string_view why) {
    return "| `" + what + "` | " + std::string(why) + " |\n";
}

TEST(PotCommandsTest, EachIsThereOrRefusedByName) {
    for (const auto& pot : pot_commands) {
        EXPECT_TRUE(find_command(pot.name) != nullptr || missing(pot.name) != nullptr) << pot.name;
    }
    for (const std::string_view verbose : {"-h", "-v"}) {
        for (const auto& pot : pot_commands) {
            const Command* command = find_command(pot.name);
            if (command != nullptr) {
                EXPECT_TRUE(parse_arguments(*command, {std::string(verbose), "-h"})) << pot.name;
            }
        }
    }
}

TEST(PotCommandsTest, EachOptionIsTakenAsPotTakesItOrRefusedByName) {
    for (const auto& pot : pot_commands) {
        const Command* command = find_command(pot.name);
        if (command == nullptr) continue;
        for_each_letter(pot.letters, [&](char letter, bool has_argument) {
            const Option* option = option_with(*command, letter);
            if (option == nullptr) {
                ADD_FAILURE() << "potctl " << pot.name << " does not know -" << letter;
                return;
            }
            EXPECT_EQ(!option->argument.empty(), has_argument) << pot.name << " -" << letter;
            std::vector<std::string> words{std::string("-") + letter};
            if (has_argument) {
                const std::string_view choices = option->choices;
                words.emplace_back(choices.empty() ? "1" : choices.substr(0, choices.find('|')));
            }
            words.emplace_back("-h");
            const auto parsed = parse_arguments(*command, words);
            EXPECT_EQ(static_cast<bool>(parsed), option->missing.empty()) << pot.name << " -" << letter;
            if (parsed) return;
            EXPECT_THAT(parsed.failure().why, testing::HasSubstr(std::string(option->missing)));
        });
    }
}

TEST(PotCommandsTest, EachChoiceOfPotIsOneHere) {
    struct Choice {
        std::string_view command, letter, value;
    };
    constexpr Choice choices[] = {
        {"create", "-t", "single"},
        {"create", "-t", "multi"},
        {"create", "-l", "0"},
        {"create", "-l", "1"},
        {"create", "-l", "2"},
        {"create", "-d", "inherit"},
        {"create", "-d", "pot"},
        {"create", "-d", "custom:/etc/r"},
        {"create", "-d", "off"},
        {"create", "-N", "inherit"},
        {"create", "-N", "alias"},
        {"create", "-N", "public-bridge"},
        {"create", "-N", "private-bridge"},
        {"create", "-S", "ipv4"},
        {"create", "-S", "ipv6"},
        {"create", "-S", "dual"},
        {"clone", "-N", "private-bridge"},
        {"clone", "-S", "dual"},
        {"config", "-g", "fs_root"},
        {"config", "-g", "zfs_root"},
        {"config", "-g", "gateway"},
        {"config", "-g", "syslogd"},
        {"config", "-g", "pot_prefix"},
        {"config", "-g", "fscomp_prefix"},
        {"config", "-g", "network_stack"},
    };
    for (const auto& choice : choices) {
        const Command* command = find_command(choice.command);
        ASSERT_NE(command, nullptr) << choice.command;
        EXPECT_TRUE(parse_arguments(*command, {std::string(choice.letter), std::string(choice.value), "-h"}))
            << choice.command << ' ' << choice.letter << ' ' << choice.value;
    }
}

/// In pot's order, what potctl refuses.
std::string refused_table() {
    std::string text;
    std::set<std::string> told;
    const auto add = [&](const std::string& what, std::string_view why) {
        if (told.insert(what).second) text += row(what, why);
    };
    for (const auto& pot : pot_commands) {
        if (const auto* gone = missing(pot.name)) add(std::string(pot.name), gone->why);
        const Command* command = find_command(pot.name);
        if (command == nullptr) continue;
        for_each_letter(pot.letters, [&](char letter, bool) {
            const Option* option = option_with(*command, letter);
            if (option != nullptr && !option->missing.empty())
                add(std::string(command->name) + " -" + letter, option->missing);
        });
    }
    return text;
}

TEST(PotCommandsTest, TheDocumentListsWhatIsRefusedWithTheReason) {
    const std::string document = pot_document();
    const std::string table = refused_table();
    EXPECT_NE(document.find("| in pot | reason |\n|---|---|\n" + table + "\n"), std::string::npos)
        << "docs/pot-commands.md wants this table:\n| in pot | reason |\n|---|---|\n"
        << table;
}

TEST(PotCommandsTest, TheDocumentNamesEveryCommandOfPot) {
    const std::string document = pot_document();
    for (const auto& pot : pot_commands)
        EXPECT_NE(document.find('`' + std::string(pot.name)), std::string::npos) << pot.name;
}

}  // namespace
}  // namespace potd::client
