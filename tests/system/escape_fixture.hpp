#pragma once

#include "tests/support/program.hpp"
#include "tests/support/root_tree.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/fixture.hpp"

#include <filesystem>
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

}  // namespace potd::test
