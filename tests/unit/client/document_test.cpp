#include "client/document/completion.hpp"
#include "client/document/help.hpp"
#include "client/text/width.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::client {
namespace {

using testing::HasSubstr;

/// Without the whole document in the message.
bool has(const std::string& document, const std::string& text) {
    return document.find(text) != std::string::npos;
}

TEST(DocumentTest, EverythingNamesEveryCommand) {
    for (const Command* command : all_commands()) {
        const std::string name(command->name);
        EXPECT_TRUE(has(overview_help(), "  " + name + ' ')) << name;
        EXPECT_TRUE(has(manual_page(), ".It Ic " + name)) << name;
        EXPECT_TRUE(has(bash_completion(), "        " + name + ")\n") || has(bash_completion(), name + '|'))
            << name;
        EXPECT_TRUE(has(zsh_completion(), "        " + name + ")\n") || has(zsh_completion(), name + '|'))
            << name;
        EXPECT_TRUE(has(fish_completion(), " -a " + name + " -d ")) << name;
    }
}

TEST(DocumentTest, HelpNamesEveryOptionAndFitsEightyColumns) {
    for (const Command* command : all_commands()) {
        const std::string help = command_help(*command);
        for (const Option& option : command->options)
            EXPECT_THAT(help, HasSubstr("--" + std::string(option.name)));
        for_each_part(help, '\n', [&](std::string_view line) {
            if (line.starts_with("usage:")) return;
            EXPECT_LE(display_width(line), 80U) << line;
        });
    }
}

}  // namespace
}  // namespace potd::client
