#include "daemon/platform/freebsd/pure/freebsd_release.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

TEST(FreebsdReleaseTest, IsFoundInTheScriptThatTellsIt) {
    EXPECT_EQ(userland_release("#!/bin/sh\nset -e\n\nUSERLAND_VERSION=\"13.2-RELEASE-p4\"\n"),
              "13.2-RELEASE-p4");
    EXPECT_EQ(userland_release("  USERLAND_VERSION=14.1-STABLE\n"), "14.1-STABLE");
    EXPECT_EQ(userland_release("USERLAND_VERSION=\"$x\"\n"), std::nullopt);
    EXPECT_EQ(userland_release(""), std::nullopt);
}

TEST(FreebsdReleaseTest, ANewerUserlandThanTheKernelIsSeen) {
    EXPECT_TRUE(newer_than("14.1-RELEASE", "14.0-RELEASE-p3"));
    EXPECT_TRUE(newer_than("15.0-CURRENT", "14.2-RELEASE"));
    EXPECT_FALSE(newer_than("13.2-RELEASE-p4", "13.2-RELEASE"));
    EXPECT_FALSE(newer_than("13.2-RELEASE", "14.0-RELEASE"));
    EXPECT_FALSE(newer_than("", "14.0-RELEASE"));
    EXPECT_FALSE(newer_than("what", "14.0-RELEASE"));
}

TEST(FreebsdReleaseTest, TheNumbersOfAReleaseMayBeAny) {
    EXPECT_EQ(userland_release("USERLAND_VERSION=9223372036854775807.9-RELEASE\n"),
              "9223372036854775807.9-RELEASE");
    EXPECT_TRUE(newer_than("9223372036854775807.9-RELEASE", "14.0-RELEASE"));
    EXPECT_FALSE(newer_than("14.0-RELEASE", "9223372036854775807.9-RELEASE"));
    EXPECT_FALSE(newer_than("-15.0-RELEASE", "14.0-RELEASE"));
    EXPECT_FALSE(newer_than("13.150-RELEASE", "14.0-RELEASE")) << "no carry";
}

std::string elf(char order, char low, char high) {
    std::string head = std::string("\x7f") + "ELF" + '\x02' + order;
    head.resize(18, '\0');
    return head + low + high;
}

TEST(FreebsdReleaseTest, TheMachineStandsInTheElfHeader) {
    EXPECT_EQ(elf_machine(elf(1, 62, 0)), "amd64");
    EXPECT_EQ(elf_machine(elf(1, static_cast<char>(183), 0)), "aarch64");
    EXPECT_EQ(elf_machine(elf(2, 0, 21)), "powerpc64");
    EXPECT_EQ(elf_machine("#!/bin/sh\nexit 0 # no program"), std::nullopt);
    EXPECT_EQ(elf_machine("\x7f"), std::nullopt);
}

}  // namespace
}  // namespace potd::platform
