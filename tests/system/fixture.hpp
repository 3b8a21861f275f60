#pragma once

#include "tests/support/pot_api.hpp"
#include "tests/support/potd_process.hpp"
#include "tests/support/program.hpp"
#include "tests/support/system.hpp"
#include "tests/support/wait.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::test {

/// A shell command of a pot.
[[nodiscard]] inline Json sh(const std::string& script) {
    return Json::array({"/bin/sh", "-c", script});
}

/// Begins a script that calls setsid: FreeBSD's base has daemon(8) for that.
inline const std::string own_session =
    "command -v setsid >/dev/null || setsid() { /usr/sbin/daemon -f \"$@\"; }; ";

/// The field of a problem+json answer, empty if there is none.
[[nodiscard]] std::string problem_field(const Response& response);
[[nodiscard]] std::string problem_code(const Response& response);

/// Tests against one potd that all suites of this program share, with the base "host". Skips, with the
/// reason, where potd cannot run. After each test: potd is the same process and healthy, and the test's pots
/// are gone.
class SystemTest : public ::testing::Test {
  protected:
    SystemTest();
    void SetUp() override;
    void TearDown() override;

    [[nodiscard]] static PotdProcess& potd();
    /// A name no other test has.
    [[nodiscard]] std::string fresh_name();
    /// Creates a pot on "host" (unless `spec` says otherwise) with a fresh name; the name.
    std::string create(Json spec);
    /// The same, started.
    std::string start(Json spec);
    /// Spec of a pot that idles until it is stopped.
    [[nodiscard]] static Json idle() {
        return {{"command", sh("trap 'exit 0' TERM; while :; do sleep 1000 & wait; done")}};
    }
    /// The terminal record of a new pot with this shell script.
    Json run_script(const std::string& script, Json spec = Json::object());
    /// What one shell script prints on standard output in a new pot.
    std::string output_of(const std::string& script, Json spec = Json::object());

    /// A shell line on the host with potctl in its PATH, talking to this potd. Up to 15 minutes.
    static Outcome shell(const std::string& script);

    PotApi api;

  private:
    std::vector<std::string> names_;
    pid_t potd_pid_ = 0;
    std::size_t log_begin_ = 0;
};

/// Tests that need a potd of their own, to kill it or to start it in a bad place.
class OwnPotdTest : public ::testing::Test {
  protected:
    explicit OwnPotdTest(PotdOptions options = {}) : potd(std::move(options)) {}
    void SetUp() override;
    void TearDown() override;
    /// Starts it with the base "host".
    void start_potd();
    [[nodiscard]] PotApi api() const { return PotApi(potd.socket()); }

    PotdProcess potd;
};

}  // namespace potd::test
