// potd as a unit of systemd, on a machine with control groups of version 2 alone.
#include "tests/vm/fixture.hpp"

namespace potd::test {
namespace {

class SystemdTest : public VmTest {
  protected:
    /// Who the pots' processes are: pid and start time (field 22 of proc_pid_stat(5)) of the command and of
    /// what is above it.
    static std::string processes_of(const std::string& pot) {
        const std::string pid = last_run(pot)["pid"].dump();
        return vm().must(
            "pid=" + pid +
            "; for who in command init potmon; do echo \"$pid $(cut -d' ' -f22 /proc/$pid/stat)\";"
            " pid=$(sed -n 's/^PPid:.//p' /proc/$pid/status); done");
    }
    static std::string main_pid() { return vm().must("systemctl show -P MainPID potd"); }
    static void wait_until_active() {
        vm().must(
            "until systemctl -q is-active potd && potctl ps >/dev/null 2>&1; do read -r _ </proc/uptime; "
            "done");
    }
};

TEST_F(SystemdTest, TheMachineComesUpWhole) {
    EXPECT_EQ(vm().run("systemctl is-system-running --wait").out, "running\n")
        << vm().run("systemctl --failed").out;
    EXPECT_EQ(vm().must("systemctl is-enabled potd"), "enabled\n");
    EXPECT_EQ(vm().must("systemctl is-active potd"), "active\n");
}

TEST_F(SystemdTest, ARestartOfTheUnitLeavesPotsAlone) {
    const std::string pot = create("", idle);
    vm().must("potctl start -p " + pot);
    const std::string processes = processes_of(pot);
    const std::string before = main_pid();
    vm().must("systemctl restart potd");
    EXPECT_NE(main_pid(), before);
    EXPECT_EQ(processes_of(pot), processes);
    EXPECT_EQ(last_run(pot)["number"], 1);
    EXPECT_EQ(last_run(pot)["stage"], "up");
    EXPECT_EQ(vm().must("potctl exec -p " + pot + " -- echo here"), "here\n");
}

TEST_F(SystemdTest, AStoppedUnitLeavesPotsAlone) {
    const std::string pot = create("", idle);
    vm().must("potctl start -p " + pot);
    const std::string processes = processes_of(pot);
    vm().must("systemctl stop potd && systemctl start potd");
    EXPECT_EQ(processes_of(pot), processes);
    EXPECT_EQ(last_run(pot)["number"], 1);
}

TEST_F(SystemdTest, AKilledPotdIsStartedAgainAndTakesItsPotsOver) {
    const std::string pot = create("", idle);
    vm().must("potctl start -p " + pot);
    const std::string processes = processes_of(pot);
    const std::string before = main_pid();
    vm().must("systemctl kill -s KILL potd");
    vm().must("while [ \"$(systemctl show -P MainPID potd)\" -eq 0 ]; do read -r _ </proc/uptime; done");
    wait_until_active();
    EXPECT_NE(main_pid(), before);
    EXPECT_EQ(processes_of(pot), processes);
    EXPECT_EQ(last_run(pot)["number"], 1);
    EXPECT_EQ(vm().must("potctl exec -p " + pot + " -- echo here"), "here\n");
}

/// What the monitors of pots would make longer: systemd waits for minutes for processes that stay.
TEST_F(SystemdTest, AtBootPotdComesUpAndWithItThePotsThatShall) {
    const std::string wanted = create("--start-at-boot", idle);
    const std::string other = create("", idle);
    vm().must("potctl start -p " + wanted + " && potctl start -p " + other);
    vm().shut_down();
    vm().boot();
    wait_until_active();
    const Json runs = potctl("runs --format json -p " + wanted)["items"];
    ASSERT_EQ(runs.size(), 2U) << runs;
    EXPECT_EQ(runs[0]["reason"], "stopped") << runs;
    EXPECT_EQ(runs[1]["cause"], "boot") << runs;
    vm().must("potctl exec -p " + wanted + " -- true");
    const Json left = potctl("runs --format json -p " + other)["items"];
    ASSERT_EQ(left.size(), 1U) << left;
    EXPECT_EQ(left[0]["reason"], "stopped") << left;
}

}  // namespace
}  // namespace potd::test
