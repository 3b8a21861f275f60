#include "core/model/flavour.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What a command file makes of a spec; the test fails if it is refused.
PotSpec applied(const std::string& text, PotSpec spec = {}) {
    const auto commands = parse_flavour(text, "f");
    EXPECT_TRUE(commands) << commands.error().message;
    if (!commands) return spec;
    for (const FlavourEdit& edit : commands->edits) {
        const Status done = edit.apply(spec);
        EXPECT_TRUE(done) << done.error().message;
    }
    return spec;
}

std::string refusal(const std::string& text, ErrorKind kind = ErrorKind::InvalidArgument) {
    const auto commands = parse_flavour(text, "f");
    if (!commands) {
        EXPECT_EQ(commands.error().kind, kind) << text;
        return commands.error().message;
    }
    PotSpec spec;
    for (const FlavourEdit& edit : commands->edits) {
        if (const Status done = edit.apply(spec); !done) return done.error().message;
    }
    ADD_FAILURE() << "not refused: " << text;
    return {};
}

TEST(FlavourCommandsTest, SetsWhatPotsCommandsSet) {
    const PotSpec spec = applied(
        "# a comment\n"
        "\n"
        "set-attribute -A persistent -V NO\n"
        "  set-attribute --attribute stop_timeout --value 7\n"
        "set-env -E LANG=C.UTF-8 -E 'GREETING=good day'\n"
        "set-rss -M 256M -C 2\n"
        "add-dep -P db\n"
        "add-dep -P db\n"
        "mount-in -d /srv/site -m /var/www -r\n"
        "mount-in -f data -m/data\n"
        "mount-in -z tank/data -m /tank\n"
        "export-ports -e 80:8080 -e udp:53\n");
    EXPECT_EQ(spec.persistent, std::optional(false));
    EXPECT_EQ(spec.stop.timeout, milliseconds(7000));
    EXPECT_THAT(spec.env, ElementsAre(EnvVar{"LANG", "C.UTF-8"}, EnvVar{"GREETING", "good day"}));
    EXPECT_EQ(spec.limits.memory, 256 << 20);
    EXPECT_EQ(spec.limits.cpu_count, 2);
    EXPECT_THAT(spec.depends_on, ElementsAre("db"));
    ASSERT_EQ(spec.ports.size(), 2U);
    EXPECT_EQ(to_string(spec.ports[0]), "tcp:80:8080");
    EXPECT_EQ(to_string(spec.ports[1]), "udp:53");
    ASSERT_EQ(spec.mounts.size(), 3U);
    EXPECT_EQ(spec.mounts[0], (MountSpec{MountSpec::Kind::Directory, "/srv/site", "/var/www", true, 0}));
    EXPECT_EQ(spec.mounts[1], (MountSpec{MountSpec::Kind::Volume, "data", "/data", false, 0}));
    EXPECT_EQ(spec.mounts[2], (MountSpec{MountSpec::Kind::Dataset, "tank/data", "/tank", false, 0}));
}

TEST(FlavourCommandsTest, EnvReplacesTheWholeListAsInPot) {
    const PotSpec spec = applied("set-env -E A=1\nset-env -E B=2 -E B=3\n");
    EXPECT_THAT(spec.env, ElementsAre(EnvVar{"B", "3"}));
}

TEST(FlavourCommandsTest, TheCommandIsTheRestOfTheLine) {
    EXPECT_THAT(applied("set-cmd -c /usr/sbin/nginx -g 'daemon off;'\n").command,
                ElementsAre("/usr/sbin/nginx", "-g", "daemon off;"));
    EXPECT_THAT(applied("set-cmd -c \"nginx -g 'daemon off;'\"").command,
                ElementsAre("nginx", "-g", "daemon off;"));
    EXPECT_THAT(applied("set-cmd --cmd sh -c 'echo \"$HOME\"'").command,
                ElementsAre("sh", "-c", "echo \"$HOME\""));
    EXPECT_THAT(refusal("set-cmd nginx"), HasSubstr("-c COMMAND is needed"));
    EXPECT_THAT(refusal("set-cmd -c"), HasSubstr("the command is empty"));
    EXPECT_THAT(refusal("set-cmd -c a | b"), HasSubstr("would need a shell"));
}

TEST(FlavourCommandsTest, CopiesAreKeptWithTheirLines) {
    const auto commands =
        parse_flavour("copy-in -s /etc/hosts -d /etc\n\ncopy-in-flv -cs x.d/local -d /root/local", "f");
    ASSERT_TRUE(commands);
    ASSERT_EQ(commands->copies.size(), 2U);
    EXPECT_EQ(commands->copies[0].source, "/etc/hosts");
    EXPECT_FALSE(commands->copies[0].is_beside || commands->copies[0].make_parents);
    const FlavourCopy& second = commands->copies[1];
    EXPECT_EQ(second.line, 3U);
    EXPECT_EQ(second.source, "/x.d/local");
    EXPECT_EQ(second.destination, "/root/local");
    EXPECT_TRUE(second.is_beside && second.make_parents);
}

TEST(FlavourCommandsTest, MistakesAreToldWithFileAndLine) {
    EXPECT_EQ(refusal("set-env -E A=1\ndestroy -p x\n").substr(0, 26), "f:2: destroy: not allowed ");
    EXPECT_THAT(refusal("set-env -E A"), HasSubstr("f:1: set-env: -E: 'A' is not VAR=VALUE"));
    EXPECT_THAT(refusal("set-env -X A=1"), HasSubstr("it has no option -X"));
    EXPECT_THAT(refusal("set-env --pot x"), HasSubstr("it is always the new pot"));
    EXPECT_THAT(refusal("set-env A=1"), HasSubstr("'A=1' is no option of it"));
    EXPECT_THAT(refusal("set-env -E"), HasSubstr("-E wants a value"));
    EXPECT_THAT(refusal("set-env -E 'A=1"), HasSubstr("a single quote is not closed"));
    EXPECT_THAT(refusal("set-rss -M much"), HasSubstr("much"));
    EXPECT_THAT(refusal("set-rss -C none"), HasSubstr("-C: 'none' is not a number of CPUs"));
    EXPECT_THAT(refusal("set-rss"), HasSubstr("one of -M and -C is needed"));
    EXPECT_THAT(refusal("export-ports -e 80:http"), HasSubstr("f:1: export-ports: -e: '80:http'"));
    EXPECT_THAT(refusal("mount-in -m /x"), HasSubstr("one of -f, -d and -z is needed"));
    EXPECT_THAT(refusal("copy-in -s here -d /x"), HasSubstr("copy-in-flv"));
    EXPECT_THAT(refusal("copy-in-flv -s /here -d /x"), HasSubstr("relative to the flavour's directory"));
    EXPECT_THAT(refusal("copy-in-flv -s a/../../b -d /x"), HasSubstr("leads out of the flavour's directory"));
    EXPECT_THAT(refusal("copy-in-flv -s a -d x"), HasSubstr("no absolute path inside the pot"));
    EXPECT_THAT(refusal("set-attribute -A colour -V yes"), HasSubstr("attributes.colour: there is no such"));
    EXPECT_THAT(refusal("set-attribute -A persistent -V maybe"), HasSubstr("maybe"));
    EXPECT_THAT(refusal("set-attr -A persistent -V no"), HasSubstr("not allowed"));
}

TEST(FlavourCommandsTest, WhatThisVersionLacksIsRefusedByName) {
    EXPECT_THAT(refusal("mount-in -z a/b -w -m /x", ErrorKind::Unsupported), HasSubstr("-w: "));
}

TEST(FlavourCommandsTest, IsBounded) {
    EXPECT_THAT(refusal(std::string(1025, '\n')), HasSubstr("more than 1024 lines"));
    EXPECT_THAT(refusal(std::string("a\0b", 3)), HasSubstr("is no text"));
    EXPECT_TRUE(parse_flavour("", "f"));
}

TEST(FlavourCommandsTest, NamesAndPaths) {
    for (const char* good : {"slim", "slim.sh", "/etc/potd/flavours/web", "/a/b.sh"})
        EXPECT_TRUE(check_flavour_name(good, "flavours[0]")) << good;
    for (const char* bad : {"", "a/b", "../x", "/", "/a/", "/a/..", "a b", "-x"})
        EXPECT_FALSE(check_flavour_name(bad, "flavours[0]")) << bad;
}

TEST(FlavourCommandsTest, AWorkshopIsRootsAndStaysUp) {
    PotSpec spec;
    spec.name = "web";
    spec.command = {"/no/such"};
    spec.persistent = false;
    spec.user = "www";
    spec.remove_on_exit = true;
    spec.restart.policy = RestartPolicy::Always;
    spec.env = {{"A", "1"}};
    spec.mounts = {{MountSpec::Kind::Volume, "data", "/data", false, 0}};
    spec.limits.memory = 1 << 20;
    const PotSpec workshop = workshop_of(spec);
    EXPECT_TRUE(workshop.command.empty() && workshop.is_persistent() && workshop.user.empty());
    EXPECT_FALSE(workshop.remove_on_exit);
    EXPECT_EQ(workshop.restart.policy, RestartPolicy::No);
    EXPECT_EQ(workshop.env, spec.env);
    EXPECT_EQ(workshop.mounts, spec.mounts);
    EXPECT_EQ(workshop.limits, spec.limits);
}

}  // namespace
}  // namespace potd::core
