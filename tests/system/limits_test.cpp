// Limits on the real kernel: set, read back where the kernel holds them, and hit by a load. Whatever cgroup
// set-up the machine has; what it cannot enforce is skipped with the reason it gives itself.
#include "tests/support/weighed_device.hpp"
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr std::int64_t one_mib = 1 << 20;

/// tail keeps what has no end of line; so many MiB, until the pot ends.
std::string take_memory(int mib) {
    return "{ head -c " + std::to_string(mib) + "M /dev/zero; exec sleep 1000; } | tail >/dev/null";
}

/// The groups of a run ("0123456789ab.1"), on every hierarchy of this machine.
std::vector<fs::path> groups_of(const std::string& run) {
    std::vector<fs::path> found;
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        if (line.find(" - cgroup") == std::string::npos) continue;
        std::istringstream words(line);
        std::string word;
        for (int i = 0; i < 5; ++i) words >> word;
        std::error_code ignored;
        for (auto at = fs::recursive_directory_iterator(word, fs::directory_options::skip_permission_denied,
                                                        ignored);
             at != fs::recursive_directory_iterator(); at.increment(ignored)) {
            if (ignored) break;
            if (!at->is_directory(ignored)) continue;
            if (at->path().filename() == run) found.push_back(at->path());
        }
    }
    return found;
}

/// The first of these files that one of the groups has.
fs::path file_of(const std::string& run, const std::vector<std::string>& files) {
    for (const fs::path& group : groups_of(run)) {
        for (const std::string& file : files) {
            if (fs::exists(group / file)) return group / file;
        }
    }
    return {};
}

std::string trimmed_text(const fs::path& file) {
    std::ifstream in(file);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
}

std::string run_of(const Json& pot) {
    return pot["id"].get<std::string>() + "." + std::to_string(pot["run"]["number"].get<int>());
}

class LimitsTest : public SystemTest {
  protected:
    /// Skips the test unless the machine enforces the limit.
    bool enforced(const std::string& name) {
        const Json limits = api.request("GET", "/v1/info").json()["limits"];
        for (const Json& one : limits) {
            if (one["name"] == name) {
                if (!one["enforced"].get<bool>()) why_not_ = name + ": " + one["reason"].get<std::string>();
                return one["enforced"].get<bool>();
            }
        }
        why_not_ = name + " is not listed";
        return false;
    }
    /// What the first of these files that a group of the pot has says, or "-".
    [[nodiscard]] std::string read_back(const std::string& pot, const std::vector<std::string>& files) {
        const fs::path file = file_of(run_of(api.inspect(pot)), files);
        return file.empty() ? "-" : trimmed_text(file);
    }
    [[nodiscard]] std::int64_t count_in(const std::string& pot, const std::vector<std::string>& files,
                                        const std::string& key) {
        std::istringstream text(read_back(pot, files));
        std::string name;
        std::int64_t value = 0;
        while (text >> name >> value) {
            if (name == key) return value;
        }
        return -1;
    }
    [[nodiscard]] std::int64_t memory_of(const std::string& pot) {
        return api.request("GET", "/v1/pots/" + pot + "/stats")
            .json()["memory"]["current"]
            .get<std::int64_t>();
    }
    Response patch(const std::string& pot, const Json& limits) {
        return api.request("PATCH", "/v1/pots/" + pot, {{"limits", limits}});
    }
    [[nodiscard]] std::int64_t cpu_ns(const std::string& pot) {
        return api.request("GET", "/v1/pots/" + pot + "/stats").json()["cpu"]["usage_ns"].get<std::int64_t>();
    }
    /// Of CPU time that the pot got in four seconds of the clock, in CPUs.
    [[nodiscard]] double share(const std::string& pot) {
        const auto begin = std::chrono::steady_clock::now();
        const std::int64_t before = cpu_ns(pot);
        EXPECT_TRUE(
            wait_until([&] { return std::chrono::steady_clock::now() - begin >= std::chrono::seconds(4); }));
        const std::int64_t used = cpu_ns(pot) - before;
        const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
        return static_cast<double>(used) / took.count();
    }
    /// Seconds that the CPUs of the machine were idle, of all together.
    [[nodiscard]] static double idle_seconds() {
        std::ifstream uptime("/proc/uptime");
        double up = 0, idle = 0;
        uptime >> up >> idle;
        return idle;
    }

    std::string why_not_;
};

#define NEEDS_LIMIT(name) \
    if (!enforced(name)) GTEST_SKIP() << why_not_

Json with_limits(Json spec, const Json& limits) {
    spec["limits"] = limits;
    return spec;
}

TEST_F(LimitsTest, EveryLimitStandsInTheKernel) {
    NEEDS_LIMIT("memory");
    const std::string pot = start(with_limits(idle(), {{"memory", "64M"},
                                                       {"memory_soft", "32M"},
                                                       {"cpus", 0.5},
                                                       {"cpu_weight", 200},
                                                       {"cpuset", "0"},
                                                       {"pids", 50},
                                                       {"best_effort", true}}));
    EXPECT_EQ(read_back(pot, {"memory.limit_in_bytes", "memory.max"}), "67108864");
    EXPECT_EQ(read_back(pot, {"memory.soft_limit_in_bytes", "memory.low"}), "33554432");
    EXPECT_THAT(read_back(pot, {"cpu.cfs_quota_us", "cpu.max"}), AnyOf("50000", "50000 100000"));
    EXPECT_THAT(read_back(pot, {"cpu.shares", "cpu.weight"}), AnyOf("2452", "200"));
    EXPECT_EQ(read_back(pot, {"cpuset.cpus"}), "0");
    EXPECT_EQ(read_back(pot, {"pids.max"}), "50");
    ASSERT_EQ(patch(pot, {{"memory", nullptr},
                          {"memory_soft", nullptr},
                          {"cpus", nullptr},
                          {"cpu_weight", nullptr},
                          {"cpuset", nullptr},
                          {"pids", nullptr}})
                  .status,
              200);
    EXPECT_THAT(read_back(pot, {"memory.limit_in_bytes", "memory.max"}), AnyOf("9223372036854771712", "max"));
    EXPECT_THAT(read_back(pot, {"cpu.cfs_quota_us", "cpu.max"}), AnyOf("-1", "max 100000"));
    EXPECT_THAT(read_back(pot, {"cpu.shares", "cpu.weight"}), AnyOf("1024", "100"));
    EXPECT_NE(read_back(pot, {"cpuset.cpus"}), "0");
    EXPECT_EQ(read_back(pot, {"pids.max"}), "4096");
}

TEST_F(LimitsTest, ABusyLoopGetsHalfACpu) {
    NEEDS_LIMIT("cpus");
    const std::string pot = start(with_limits({{"command", sh("while :; do :; done")}}, {{"cpus", 0.5}}));
    const double idle_before = idle_seconds();
    const double half = share(pot);
    const double idle_part = (idle_seconds() - idle_before) / 4;
    EXPECT_LE(half, 0.55);
    // What others left of the machine is what it could have had.
    if (idle_part > 0.3) {
        EXPECT_GE(half, 0.45) << "the machine was idle for " << idle_part << " CPUs";
        EXPECT_GT(count_in(pot, {"cpu.stat"}, "nr_throttled"), 0) << read_back(pot, {"cpu.stat"});
    }

    ASSERT_EQ(patch(pot, {{"cpus", 0.2}}).status, 200);
    EXPECT_LE(share(pot), 0.22) << "while it runs";
}

TEST_F(LimitsTest, APotThatTakesTooMuchMemoryIsKilledAndSaysSo) {
    NEEDS_LIMIT("memory");
    const Json run =
        run_script("head -c 200M /dev/zero | tail >/dev/null", {{"limits", {{"memory", "64M"}}}});
    EXPECT_EQ(run["oom"], true) << run.dump();
    EXPECT_LE(run["peak_memory"].get<std::int64_t>(), 65 * one_mib);
    EXPECT_GE(run["peak_memory"].get<std::int64_t>(), 32 * one_mib);
}

TEST_F(LimitsTest, MemoryBelowWhatIsInUseIsRefusedAndThePotLives) {
    NEEDS_LIMIT("memory");
    const std::string pot = start({{"command", sh(take_memory(64))}, {"limits", {{"memory", "256M"}}}});
    ASSERT_TRUE(wait_until([&] { return memory_of(pot) >= 64 * one_mib; }));
    Json lower = {{"memory", "16M"}};
    if (enforced("swap")) lower["swap"] = 0;  // or it would be swapped out
    const Response refused = patch(pot, lower);
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_EQ(problem_field(refused), "limits.memory") << refused.body;
    EXPECT_THAT(refused.body, HasSubstr("bytes that it uses"));
    EXPECT_EQ(read_back(pot, {"memory.limit_in_bytes", "memory.max"}), "268435456");
    EXPECT_EQ(api.inspect(pot)["spec"]["limits"]["memory"], 256 * one_mib);
    EXPECT_EQ(api.inspect(pot)["state"], "running") << "nothing was killed";
    EXPECT_EQ(patch(pot, {{"memory", "192M"}}).status, 200) << "above its use it can be lowered";
    EXPECT_EQ(read_back(pot, {"memory.limit_in_bytes", "memory.max"}), "201326592");
}

/// Two hundred at once, from a shell of their own, which ends where it can fork no more; the command lives.
const std::string two_hundred_processes =
    "trap 'exit 0' TERM; sleep 1000 & "
    "(i=0; while [ $i -lt 200 ]; do sleep 1000 & i=$((i+1)); done) 2>/dev/null & "
    "while :; do wait; done";

TEST_F(LimitsTest, AForkBombStopsAtItsLimit) {
    NEEDS_LIMIT("pids");
    const std::string pot = start(with_limits({{"command", sh(two_hundred_processes)}}, {{"pids", 40}}));
    const auto processes = [&] {
        return api.request("GET", "/v1/pots/" + pot + "/stats").json()["pids"]["current"].get<int>();
    };
    ASSERT_TRUE(wait_until([&] { return count_in(pot, {"pids.events"}, "max") > 0; }));
    EXPECT_LE(processes(), 40);
    EXPECT_EQ(shell("true").status, 0) << "the machine goes on";
    ASSERT_EQ(patch(pot, {{"pids", 10}}).status, 200) << "below what it has: none ends";
    EXPECT_EQ(read_back(pot, {"pids.max"}), "10");
    EXPECT_GT(processes(), 10);
}

TEST_F(LimitsTest, PotsWithANumberOfCpusAreSpreadAndMoved) {
    NEEDS_LIMIT("cpu_count");
    const int cpus = api.request("GET", "/v1/info").json()["platform"]["cpus"].get<int>();
    if (cpus < 2) GTEST_SKIP() << "one CPU is nothing to spread over";
    std::vector<std::string> pots;
    pots.reserve(static_cast<std::size_t>(cpus));
    for (int i = 0; i < cpus; ++i) pots.push_back(start(with_limits(idle(), {{"cpu_count", 1}})));
    std::vector<std::string> places;
    for (const auto& pot : pots) {
        places.push_back(api.inspect(pot)["cpus"].get<std::string>());
        EXPECT_EQ(read_back(pot, {"cpuset.cpus"}), places.back());
    }
    std::sort(places.begin(), places.end());
    EXPECT_EQ(std::unique(places.begin(), places.end()), places.end()) << "each has one of its own";

    // One comes beside the first and then that goes: who shared is moved to the room.
    const std::string late = start(with_limits(idle(), {{"cpu_count", 1}}));
    for (const auto& pot : pots) {
        if (pot != pots.front() && api.inspect(pot)["cpus"] == api.inspect(late)["cpus"]) api.stop(pot);
    }
    std::vector<std::string> now;
    const Json all = api.request("GET", "/v1/pots").json()["items"];
    for (const Json& pot : all) {
        if (pot["cpus"].is_string()) now.push_back(pot["cpus"]);
    }
    for (const auto& place : now) EXPECT_LE(std::count(now.begin(), now.end(), place), 2);
    const std::string seen = api.inspect(late)["cpus"];
    EXPECT_TRUE(wait_until([&] { return read_back(late, {"cpuset.cpus"}) == seen; }));
    EXPECT_THAT(api.exec(late, {"/bin/sh", "-c", "grep Cpus_allowed_list /proc/self/status"})["stdout"]
                    .get<std::string>(),
                HasSubstr("\t" + seen + "\n"))
        << "what is run in it later, too";
}

TEST_F(LimitsTest, ASetOfCpusComesToAPotThatRuns) {
    NEEDS_LIMIT("cpuset");
    const std::string pot = start(idle());
    ASSERT_EQ(patch(pot, {{"cpuset", "0"}}).status, 200);
    EXPECT_EQ(read_back(pot, {"cpuset.cpus"}), "0");
    const auto allowed = [&](const std::string& pid) {
        return api.exec(pot, {"/bin/sh", "-c", "grep Cpus_allowed_list /proc/" + pid + "/status"})["stdout"]
            .get<std::string>();
    };
    EXPECT_EQ(allowed("1"), "Cpus_allowed_list:\t0\n") << "who was there";
    EXPECT_EQ(allowed("self"), "Cpus_allowed_list:\t0\n") << "who comes later";
    ASSERT_EQ(patch(pot, {{"cpuset", nullptr}}).status, 200);
    EXPECT_EQ(api.exec(pot, {"/bin/sh", "-c", "nproc"})["stdout"].get<std::string>(),
              std::to_string(std::max(1U, std::thread::hardware_concurrency())) + "\n");
}

TEST_F(LimitsTest, OpenFilesAreBounded) {
    NEEDS_LIMIT("files");
    EXPECT_EQ(output_of("ulimit -n", {{"limits", {{"files", 100}}}}), "100\n");
    const Response both = api.request("POST", "/v1/pots",
                                      {{"name", fresh_name()},
                                       {"base", "host"},
                                       {"limits", {{"files", 100}}},
                                       {"rlimits", {{"nofile", 7}}}});
    EXPECT_EQ(problem_field(both), "limits.files") << both.body;
}

TEST_F(LimitsTest, OpenFilesOfAPotThatRunsAreBounded) {
    NEEDS_LIMIT("files");
    const std::string pot =
        start({{"command", sh("(while :; do /bin/sleep 1; done) & while :; do /bin/sleep 1; done")}});
    const auto unbounded = [&] {
        std::string others;
        const Json processes = api.request("GET", "/v1/pots/" + pot + "/processes").json()["items"];
        for (const auto& row : processes) {
            std::ifstream limits("/proc/" + std::to_string(row["pid"].get<int>()) + "/limits");
            for (std::string line; std::getline(limits, line);) {
                if (line.starts_with("Max open files") && line.find(" 100  ") == std::string::npos)
                    others += row["name"].get<std::string>() + ": " + line + "\n";
            }
        }
        return others;
    };
    EXPECT_NE(unbounded(), "");
    ASSERT_EQ(patch(pot, {{"files", 100}}).status, 200);
    EXPECT_EQ(unbounded(), "") << "who was there, their children and the pot's pid 1";
    const auto of_exec = [&] {
        return api.exec(pot, sh("ulimit -Sn; ulimit -Hn"))["stdout"].get<std::string>();
    };
    EXPECT_EQ(of_exec(), "100\n100\n");
    ASSERT_EQ(patch(pot, {{"pids", 50}}).status, 200) << "another limit leaves them alone";
    EXPECT_EQ(of_exec(), "100\n100\n");
    const Response raised = patch(pot, {{"files", 200}});
    if (raised.status == 200) {
        EXPECT_EQ(of_exec(), "200\n200\n");
        ASSERT_EQ(patch(pot, {{"files", nullptr}}).status, 200);
        EXPECT_EQ(of_exec().substr(0, 5), "1024\n");
        return;
    }
    EXPECT_EQ(raised.status, 422) << raised.body;
    EXPECT_EQ(problem_field(raised), "limits.files") << "without CAP_SYS_RESOURCE: " << raised.body;
    EXPECT_EQ(of_exec(), "100\n100\n");
}

/// The first whole disk that says so of itself.
std::string disk_with_limits() {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/sys/dev/block", ignored)) {
        std::ifstream size(entry.path() / "size");
        long long sectors = 0;
        if (size >> sectors && sectors > 0 && !fs::exists(entry.path() / "partition"))
            return entry.path().filename().string();
    }
    return {};
}

TEST_F(LimitsTest, ABlockDeviceIsBoundedLive) {
    NEEDS_LIMIT("io");
    const std::string disk = disk_with_limits();
    if (disk.empty()) GTEST_SKIP() << "no block device";
    const std::string pot = start(idle());
    const Json bound = Json::array({{{"device", disk}, {"read_bps", "1M"}, {"write_iops", 7}}});
    ASSERT_EQ(patch(pot, {{"io", bound}}).status, 200);
    EXPECT_THAT(read_back(pot, {"blkio.throttle.read_bps_device", "io.max"}),
                AnyOf(disk + " 1048576", disk + " rbps=1048576 wbps=max riops=max wiops=7"));
    ASSERT_EQ(patch(pot, {{"io", Json::array()}}).status, 200);
    EXPECT_EQ(read_back(pot, {"blkio.throttle.read_bps_device", "io.max"}), "");
    const Response unknown =
        patch(pot, {{"io", Json::array({{{"device", "/dev/no-such-disk"}, {"read_bps", "1M"}}})}});
    EXPECT_EQ(unknown.status, 422) << unknown.body;
    EXPECT_EQ(problem_field(unknown), "limits.io[0].device");
}

/// A file of the base that has 4 MiB to read, and the disk it is on; empty without one.
std::pair<std::string, std::string> big_file() {
    std::error_code ignored;
    for (const char* place : {"/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/lib"}) {
        for (const auto& entry : fs::directory_iterator(place, ignored)) {
            struct stat facts {};
            const std::string path = entry.path().string();
            if (!entry.is_regular_file(ignored) || entry.is_symlink(ignored) ||
                ::stat(path.c_str(), &facts) != 0 || facts.st_size < 4 * one_mib)
                continue;
            const std::string number =
                std::to_string(major(facts.st_dev)) + ":" + std::to_string(minor(facts.st_dev));
            const fs::path device = fs::path("/sys/dev/block") / number;
            if (!fs::exists(device)) continue;
            // The disk of a partition is the directory above it.
            return {path, fs::exists(device / "partition")
                              ? trimmed_text(fs::canonical(device).parent_path() / "dev")
                              : number};
        }
    }
    return {};
}

TEST_F(LimitsTest, WhatIsReadOfABoundedDeviceTakesItsTime) {
    NEEDS_LIMIT("io");
    const auto [file, disk] = big_file();
    if (file.empty()) GTEST_SKIP() << "no large file of the base is on a disk";
    const std::string pot = start(idle());
    const std::vector<std::string> read{"/bin/sh", "-c",
                                        "dd if=" + file + " of=/dev/null bs=64k count=64 iflag=direct"};
    if (api.exec(pot, read)["exit_code"] != 0)
        GTEST_SKIP() << "the pot's root cannot be read past the page cache";
    ASSERT_EQ(patch(pot, {{"io", Json::array({{{"device", disk}, {"read_bps", "1M"}}})}}).status, 200);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(api.exec(pot, read)["exit_code"], 0);
    // 4 MiB at 1 MiB a second; a loaded machine only makes it longer.
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(2'500));
}

TEST_F(LimitsTest, HugePagesAreBounded) {
    NEEDS_LIMIT("hugepages");
    const std::string pot = start(with_limits(idle(), {{"hugepages", {{"2M", "4M"}}}}));
    EXPECT_EQ(read_back(pot, {"hugetlb.2MB.max", "hugetlb.2MB.limit_in_bytes"}), "4194304");
    ASSERT_EQ(patch(pot, {{"hugepages", {{"2M", 0}}}}).status, 200);
    EXPECT_EQ(read_back(pot, {"hugetlb.2MB.max", "hugetlb.2MB.limit_in_bytes"}), "0");
}

/// A program that maps 8 MiB of huge pages, writes to as many as it gets, and says how many bytes that were.
/// Perl, as every Debian has it, by the numbers of the system calls.
std::vector<std::string> taking_huge_pages() {
    return {"/usr/bin/perl", "-e",
            "open F, '<', '/dev/zero'; my $at = syscall(9, 0, 8 << 20, 3, 0x40022, -1, 0); "
            "die \"mmap: $!\" if $at < 0; print syscall(0, fileno(F), $at, 8 << 20)"};
}

TEST_F(LimitsTest, WhoTakesMoreHugePagesThanItsLimitGetsNoMore) {
    NEEDS_LIMIT("hugepages");
#ifndef __x86_64__
    GTEST_SKIP() << "the program knows the system calls of amd64";
#endif
    const std::string free = read_file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
    if (free.empty() || std::stoi(free) < 4)
        GTEST_SKIP() << "the machine keeps no huge pages, vm.nr_hugepages";
    const std::string pot = start(with_limits(idle(), {{"hugepages", {{"2M", "4M"}}}}));
    EXPECT_EQ(api.exec(pot, taking_huge_pages())["stdout"], "4194304");
    ASSERT_EQ(patch(pot, {{"hugepages", {{"2M", "8M"}}}}).status, 200);
    EXPECT_EQ(api.exec(pot, taking_huge_pages())["stdout"], "8388608");
}

TEST_F(LimitsTest, WhatTheMachineLacksIsRefusedOrLeftOutAndTold) {
    for (const auto& [name, value] : std::vector<std::pair<std::string, Json>>{
             {"io_weight", 50}, {"rctl", {{"nthr", 5}}}, {"cpu_weight", 50}}) {
        if (enforced(name)) continue;
        const Response refused = api.request(
            "POST", "/v1/pots", {{"name", fresh_name()}, {"base", "host"}, {"limits", {{name, value}}}});
        EXPECT_EQ(problem_code(refused), "unsupported") << refused.body;
        EXPECT_EQ(problem_field(refused).rfind("limits." + name, 0), 0U) << refused.body;
        const std::string pot =
            start(with_limits(idle(), {{name, value}, {"best_effort", Json::array({name})}}));
        const Json left = api.inspect(pot)["not_enforced"];
        ASSERT_EQ(left.size(), 1U) << left.dump();
        EXPECT_EQ(left[0]["field"].get<std::string>().rfind("limits." + name, 0), 0U);
        EXPECT_FALSE(left[0]["reason"].get<std::string>().empty());
    }
    EXPECT_THAT(shell("potctl system info").out, HasSubstr("limits:"));
}

TEST_F(LimitsTest, SetRssIsAtOnce) {
    NEEDS_LIMIT("memory");
    const std::string pot = start(idle());
    EXPECT_EQ(shell("potctl set-rss -p " + pot + " -M 128M --pids 77").status, 0);
    EXPECT_EQ(read_back(pot, {"memory.limit_in_bytes", "memory.max"}), "134217728");
    EXPECT_EQ(read_back(pot, {"pids.max"}), "77");
    EXPECT_EQ(shell("potctl set-rss -p " + pot + " -M none").status, 0);
    EXPECT_THAT(read_back(pot, {"memory.limit_in_bytes", "memory.max"}), AnyOf("9223372036854771712", "max"));
}

class LimitsOfDevicesTest : public OwnPotdTest {};

TEST_F(LimitsOfDevicesTest, AWeightStandsInTheKernelWhereASchedulerHasThem) {
    if (IsSkipped()) return;
    const WeighedDevice device;
    if (!device.has_weights()) GTEST_SKIP() << "no loop device can have the scheduler bfq";
    start_potd();
    api().create({{"name", "a"},
                  {"base", "host"},
                  {"command", sh("exec sleep 1000")},
                  {"limits", {{"io_weight", 100}}}});
    api().start("a");
    const fs::path weight = file_of(run_of(api().inspect("a")), {"blkio.bfq.weight", "io.bfq.weight"});
    if (weight.empty()) GTEST_SKIP() << "no control group has weights of bfq";
    const auto set = [&](const Json& value) {
        return api().request("PATCH", "/v1/pots/a", {{"limits", {{"io_weight", value}}}}).status;
    };
    EXPECT_THAT(trimmed_text(weight), AnyOf("100", "default 100"));
    EXPECT_EQ(set(10'000), 200);
    EXPECT_THAT(trimmed_text(weight), AnyOf("1000", "default 1000"));
    EXPECT_EQ(set(nullptr), 200);
    EXPECT_THAT(trimmed_text(weight), AnyOf("100", "default 100"));
}

class LimitsRecoveryTest : public OwnPotdTest {};

TEST_F(LimitsRecoveryTest, AfterAKillTheRecordCounts) {
    if (IsSkipped()) return;
    start_potd();
    api().create(
        {{"name", "a"}, {"base", "host"}, {"command", sh("exec sleep 1000")}, {"limits", {{"pids", 50}}}});
    api().start("a");
    const fs::path pids = file_of(run_of(api().inspect("a")), {"pids.max"});
    if (pids.empty()) GTEST_SKIP() << "the kernel offers no pids control group";
    potd.kill9();
    std::ofstream(pids) << "60";  // as if it had died between the kernel and the record
    potd.restart();
    EXPECT_EQ(trimmed_text(pids), "50");
}

}  // namespace
}  // namespace potd::test
