#pragma once

#include "tests/support/program.hpp"
#include "tests/support/root_tree.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/fixture.hpp"

#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace potd::test {

/// A base of its own with the hostile program in it.
class EscapeTest : public SystemTest {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (IsSkipped() || installed) return;
        const TempDir tree("potd-" + test_root());
        make_root_tree(tree.path(),
                       {"sh", "ls", "cat", "ln", "mkdir", "touch", "sleep", "env", "mkfifo", "rm", "mv"});
        std::filesystem::copy_file(POTD_HOSTILE, tree / "hostile");
        api.install_base({{"name", "hostile"}, {"directory", tree.path().string()}});
        installed = true;
    }
    static void TearDownTestSuite() { installed = false; }
    static std::string test_root() { return potd().instance(); }

    /// "mount EPERM" -> what each attempt came to, in order.
    std::vector<std::string> attempt(const Argv& words, Json spec = Json::object()) {
        spec["base"] = "hostile";
        Json command = words;
        command.insert(command.begin(), "/hostile");
        spec["command"] = command;
        const std::string name = start(spec);
        const Json end = api.wait(name);
        EXPECT_EQ(end["exit_code"], 0) << end << api.logs(name);
        return outcomes(api.logs(name, "stream=stdout"));
    }
    static std::vector<std::string> on_the_host(Argv words) {
        words.insert(words.begin(), POTD_HOSTILE);
        return outcomes(run_program(words).out);
    }
    /// The single outcome of one attempt.
    std::string one(const Argv& words, const Json& spec = Json::object()) {
        const auto all = attempt(words, spec);
        return all.empty() ? "nothing" : all.back();
    }
    static Json with_capability(const char* name) {
        return {{"security", {{"capabilities", {{"add", {name}}}}}}};
    }
    static Json unconfined() { return {{"security", {{"seccomp", "unconfined"}}}}; }

    static std::vector<std::string> outcomes(const std::string& text) {
        std::vector<std::string> found;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            if (line.front() != '#') found.push_back(line.substr(line.rfind(' ') + 1));
        }
        return found;
    }

    static inline bool installed = false;
};

/// Beside the pots a directory of the host that none of them may reach, and one to be mounted.
class VictimTest : public EscapeTest {
  protected:
    void SetUp() override {
        EscapeTest::SetUp();
        if (IsSkipped()) return;
        outside_ = std::make_unique<TempDir>("potd-" + test_root());
        std::filesystem::create_directory(*outside_ / "victim");
        write_file(*outside_ / "victim/file", "untouched\n");
        std::filesystem::create_directory(*outside_ / "source");
        write_file(*outside_ / "source/mark", "mounted\n");
    }
    void TearDown() override {
        SystemTest::TearDown();
        outside_.reset();
    }
    [[nodiscard]] std::string victim() const { return *outside_ / "victim"; }
    /// A stopped pot in which `script` has run.
    std::string prepared(const std::string& script) {
        const std::string name = start({{"base", "hostile"}, {"command", sh(script)}});
        EXPECT_EQ(api.wait(name)["exit_code"], 0) << api.logs(name);
        return name;
    }
    /// Starts it again with a mount at `target`; any outcome but a change outside is right.
    void mount_at(const std::string& name, const std::string& target, const char* command) {
        const Json mounts = {{{"dir", (*outside_ / "source").string()}, {"target", target}}};
        const Response changed =
            api.request("PATCH", "/v1/pots/" + name, {{"mounts", mounts}, {"command", sh(command)}});
        ASSERT_EQ(changed.status, 200) << changed.describe();
        if (api.act(name, "start").status == 200) api.wait(name);
    }
    /// Where the overlay driver keeps what a stopped pot wrote; empty with another driver.
    std::filesystem::path upper_of(const std::string& name) {
        const std::filesystem::path pot =
            potd().state_dir() / "pots" / api.inspect(name)["id"].get<std::string>();
        for (const auto& entry : std::filesystem::recursive_directory_iterator(pot)) {
            if (entry.path().filename() == "upper") return entry.path();
        }
        return {};
    }
    void expect_untouched() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(victim()))
            names.push_back(entry.path().filename());
        EXPECT_THAT(names, ::testing::ElementsAre("file"));
        EXPECT_EQ(read_file(victim() + "/file"), "untouched\n");
    }

    std::unique_ptr<TempDir> outside_;
};

}  // namespace potd::test
