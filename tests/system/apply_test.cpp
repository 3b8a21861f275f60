// potctl apply, spec, edit and wait --for against the real potd: what files say is what there is.
#include "tests/support/temp_dir.hpp"
#include "tests/system/fixture.hpp"

namespace potd::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int would_change = 6;

class ApplyTest : public SystemTest {
  protected:
    ApplyTest() : set_(fresh_name()) {}
    void TearDown() override {
        for (const std::string& pot : made_) destroy(pot);
        SystemTest::TearDown();
    }

    [[nodiscard]] std::string path(const std::string& name) const { return (directory_ / name).string(); }
    void write(const std::string& name, const std::string& text) { write_file(directory_ / name, text); }
    Outcome apply(const std::string& file, Argv options = {}) {
        Argv words{"apply", "-f", path(file), "--set", set_};
        words.insert(words.end(), options.begin(), options.end());
        return potd().potctl(words);
    }
    Outcome ctl(const Argv& words) { return potd().potctl(words); }
    /// Of a pot that is destroyed at the end, if it is there.
    std::string name(const std::string& part) { return made_.emplace_back(set_ + "-" + part); }
    void destroy(const std::string& pot) { static_cast<void>(ctl({"destroy", "-F", pot})); }

    TempDir directory_{"potd-apply"};
    std::string set_;
    std::vector<std::string> made_;
};

const std::string idle_command = "[/bin/sh, -c, \"trap 'exit 0' TERM; while :; do sleep 1000 & wait; done\"]";

TEST_F(ApplyTest, MakesChangesAndTakesAway) {
    const std::string db = name("db"), web = name("web");
    write("pots.yaml", "- {name: " + web + ", base: host, depends_on: [" + db +
                           "], env: {A: '1'}, command: " + idle_command + "}\n- {name: " + db +
                           ", base: host, limits: {memory: 64M}}\n");
    const Outcome shown = apply("pots.yaml", {"--dry-run"});
    EXPECT_EQ(shown.status, would_change) << shown.describe();
    EXPECT_EQ(shown.out, "+ " + db + "\n+ " + web + "\n");
    EXPECT_EQ(ctl({"info", "-q", "-p", web}).status, 3);

    ASSERT_EQ(apply("pots.yaml").status, 0);
    EXPECT_EQ(api.inspect(web)["spec"]["env"], (Json{{"A", "1"}}));
    EXPECT_EQ(api.inspect(db)["spec"]["labels"]["potd.apply"], set_);

    // A second time nothing is changed.
    const Json before = api.inspect(web);
    EXPECT_EQ(apply("pots.yaml", {"--diff"}).status, 0);
    const Outcome again = apply("pots.yaml");
    EXPECT_EQ(again.out, "= " + db + "\n= " + web + "\n");
    EXPECT_EQ(api.inspect(web), before);

    // What a file no longer says is as in a new pot; one that is gone from the files goes.
    write("pots.yaml", "{name: " + db + ", base: host, env: {B: x}}\n");
    const Outcome kept = apply("pots.yaml");
    EXPECT_THAT(kept.out, HasSubstr("~ " + db + "\n"));
    EXPECT_THAT(kept.out, HasSubstr("    limits.memory: 67108864 -> -\n"));
    EXPECT_EQ(api.inspect(db)["spec"]["limits"]["memory"], nullptr);
    EXPECT_EQ(ctl({"info", "-q", "-p", web}).status, 0);
    EXPECT_THAT(apply("pots.yaml", {"--prune", "--dry-run"}).out, HasSubstr("- " + web + "\n"));
    ASSERT_EQ(apply("pots.yaml", {"--prune"}).status, 0);
    EXPECT_EQ(ctl({"info", "-q", "-p", web}).status, 3);
}

TEST_F(ApplyTest, MakesNoPotIfAnotherOneCannotBeMade) {
    const std::string good = name("good"), bad = name("bad");
    const std::string first = "{name: " + good + ", base: host}\n---\n{name: " + bad;
    for (const auto& [rest, exit, field] : std::vector<std::tuple<std::string, int, std::string>>{
             {", base: nosuch}\n", 3, "base: no base is called 'nosuch'"},
             {", base: host, comand: [x]}\n", 2, "comand: there is no such field"},
             {", base: host, depends_on: [" + good + "], limits: {memory: lots}}\n", 2, "limits.memory"}}) {
        write("pots.yaml", first + rest);
        for (const Argv& options : {Argv{"--dry-run"}, Argv{}}) {
            const Outcome refused = apply("pots.yaml", options);
            EXPECT_EQ(refused.status, exit) << refused.describe();
            EXPECT_EQ(refused.out, "");
            EXPECT_THAT(refused.err, HasSubstr("pots.yaml (2): pot " + bad + ": "));
            EXPECT_THAT(refused.err, HasSubstr(field));
        }
        EXPECT_EQ(ctl({"info", "-q", "-p", good}).status, 3);
    }
}

TEST_F(ApplyTest, SaysWhatHoldsFromTheNextStartOnAndRestarts) {
    const std::string web = name("web");
    const std::string begin = "{name: " + web + ", base: host, command: " + idle_command;
    write("web.yaml", begin + "}\n");
    ASSERT_EQ(apply("web.yaml", {"--start"}).status, 0);
    EXPECT_EQ(api.inspect(web)["state"], "running");
    write("web.yaml", begin + ", labels: {team: x}}\n");
    EXPECT_THAT(apply("web.yaml").out, Not(HasSubstr("next start")));
    write("web.yaml", begin + ", labels: {team: x}, env: {A: b}}\n");
    EXPECT_THAT(apply("web.yaml", {"-n"}).out, HasSubstr("holds from its next start on"));
    const Json first = api.inspect(web)["run"]["number"];
    ASSERT_EQ(apply("web.yaml", {"--restart"}).status, 0);
    EXPECT_NE(api.inspect(web)["run"]["number"], first);
    EXPECT_EQ(ctl({"exec", "-p", web, "--", "sh", "-c", "echo $A"}).out, "b\n");
}

TEST_F(ApplyTest, WhatCannotBeChangedIsRefusedOrMadeAgain) {
    const std::string web = name("web"), db = name("db");
    write("web.yaml", "{name: " + web + ", base: host, level: 1}\n");
    ASSERT_EQ(apply("web.yaml").status, 0);
    const Json id = api.inspect(web)["id"];
    // The first one must not be made either.
    write("web.yaml",
          "- {name: " + db + ", base: host}\n- {name: " + web + ", base: host, type: single, level: 0}\n");
    const Outcome refused = apply("web.yaml");
    EXPECT_EQ(refused.status, 2) << refused.describe();
    EXPECT_THAT(refused.err, HasSubstr("--recreate"));
    EXPECT_EQ(ctl({"info", "-q", "-p", db}).status, 3);
    const Outcome made = apply("web.yaml", {"--recreate"});
    EXPECT_EQ(made.status, 0) << made.describe();
    EXPECT_NE(api.inspect(web)["id"], id);
    EXPECT_EQ(api.inspect(web)["spec"]["type"], "single");
    // A spec that is wrong otherwise does not cost the pot.
    write("web.yaml", "{name: " + web + ", base: host, type: multi, limits: {memory: lots}}\n");
    const Json kept = api.inspect(web);
    EXPECT_EQ(apply("web.yaml", {"--recreate"}).status, 2);
    EXPECT_EQ(api.inspect(web), kept);
}

TEST_F(ApplyTest, LeavesThePotsOfOthersAlone) {
    const std::string web = name("web");
    write("web.yaml", "{name: " + web + ", base: host}\n");
    ASSERT_EQ(apply("web.yaml").status, 0);
    const Outcome other = ctl({"apply", "-f", path("web.yaml"), "--set", "another"});
    EXPECT_EQ(other.status, 4) << other.describe();
    EXPECT_THAT(other.err, HasSubstr(set_));
}

TEST_F(ApplyTest, ASpecThatIsPrintedIsWhatThereIs) {
    const std::string web = name("web");
    const std::string mounted = path("site");
    write("site/index.html", "hello");
    ASSERT_EQ(ctl({"create",
                   "-p",
                   web,
                   "-b",
                   "host",
                   "--env",
                   "A=yes",
                   "--env",
                   "B=1.5",
                   "--memory",
                   "64M",
                   "--mount",
                   mounted + ":/srv:ro",
                   "--label",
                   "team=x",
                   "--restart",
                   "on-failure:3",
                   "--",
                   "sh",
                   "-c",
                   "echo \"a: b\" # c"})
                  .status,
              0);
    const Json before = api.inspect(web)["spec"];
    const Outcome printed = ctl({"spec", web});
    write("again.yaml", printed.out);
    const Outcome difference = apply("again.yaml", {"--diff", "--format", "json"});
    EXPECT_EQ(difference.status, would_change) << difference.describe();  // its label alone
    const Json changes = Json::parse(difference.out, nullptr, false)["items"][0]["changes"];
    ASSERT_EQ(changes.size(), 1U) << difference.out;
    EXPECT_EQ(changes[0]["field"], "labels.potd.apply");
    destroy(web);
    ASSERT_EQ(apply("again.yaml").status, 0);
    Json after = api.inspect(web)["spec"];
    after["labels"].erase("potd.apply");
    EXPECT_EQ(after, before);
}

TEST_F(ApplyTest, AnEditorChangesASpecOrNothing) {
    const std::string web = create({{"env", {{"A", "1"}}}});
    const auto edit = [&](const std::string& script) {
        write("editor.sh", "#!/bin/sh\n" + script + "\n");
        return shell("VISUAL='sh " + path("editor.sh") + "' TMPDIR=" + directory_.path().string() +
                     " potctl edit " + web);
    };
    const Outcome changed = edit("sed -i 's/A: .*/A: two/' \"$1\"");
    EXPECT_EQ(changed.status, 0) << changed.describe();
    EXPECT_EQ(api.inspect(web)["spec"]["env"], (Json{{"A", "two"}}));
    const Json before = api.inspect(web);
    EXPECT_EQ(edit("true").status, 0);
    const Outcome failed = edit("exit 3");
    EXPECT_EQ(failed.status, 1);
    EXPECT_THAT(failed.err, Not(HasSubstr("your text is in")));
    EXPECT_THAT(edit("rm \"$1\"").err, Not(HasSubstr("your text is in")));
    EXPECT_EQ(shell("ls " + directory_.path().string()).out, "editor.sh\n");
    const Outcome wrong = edit("echo 'colour: red' >> \"$1\"");
    EXPECT_EQ(wrong.status, 2) << wrong.describe();
    EXPECT_THAT(wrong.err, HasSubstr("your text is in " + directory_.path().string()));
    // Somebody else was quicker.
    const Outcome late = edit("potctl set-env -p " + web + " -E C=3; sed -i 's/A: .*/A: four/' \"$1\"");
    EXPECT_EQ(late.status, 4) << late.describe();
    EXPECT_EQ(api.inspect(web)["spec"]["env"], (Json{{"C", "3"}}));
}

TEST_F(ApplyTest, WaitsForWhatIsWanted) {
    const std::string web = create(idle());
    EXPECT_EQ(ctl({"wait", web, "--for", "exists"}).status, 0);
    const Outcome late = ctl({"wait", web, "--for", "running", "-t", "10ms"});
    EXPECT_EQ(late.status, 1);
    EXPECT_THAT(late.err, HasSubstr("it is created"));
    EXPECT_EQ(ctl({"wait", name("none"), "--for", "running", "-t", "10s"}).status, 3);
    const Outcome met = shell("potctl wait " + web + " --for running & waiting=$!; potctl start " + web +
                              " && wait $waiting");
    EXPECT_EQ(met.status, 0) << met.describe();
    EXPECT_EQ(ctl({"wait", web, "--for", "running"}).status, 0);
    const Outcome gone = shell("potctl wait " + web + " --for gone & waiting=$!; potctl destroy -F " + web +
                               " && wait $waiting");
    EXPECT_EQ(gone.status, 0) << gone.describe();
}

}  // namespace
}  // namespace potd::test
