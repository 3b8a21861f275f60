// The power is cut while potd is being asked for changes; after the next boot what was acknowledged is there
// (I5), everything else is whole or absent (I4, I5), and every run has its end (I2).
//
// To kill the emulator alone would be mild: its disk, a file, keeps all that the guest's kernel has handed to
// it. Hence the disk has a cache that it loses by chance (lossy_disk.hpp), which is what a flush is for. The
// seed repeats how long the writes go on and which blocks are lost, but not what the machine was doing then.
#include "tests/support/wait.hpp"
#include "tests/vm/fixture.hpp"

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>

namespace potd::test {
namespace {

/// What became of one pot as far as the machine outside was told.
struct Told {
    std::set<std::string> asked, acknowledged;
};
using TheTold = std::map<std::string, Told>;

TheTold read_notes(const std::string& notes) {
    TheTold told;
    std::istringstream lines(notes);
    for (std::string line; std::getline(lines, line);) {
        if (lines.eof()) break;  // without its end of line
        std::istringstream words(line);
        std::string kind, verb, pot;
        words >> kind >> verb >> pot;
        (kind == "ack" ? told[pot].acknowledged : told[pot].asked).insert(verb);
    }
    return told;
}

std::size_t acknowledgements(const std::string& notes) {
    std::size_t count = 0;
    for (std::size_t at = notes.find("ack "); at != std::string::npos; at = notes.find("ack ", at + 1))
        ++count;
    return count;
}

unsigned number_from(const char* variable, unsigned otherwise) {
    const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
    return text != nullptr ? static_cast<unsigned>(std::stoul(text)) : otherwise;
}

class PowerTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (const std::string reason = lacks_vm(); !reason.empty()) GTEST_SKIP() << reason;
        VmOptions options;
        options.lossy = seed_;
        machine_.emplace(vm_image(), options);
        machine_->boot();
        install_potd(*machine_);
    }

    void TearDown() override {
        if (machine_ && HasFailure()) std::cout << vm_story(*machine_) << machine_->notes();
    }

    /// Some writes, then darkness in the midst of the next ones, then light.
    void cut(unsigned round, std::size_t after, std::size_t writes) {
        const std::size_t before = acknowledgements(machine_->notes());
        machine_->must("setsid vm-writer " + std::to_string(round) + " </dev/null >/dev/null 2>&1 &");
        ASSERT_TRUE(wait_until([&] { return acknowledgements(machine_->notes()) >= before + after; },
                               std::chrono::minutes(5)))
            << machine_->notes();
        machine_->cut_power_after(writes);
        machine_->boot();
        // A pot that was being destroyed goes on being so.
        machine_->must(
            "until systemctl -q is-active potd && potctl ps -a --format json >/tmp/pots &&"
            " ! grep -q '\"destroying\"' /tmp/pots; do read -r _ </proc/uptime; done");
    }

    void check() {
        const std::map<std::string, Pot> pots = all_pots();
        for (const auto& [name, told] : read_notes(machine_->notes())) {
            SCOPED_TRACE(name);
            check_pot(told, pots, name);
        }
        check_directories(pots);
    }

    const unsigned seed_ = number_from("POTD_VM_SEED", std::random_device{}());
    std::optional<VirtualMachine> machine_;

  private:
    /// What potd says of a pot.
    struct Pot {
        Json pot, runs, snapshots;
    };

    /// By one script for all: a call each would take most of the time.
    std::map<std::string, Pot> all_pots() {
        std::istringstream lines(
            machine_->must("for name in $(potctl ps -a -q); do"
                           " for ask in inspect 'runs --format json' 'snapshots --format json'; do"
                           " potctl $ask -p $name | tr -d '\\n'; echo; done; done"));
        std::map<std::string, Pot> pots;
        for (std::string pot, runs, snapshots;
             std::getline(lines, pot) && std::getline(lines, runs) && std::getline(lines, snapshots);) {
            Pot one{Json::parse(pot), Json::parse(runs)["items"], Json::parse(snapshots)["items"]};
            const std::string name = one.pot["name"];
            pots.emplace(name, std::move(one));
        }
        return pots;
    }

    static void check_pot(const Told& told, const std::map<std::string, Pot>& pots, const std::string& name) {
        const auto found = pots.find(name);
        const bool there = found != pots.end();
        if (told.acknowledged.contains("destroy")) {
            EXPECT_FALSE(there);
        }
        if (told.acknowledged.contains("create") && !told.asked.contains("destroy")) {
            EXPECT_TRUE(there);
        }
        if (!there) return;
        EXPECT_TRUE(told.asked.contains("create")) << "nobody asked for it";
        const Pot& pot = found->second;
        EXPECT_TRUE(pot.pot["state"] == "created" || pot.pot["state"] == "stopped") << pot.pot;
        if (told.acknowledged.contains("set")) {
            EXPECT_EQ(pot.pot["spec"]["env"]["POT"], name) << pot.pot;
        }
        if (told.acknowledged.contains("snapshot")) {
            EXPECT_EQ(pot.snapshots.size(), 1U);
        }
        check_runs(told, pot.runs);
    }

    /// A run was cut off with the machine; nothing starts it again.
    static void check_runs(const Told& told, const Json& runs) {
        if (told.acknowledged.contains("start")) {
            EXPECT_EQ(runs.size(), 1U) << runs;
        }
        for (const Json& run : runs) {
            EXPECT_FALSE(run["ended_at"].is_null()) << run;
            if (!told.acknowledged.contains("start") || told.asked.contains("destroy")) continue;
            EXPECT_EQ(run["lost"], true) << run;
            EXPECT_EQ(run["reason"], "lost: the machine was restarted") << run;
        }
    }

    /// No half pot on the disk: a directory for each pot, and no other.
    void check_directories(const std::map<std::string, Pot>& pots) {
        std::set<std::string> ids;
        for (const auto& [name, pot] : pots) ids.insert(pot.pot["id"]);
        std::set<std::string> directories;
        std::istringstream names(machine_->must("ls -A /var/lib/potd/pots"));
        for (std::string name; std::getline(names, name);) directories.insert(name);
        EXPECT_EQ(directories, ids);
    }
};

TEST_F(PowerTest, WhatWasAcknowledgedSurvivesTheLossOfPower) {
    std::cout << "POTD_VM_SEED=" << seed_ << "\n";
    std::mt19937 random(seed_);
    for (unsigned round = 1; round <= number_from("POTD_VM_CUTS", 3) && !HasFailure(); ++round) {
        SCOPED_TRACE("round " + std::to_string(round));
        const auto number = [&random](std::size_t least, std::size_t most) {
            return std::uniform_int_distribution<std::size_t>(least, most)(random);
        };
        cut(round, number(5, 40), number(1, 50));
        check();
    }
    // What is left can be used and removed like any other.
    machine_->must(
        "for pot in $(potctl ps -a -q); do potctl start -p $pot && potctl destroy -F -p $pot || exit; done");
    EXPECT_EQ(machine_->must("ls -A /var/lib/potd/pots; grep potd /proc/self/mounts; ls -d "
                             "/sys/fs/cgroup/system.slice/potd.*/*/ | grep -v service; true"),
              "");
}

}  // namespace
}  // namespace potd::test
