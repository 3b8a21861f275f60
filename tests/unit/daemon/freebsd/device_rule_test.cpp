#include "daemon/platform/freebsd/pure/device_rule.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

core::Result<DeviceRule> parse(std::string_view text) {
    return parse_device_rule(text, "rule");
}

TEST(DeviceRuleTest, ReadsRulesAsTheFileOfTheSystemHasThem) {
    EXPECT_EQ(*parse("hide"), (DeviceRule{"", DeviceRule::Hide, -1, 0}));
    EXPECT_EQ(*parse("path null unhide"), (DeviceRule{"null", DeviceRule::Unhide, -1, 0}));
    EXPECT_EQ(*parse("  path 'pts/*'  unhide"), (DeviceRule{"pts/*", DeviceRule::Unhide, -1, 0}));
    EXPECT_EQ(*parse("path mem mode 0440 unhide"), (DeviceRule{"mem", DeviceRule::Unhide, 0440, 0}));
    EXPECT_EQ(*parse("include 4"), (DeviceRule{"", DeviceRule::None, -1, 4}));
}

TEST(DeviceRuleTest, RefusesWhatIsNoRule) {
    for (const char* text : {"", "path null", "path", "include 0", "include $devfsrules_jail", "mode 9",
                             "show", "path null unhide now"}) {
        const auto rule = parse(text);
        ASSERT_FALSE(rule.ok()) << text;
        EXPECT_EQ(rule.error().field, "rule") << text;
    }
    EXPECT_FALSE(parse("path " + std::string(max_device_pattern + 1, 'x') + " hide").ok());
}

TEST(DeviceRuleTest, APotSeesNoDiskAndNoMemory) {
    const auto rules = default_devfs_rules();
    ASSERT_FALSE(rules.empty());
    EXPECT_EQ(rules.front(), (DeviceRule{"", DeviceRule::Hide, -1, 0}));
    const auto shown = [&](std::string_view name) {
        return std::any_of(rules.begin(), rules.end(), [&](const DeviceRule& rule) {
            return rule.pattern == name && rule.action == DeviceRule::Unhide;
        });
    };
    EXPECT_TRUE(shown("null") && shown("urandom") && shown("pts/*"));
    EXPECT_FALSE(shown("mem") || shown("ada0") || shown("pf") || shown("*"));
}

TEST(DeviceRuleTest, TheFirstRuleSaysWhoseTheSetIs) {
    EXPECT_EQ(owner_of("potd/potd_a_0123456789ab_1"), "potd_a_0123456789ab_1");
    EXPECT_EQ(owner_of("null"), "");
}

}  // namespace
}  // namespace potd::platform
