// New pots with flavours: a command file and a script, what they see, and what is left when they fail.
#include "tests/support/root_tree.hpp"
#include "tests/system/fixture.hpp"

#include <filesystem>
#include <string>

#include <sys/stat.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

struct Recipes {
    TempDir place;
    [[nodiscard]] fs::path directory() const { return place / "flavours"; }
    [[nodiscard]] PotdOptions options() const {
        PotdOptions options;
        options.extra_config = "flavours:\n  path: " + directory().string() + ":/no/such/place\n";
        return options;
    }
};

class FlavoursTest : public Recipes, public OwnPotdTest {
  protected:
    FlavoursTest() : OwnPotdTest(options()) {
        fs::create_directories(directory() / "buildport.d");
        fs::create_directory(place / "shared");
        write_file(directory() / "buildport.d/ports.conf", "conf");
        write_file(place / "shared/seen", "shared");
        write_file(directory() / "buildport",
                   "# what the talk shows\n"
                   "set-attribute -A persistent -V NO\n"
                   "set-env -E 'GREETING=good day'\n"
                   "set-cmd -c sh -c 'exec sleep 1000'\n"
                   "mount-in -d " +
                       (place / "shared").string() +
                       " -m /mnt\n"
                       "copy-in-flv -s buildport.d/ports.conf -d /root/own.conf\n");
        script("buildport",
               "echo \"made for $1\"; echo \"$GREETING\" >&2\n"
               "echo \"uid $(id -u) $(cat /root/own.conf /mnt/seen)\"\n"
               "echo done > /root/effect\n");
    }
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    void script(const std::string& name, const std::string& text) const {
        write_file(directory() / (name + ".sh"), "#!/bin/sh\nset -eu\n" + text);
    }
    [[nodiscard]] Outcome create(const std::string& pot, const std::string& flavour, Argv more = {}) const {
        Argv words{"create", "-p", pot, "-b", "host", "-f", flavour};
        words.insert(words.end(), more.begin(), more.end());
        return potd.potctl(words);
    }
    /// Asked for, not waited for: the operation.
    [[nodiscard]] std::string begin(const std::string& pot, const std::string& flavour,
                                    bool keep = false) const {
        const Json body{{"name", pot}, {"base", "host"}, {"flavours", {flavour}}, {"keep_on_failure", keep}};
        const Response accepted = api().request("POST", "/v1/pots", body, {{"Prefer", "respond-async"}});
        EXPECT_EQ(accepted.status, 202) << accepted.describe();
        return accepted.json()["id"];
    }
    [[nodiscard]] std::string output(const std::string& operation, const std::string& query = {}) const {
        return api().request("GET", "/v1/operations/" + operation + "/output" + query).body;
    }
    [[nodiscard]] bool prints(const std::string& operation, const std::string& text) const {
        return wait_until([&] { return output(operation).find(text) != std::string::npos; });
    }
    [[nodiscard]] Json ended(const std::string& operation) const {
        return api().request("GET", "/v1/operations/" + operation + "?wait=60s").json();
    }
    [[nodiscard]] bool exists(const std::string& pot) const {
        return api().request("GET", "/v1/pots/" + pot).status == 200;
    }
    [[nodiscard]] std::string in_pot(const std::string& pot, const std::string& line) const {
        api().start(pot);
        std::string out = api().exec(pot, {"/bin/sh", "-c", line})["stdout"];
        api().stop(pot);
        return out;
    }
    void expect_nothing_left(const std::string& pot) const {
        EXPECT_FALSE(exists(pot));
        EXPECT_TRUE(fs::is_empty(potd.state_dir() / "pots")) << pot;
    }
};

TEST_F(FlavoursTest, AFlavourOfTwoFiles) {
    const Outcome made = create("builder", "buildport");
    ASSERT_EQ(made.status, 0) << made.describe();
    EXPECT_EQ(made.out, "builder\n");
    EXPECT_THAT(made.err, HasSubstr("===> flavour buildport (" + directory().string() + ")\n"));
    EXPECT_THAT(made.err, HasSubstr("made for builder\n"));
    EXPECT_THAT(made.err, HasSubstr("good day\n"));
    EXPECT_THAT(made.err, HasSubstr("uid 0 confshared\n"));
    const Json pot = api().inspect("builder");
    EXPECT_EQ(pot["state"], "stopped");
    EXPECT_EQ(pot["unfinished"], false);
    EXPECT_EQ(pot["spec"]["persistent"], false);
    EXPECT_EQ(pot["spec"]["env"], (Json{{"GREETING", "good day"}}));
    EXPECT_EQ(pot["spec"]["command"], Json::array({"sh", "-c", "exec sleep 1000"}));
    EXPECT_EQ(in_pot("builder", "cat /root/effect /root/own.conf /mnt/seen"), "done\nconfshared");
}

TEST_F(FlavoursTest, SeveralInOrderByNameAndByPath) {
    write_file(place / "second", "set-env -E SECOND=1\n");
    const Outcome made = create("two", "buildport", {"-q", "-f", (place / "second").string()});
    ASSERT_EQ(made.status, 0) << made.describe();
    EXPECT_EQ(made.out + made.err, "");
    EXPECT_EQ(api().inspect("two")["spec"]["env"], (Json{{"SECOND", "1"}})) << "set-env replaces the list";
    EXPECT_EQ(in_pot("two", "cat /root/effect"), "done\n");
}

TEST_F(FlavoursTest, AsInPotOneOfTheWorkingDirectoryGoesFirst) {
    fs::create_directory(place / "here");
    write_file(place / "here/buildport", "set-env -E HERE=1\n");
    ProgramOptions options;
    options.directory = place / "here";
    const Outcome made = potd.potctl({"create", "-p", "builder", "-b", "host", "-f", "buildport"}, options);
    ASSERT_EQ(made.status, 0) << made.describe();
    EXPECT_EQ(api().inspect("builder")["spec"]["env"], (Json{{"HERE", "1"}}));
}

TEST_F(FlavoursTest, OfAClone) {
    script("mark", "echo \"$1\" > /root/mark\n");
    ASSERT_EQ(create("source", "mark").status, 0);
    const Outcome cloned = potd.potctl({"clone", "-P", "source", "-p", "twin", "-F", "-f", "mark"});
    if (cloned.err.find("unsupported") != std::string::npos) GTEST_SKIP() << cloned.err;
    ASSERT_EQ(cloned.status, 0) << cloned.describe();
    EXPECT_EQ(in_pot("twin", "cat /root/mark"), "twin\n");
    EXPECT_EQ(in_pot("source", "cat /root/mark"), "source\n");
}

TEST_F(FlavoursTest, WhatFailsIsUndoneUnlessItIsToBeKept) {
    script("broken", "echo before; echo effect > /root/effect; exit 3\n");
    const Outcome undone = create("gone", "broken");
    EXPECT_EQ(undone.status, 1) << undone.describe();
    EXPECT_THAT(undone.err, HasSubstr("before\n"));
    EXPECT_THAT(undone.err,
                HasSubstr("potctl: create gone: flavour broken: script broken.sh has failed: exit code 3; "
                          "pot gone was destroyed"));
    expect_nothing_left("gone");
    const Outcome kept = create("kept", "broken", {"-k"});
    EXPECT_EQ(kept.status, 1) << kept.describe();
    EXPECT_THAT(kept.err, HasSubstr("pot kept is kept as it is"));
    EXPECT_EQ(api().inspect("kept")["unfinished"], false);
    EXPECT_EQ(in_pot("kept", "cat /root/effect"), "effect\n");
}

TEST_F(FlavoursTest, OutputIsReadWhileItRuns) {
    script("slow", "echo first; until [ -e /root/go ]; do sleep 0.1; done; echo second\n");
    const std::string operation = begin("slow", "slow");
    ASSERT_TRUE(prints(operation, "first\n"));
    EXPECT_EQ(api().inspect("slow")["unfinished"], true);
    EXPECT_EQ(api().request("POST", "/v1/pots/slow/restart").status, 409);
    EXPECT_EQ(api().request("PATCH", "/v1/pots/slow", {{"prunable", true}}).status, 409);
    EXPECT_THAT(output(operation), Not(HasSubstr("second")));
    api().exec("slow", {"/bin/sh", "-c", ": > /root/go"});
    EXPECT_THAT(output(operation, "?follow=true"), HasSubstr("first\nsecond\n"));
    EXPECT_EQ(ended(operation)["state"], "done");
    EXPECT_THAT(potd.potctl({"operations", "output", operation}).out, HasSubstr("second\n"));
}

TEST_F(FlavoursTest, WhatAScriptLeavesRunningEndsWithThePot) {
    script("leaves", "sleep 1000 & echo \"left $!\"\n");
    const Outcome made = create("leaves", "leaves");
    EXPECT_EQ(made.status, 0) << made.describe();
    EXPECT_EQ(api().inspect("leaves")["state"], "stopped");
}

TEST_F(FlavoursTest, OneThatHangsIsCancelled) {
    script("hangs", "echo first; sleep 1000\n");
    const std::string operation = begin("hangs", "hangs");
    ASSERT_TRUE(prints(operation, "first\n"));
    EXPECT_EQ(potd.potctl({"operations", "cancel", operation, "-q"}).status, 0);
    EXPECT_EQ(ended(operation)["state"], "cancelled");
    expect_nothing_left("hangs");
}

TEST_F(FlavoursTest, AKillInTheMiddleLeavesNothing) {
    script("hangs", "echo first; sleep 1000\n");
    const std::string operation = begin("hangs", "hangs");
    ASSERT_TRUE(prints(operation, "first\n"));
    potd.kill9();
    potd.start();
    ASSERT_TRUE(wait_until([&] { return !exists("hangs"); }));
    const Json failed = ended(operation);
    EXPECT_EQ(failed["state"], "failed");
    EXPECT_THAT(failed["error"]["detail"],
                HasSubstr("interrupted by a restart of potd; the pot was destroyed"));
    ASSERT_TRUE(wait_until([&] { return fs::is_empty(potd.state_dir() / "pots"); }));
    EXPECT_EQ(create("hangs", "buildport").status, 0) << "the name is free";
}

TEST_F(FlavoursTest, AKillInTheMiddleKeepsWhatIsToBeKept) {
    script("hangs", "echo kept > /root/effect; echo first; sleep 1000\n");
    const std::string operation = begin("hangs", "hangs", true);
    ASSERT_TRUE(prints(operation, "first\n"));
    potd.kill9();
    potd.start();
    ASSERT_TRUE(wait_until([&] { return api().inspect("hangs")["unfinished"] == false; }));
    EXPECT_EQ(ended(operation)["state"], "failed");
    EXPECT_EQ(in_pot("hangs", "cat /root/effect"), "kept\n");
}

TEST_F(FlavoursTest, MistakesCostNothing) {
    write_file(directory() / "bad", "set-env -E A=1\ndestroy -p x\n");
    write_file(directory() / "ports", "export-ports -e 70000\n");
    write_file(directory() / "dangling", "copy-in-flv -s nothing -d /root\n");
    const auto refused = [&](const std::string& flavour, int status, const std::string& word) {
        const Outcome outcome = create("web", flavour, {"-f", "buildport"});
        EXPECT_EQ(outcome.status, status) << outcome.describe();
        EXPECT_THAT(outcome.err, HasSubstr(word));
        expect_nothing_left("web");
    };
    refused("unknown", 3, "there is no flavour 'unknown' in " + directory().string() + " /no/such/place");
    refused("bad", 2, (directory() / "bad").string() + ":2: destroy: not allowed in a flavour");
    refused("ports", 2, (directory() / "ports").string() + ":1: export-ports: -e");
    refused("dangling", 3,
            (directory() / "dangling").string() + ":1: copy-in-flv: /nothing: there is no such");
    refused("a/b c", 2, "flavours[0]");
}

/// In a root of its own with nothing but what they need.
TEST_F(FlavoursTest, ThoseThatComeWithPotd) {
    const fs::path shipped = POTD_FLAVOURS;
    if (!fs::is_directory(shipped)) GTEST_SKIP() << shipped << " is not on this machine";
    const TempDir tree;
    make_root_tree(tree.path(), {"sh", "uname", "rm", "find", "ls"});
    for (const char* file : {"usr/share/doc/sh/copyright", "usr/share/keep/this", "boot/kernel"}) {
        fs::create_directories((tree / file).parent_path());
        write_file(tree / file, file);
    }
    api().install_base({{"name", "tree"}, {"directory", tree.path().string()}});
    const auto make = [&](const std::string& pot, const std::string& flavour) {
        return potd.potctl({"create", "-p", pot, "-b", "tree", "-t", "single", "-f", shipped / flavour});
    };
    const Outcome slim = make("slim", "slim");
    ASSERT_EQ(slim.status, 0) << slim.describe();
    EXPECT_THAT(slim.err, HasSubstr("removing /usr/share/doc\n"));
    EXPECT_EQ(in_pot("slim", "ls /usr/share; [ -e /boot ] || echo no boot"), "keep\nno boot\n");
    const Outcome refused = make("update", "debian-update");
    EXPECT_EQ(refused.status, 1) << refused.describe();
    EXPECT_THAT(refused.err, HasSubstr("debian-update: there is no apt-get in this pot"));
    EXPECT_FALSE(exists("update"));
}

TEST_F(FlavoursTest, AreListed) {
    const Outcome list = potd.potctl({"list", "-F"});
    EXPECT_EQ(list.status, 0) << list.describe();
    EXPECT_THAT(list.out, HasSubstr("buildport"));
    EXPECT_EQ(potd.potctl({"list", "-F", "-q"}).out, "buildport\n");
    const Json one = api().request("GET", "/v1/flavours/buildport").json();
    EXPECT_EQ(one, (Json{{"name", "buildport"},
                         {"directory", directory().string()},
                         {"has_commands", true},
                         {"has_script", true}}));
    EXPECT_EQ(api().request("GET", "/v1/flavours/nothing").status, 404);
}

}  // namespace
}  // namespace potd::test
