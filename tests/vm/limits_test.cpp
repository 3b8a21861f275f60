// What limits do that want a disk or swap of the test's own, which only a machine of its own can give.
#include "tests/vm/fixture.hpp"

#include <string>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class LimitsVmTest : public VmTest {
  protected:
    void TearDown() override {
        VmTest::TearDown();  // the pots first
        if (!IsSkipped() && !undo_.empty()) vm().must(undo_);
    }
    /// What is to be done when the pots are gone.
    void afterwards(const std::string& script) { undo_ = script; }

    static Json limit(const std::string& name) {
        const Json info = potctl("system info --format json");
        for (const Json& one : info["limits"]) {
            if (one["name"] == name) return one;
        }
        return {};
    }

  private:
    std::string undo_;
};

/// A disk in memory that serves 400 reads a second of all together, by the cost model that shares them out,
/// and far more by itself: so what a pot gets of it is a matter of weights, not of the machine's speed.
class IoWeightTest : public LimitsVmTest {
  protected:
    void SetUp() override {
        LimitsVmTest::SetUp();
        if (IsSkipped()) return;
        vm().must(
            "modprobe null_blk nr_devices=1 gb=1 memory_backed=1 && mkfs.ext4 -q /dev/nullb0 &&"
            " mkdir -p /mnt/disk && mount /dev/nullb0 /mnt/disk &&"
            " head -c 8M /dev/urandom >/mnt/disk/file && sync");
        number_ = vm().must("tr -d '\\n' </sys/block/nullb0/dev");
        set_costs(true);
        afterwards("umount /mnt/disk; modprobe -r null_blk; systemctl restart potd");
    }

    /// potd finds out when it starts.
    void set_costs(bool on) const {
        const std::string files = "/sys/fs/cgroup/io.cost.";
        vm().must("echo '" + number_ + " ctrl=user model=linear rbps=1000000000 rseqiops=400 rrandiops=400" +
                  " wbps=1000000000 wseqiops=100000 wrandiops=100000' >" + files + "model && echo '" +
                  number_ + " enable=" + (on ? "1" : "0") + " ctrl=user min=100 max=100' >" + files +
                  "qos && systemctl restart potd");
    }

    /// A pot that reads all it can.
    std::string reader(int weight) {
        const std::string read = "while :; do dd if=/disk/file of=/dev/null bs=4k iflag=direct; done";
        std::string pot = create("--mount /mnt/disk:/disk:ro --io-weight " + std::to_string(weight),
                                 "/bin/sh -c '{ " + read + "; } 2>/dev/null & " + read + " 2>/dev/null'");
        vm().must("potctl start -p " + pot);
        return pot;
    }

    /// Until there were 500 reads of `more` in which time `less` had not a third of that, which chance does
    /// not bring about. In the first seconds the shares were seen to be nearly even. Fails after 40 times
    /// 500.
    Outcome until_shared(const std::string& more, const std::string& less) {
        return vm().run(
            "reads() { n=$(sed -n 's/^" + number_ +
            " .*rios=\\([0-9]*\\).*/\\1/p' $1/io.stat); echo ${n:-0}; };" + " more=" + group_of(more) +
            " less=" + group_of(less) +
            "; for window in $(seq 40); do from=$(reads $more) begin=$(reads $less);"
            " until [ $(reads $more) -ge $((from + 500)) ]; do sleep 0.1; done;"
            " had=$(($(reads $less) - begin)) of=$(($(reads $more) - from)); echo $had beside $of;"
            " [ $((had * 3)) -ge $of ] || exit 0; done; exit 1");
    }

  private:
    std::string number_;
};

TEST_F(IoWeightTest, OfABusyDiskTheHeavierGetsMore) {
    EXPECT_EQ(limit("io_weight")["enforced"], true) << limit("io_weight");
    const std::string heavy = reader(800), light = reader(100);
    EXPECT_EQ(group_file(heavy, "io.weight"), "default 800\n");
    EXPECT_EQ(group_file(light, "io.weight"), "default 100\n");
    const Outcome first = until_shared(heavy, light);
    EXPECT_EQ(first.status, 0) << first.describe();
    // And the other way round, of pots that run.
    vm().must("potctl set-rss -p " + light + " --io-weight 800 && potctl set-rss -p " + heavy +
              " --io-weight 100");
    const Outcome second = until_shared(light, heavy);
    EXPECT_EQ(second.status, 0) << second.describe();
}

TEST_F(IoWeightTest, WithoutADiskThatKnowsWeightsTheyAreRefused) {
    set_costs(false);
    EXPECT_EQ(limit("io_weight")["enforced"], false);
    const Outcome refused =
        vm().run("potctl create -p heavy -b host --io-weight 800 -- " + std::string(idle));
    EXPECT_NE(refused.status, 0);
    EXPECT_THAT(refused.err, HasSubstr("limits.io_weight"));
    EXPECT_THAT(refused.err, HasSubstr("io.cost.qos"));
}

class SwapTest : public LimitsVmTest {
  protected:
    void SetUp() override {
        LimitsVmTest::SetUp();
        if (IsSkipped()) return;
        vm().must("head -c 128M /dev/zero >/swap && chmod 600 /swap && mkswap -q /swap && swapon /swap");
        afterwards("swapoff /swap && rm /swap");
    }
    /// tail keeps what has no end of line.
    std::string taker(const std::string& mib, const std::string& options) {
        std::string pot = create(
            options, "/bin/sh -c '{ head -c " + mib + " /dev/zero; exec sleep inf; } | tail >/dev/null'");
        vm().must("potctl start -p " + pot);
        return pot;
    }
};

TEST_F(SwapTest, WhatIsBeyondMemoryGoesToSwapAsFarAsItsLimit) {
    const std::string within = taker("48M", "--memory 32M --swap 64M");
    EXPECT_EQ(group_file(within, "memory.swap.max"), "67108864\n");
    vm().must("until [ $(cat " + group_of(within) +
              "/memory.swap.current) -ge 12000000 ]; do sleep 0.1; done");
    EXPECT_EQ(last_run(within)["ended_at"], nullptr);
    const Json beyond = end_of(taker("64M", "--memory 32M --swap 8M"));
    EXPECT_EQ(beyond["oom"], true) << beyond;
    EXPECT_EQ(beyond["reason"], "oom") << beyond;
}

}  // namespace
}  // namespace potd::test
