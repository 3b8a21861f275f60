// A state directory on a disk that fills up or breaks: requests fail and say why, potd and what it supervises
// stay, and all is well when the disk is.
#include "tests/support/binaries.hpp"
#include "tests/support/host_probe.hpp"
#include "tests/system/fixture.hpp"
#include "tests/system/truth.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include <sqlite3.h>
#include <sys/mount.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A small ext4 in a file, mounted through a loop device.
class SmallDisk {
  public:
    /// The file is made in `place`.
    explicit SmallDisk(const fs::path& place) : image_(place / "disk"), mounted_at_(place / "mnt") {
        fs::create_directory(mounted_at_);
        write_file(image_, "");
        fs::resize_file(image_, 24U << 20U);
        const Outcome made = run_program({"mkfs.ext4", "-q", "-F", image_});
        if (made.status != 0) problem_ = made.describe();
    }
    ~SmallDisk() { unmount(); }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    /// Empty if it is mounted now, else why not.
    std::string mount() {
        if (!problem_.empty()) return problem_;
        const Outcome done = run_program({"mount", "-o", "loop,errors=remount-ro", image_, mounted_at_});
        return done.status == 0 ? "" : done.describe();
    }
    /// Also while something is open there: then it goes when that is closed.
    void unmount() const { ::umount2(mounted_at_.c_str(), MNT_DETACH); }
    [[nodiscard]] const fs::path& path() const { return mounted_at_; }
    [[nodiscard]] const fs::path& image() const { return image_; }

  private:
    fs::path image_;
    fs::path mounted_at_;
    std::string problem_;
};

/// Takes all the room that is left below a directory.
class Ballast {
  public:
    explicit Ballast(const fs::path& directory) : file_(directory / "ballast") {}
    ~Ballast() { drop(); }
    Ballast(const Ballast&) = delete;
    Ballast& operator=(const Ballast&) = delete;
    void take_all() const {
        for (const std::size_t size : {1U << 20U, 1U << 12U, 1U}) {
            std::ofstream out(file_, std::ios::app | std::ios::binary);
            const std::string block(size, 'x');
            while (out.write(block.data(), static_cast<std::streamsize>(size)).flush()) continue;
        }
    }
    /// Gives so many bytes back.
    void leave(std::uintmax_t bytes) const { fs::resize_file(file_, fs::file_size(file_) - bytes); }
    void drop() const {
        std::error_code ignored;
        fs::remove(file_, ignored);
    }

  private:
    fs::path file_;
};

const std::string until_gate = "until [ -e /signs/gate ]; do sleep 0.01; done; exit 7";

/// potd on such a disk; the parts are made in SetUp, where they can be skipped.
class StateDiskTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (const std::string reason = lacks_potd(); !reason.empty()) GTEST_SKIP() << reason;
        if (const std::string reason = lacks_program("mkfs.ext4"); !reason.empty()) GTEST_SKIP() << reason;
        disk_ = std::make_unique<SmallDisk>(dir_.path());
        if (const std::string reason = disk_->mount(); !reason.empty()) GTEST_SKIP() << reason;
        PotdOptions options;
        options.place = disk_->path();
        potd_ = std::make_unique<PotdProcess>(options);
        potd_->start();
        PotApi(potd_->socket()).install_base({{"name", "host"}, {"host", true}});
    }
    void TearDown() override {
        if (HasFailure() && potd_) std::cout << potd_->log().substr(0, 12'000);
        potd_.reset();
        disk_.reset();
    }

    [[nodiscard]] PotApi api() const { return PotApi(potd_->socket()); }
    void create(const std::string& name, const std::string& script) const {
        api().create({{"name", name},
                      {"base", "host"},
                      {"command", sh(script)},
                      {"mounts", Json::array({{{"dir", signs_.path().string()}, {"target", "/signs"}}})},
                      {"hooks", diary_.hooks()}});
    }
    /// Changes a pot until there is no room for one more change: the answer that says so.
    Response change_until_refused(const std::string& name) const {
        Response answer;
        const std::string filler(3000, 'x');
        for (int i = 0; i < 3000; ++i) {
            const Json labels{{"round", std::to_string(i)}, {"filler", filler}};
            answer = potd_->http("PATCH", "/v1/pots/" + name, {{"labels", labels}});
            if (answer.status != 200) break;
        }
        return answer;
    }
    void expect_problem(const Response& answer, int status, const std::string& cause) const {
        EXPECT_EQ(answer.status, status) << answer.describe();
        EXPECT_EQ(answer.headers.count("content-type") != 0 ? answer.header("content-type") : "",
                  "application/problem+json");
        EXPECT_THAT(answer.body, HasSubstr(cause));
    }
    [[nodiscard]] bool becomes(const std::string& name, const std::string& state) const {
        return wait_until([&] { return api().inspect(name)["state"] == state; }, milliseconds(30'000));
    }
    void expect_hooks_once(const std::string& name) const {
        Problems problems;
        auto diaries = diary_.read();
        PotApi client = api();
        const Json pot = client.inspect(name);
        const Json runs = client.runs(name);
        check_runs(pot, runs, all_events(client), problems);
        for (const Json& run : runs) {
            const auto& entries = diaries[{pot["id"], run["number"].get<int>()}];
            check_hooks(name, run["number"].get<int>(), entries, pot["state"] == "running", problems);
            check_hook_records(name, run, entries, problems);
            for (const auto& [stage, attempts] : entries) EXPECT_EQ(attempts.size(), 1U) << stage;
        }
        EXPECT_THAT(problems, ::testing::IsEmpty());
    }

    TempDir dir_{"potd-" + test_token()};
    TempDir signs_;
    HookDiary diary_;
    std::unique_ptr<SmallDisk> disk_;
    std::unique_ptr<PotdProcess> potd_;
};

class FullDiskTest : public StateDiskTest {};

TEST_F(FullDiskTest, RequestsFailSupervisionGoesOnAndRoomMakesItWhole) {
    create("web", until_gate);
    create("other", "exec sleep 1000");
    api().start("web");
    api().start("other");
    const pid_t potd_pid = potd_->pid();
    const Ballast ballast(disk_->path());
    ballast.take_all();

    expect_problem(change_until_refused("other"), 507, "no space left");
    const Response made =
        potd_->http("POST", "/v1/pots",
                    {{"name", "more"}, {"base", "host"}, {"labels", {{"a", std::string(3000, 'x')}}}});
    expect_problem(made, 507, "o space left");
    EXPECT_EQ(potd_->http("GET", "/v1/pots/more").status, 404);
    EXPECT_EQ(api().inspect("other")["state"], "running");

    write_file(signs_ / "gate", "");
    // It ends whether there is room to say so or not.
    ASSERT_TRUE(wait_until([&] {
        const Json pot = api().inspect("web");
        return pot["state"] != "running" || process(pot["run"]["pid"]).pid == 0;
    }));
    EXPECT_EQ(potd_->http("GET", "/v1/health").status, 200);

    ballast.drop();
    ASSERT_TRUE(becomes("web", "stopped")) << api().inspect("web");
    EXPECT_EQ(api().runs("web").back()["exit_code"], 7);
    expect_hooks_once("web");
    EXPECT_EQ(api().stop("other")["state"], "stopped");
    expect_hooks_once("other");
    create("more", "exec sleep 1000");
    EXPECT_EQ(api().start("more")["state"], "running");
    for (const char* name : {"more", "web", "other"}) api().destroy(name, true);
    EXPECT_EQ(potd_->pid(), potd_pid);
    EXPECT_FALSE(wait_for_exit(potd_pid, milliseconds(0))) << "potd died";
}

TEST_F(FullDiskTest, AStopIsRefusedAndThePotRunsOn) {
    create("web", "exec sleep 1000");
    api().start("web");
    const Ballast ballast(disk_->path());
    ballast.take_all();
    expect_problem(change_until_refused("web"), 507, "no space left");
    // Small records may still find their place in the log of the database; one must not in the end.
    const Response refused = potd_->http("POST", "/v1/pots/web/stop");
    if (refused.status != 200) {
        expect_problem(refused, 507, "no space left");
        EXPECT_EQ(api().inspect("web")["state"], "running");
        EXPECT_NE(process(api().inspect("web")["run"]["pid"]).pid, 0);
    }
    ballast.drop();
    EXPECT_EQ(api().stop("web")["state"], "stopped");
    expect_hooks_once("web");
}

TEST_F(FullDiskTest, APotThatFillsTheDiskCanBeStoppedAndDestroyed) {
    create("hog", "until [ -e /signs/gate ]; do sleep 0.01; done; while :; do cat /dev/zero >>/fill; done");
    create("small", "exec sleep 1000");
    api().start("hog");
    api().start("small");
    write_file(signs_ / "gate", "");
    const auto room = [&] { return fs::space(disk_->path()).available; };
    ASSERT_TRUE(wait_until([&] { return room() == 0; }, milliseconds(60'000)));
    const Response killed = potd_->http("POST", "/v1/pots/small/stop");
    EXPECT_EQ(killed.status, 200) << "whose fault it is not: " << killed.describe();
    const Response stopped = potd_->http("POST", "/v1/pots/hog/stop", {{"timeout", "0s"}});
    EXPECT_EQ(stopped.status, 200) << stopped.describe();
    EXPECT_EQ(room(), 0U);
    EXPECT_EQ(potd_->http("DELETE", "/v1/pots/hog").status, 204);
    EXPECT_TRUE(wait_until([&] { return room() > 0; }, milliseconds(60'000)));
    api().destroy("small", true);
}

/// What a boot is to start when the disk of the state has no room for it.
class BootOnFullDiskTest : public StateDiskTest {
  protected:
    /// The pot's row alone is larger than what is left of the disk.
    void create_large(const std::string& name) const {
        Json env;
        for (int i = 0; i < 6; ++i) env["FILLER" + std::to_string(i)] = std::string(100'000, 'x');
        api().create({{"name", name},
                      {"base", "host"},
                      {"command", sh("exec sleep 1000")},
                      {"boot", {{"start", true}}},
                      {"env", env}});
    }
    /// As after a boot of the machine: the last one that was seen through was another.
    void forget_boot() const {
        sqlite3* database = nullptr;
        const std::string file = potd_->state_dir() / "potd.db";
        ASSERT_EQ(sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, "UPDATE machine SET boot_id = 'another'", nullptr, nullptr, nullptr),
                  SQLITE_OK);
        EXPECT_EQ(sqlite3_changes(database), 1);
        sqlite3_close(database);
    }
    /// Room to open the database, and for small records.
    static constexpr std::uintmax_t left_over = 256U << 10U;
};

TEST_F(BootOnFullDiskTest, StartsAtBootSucceedOnceThereIsRoom) {
    create_large("web");
    EXPECT_EQ(potd_->terminate(), 0);
    forget_boot();
    const Ballast ballast(disk_->path());
    ballast.take_all();
    ballast.leave(left_over);

    potd_->start();
    ASSERT_TRUE(wait_until([&] { return potd_->log().find("start at boot of web: ") != std::string::npos; }));
    EXPECT_THAT(potd_->log(), HasSubstr("no space left"));
    EXPECT_EQ(api().inspect("web")["state"], "created");
    EXPECT_EQ(potd_->http("GET", "/v1/ready").status, 200);

    ballast.drop();
    ASSERT_TRUE(becomes("web", "running")) << api().inspect("web");
    const Json runs = api().runs("web");
    ASSERT_EQ(runs.size(), 1U) << runs;
    // Done for this boot: what is stopped now stays down when potd comes again.
    api().stop("web");
    potd_->restart();
    EXPECT_EQ(api().inspect("web")["state"], "stopped");
}

/// The kernel finds the file system broken and lets nobody write any more.
class BrokenDiskTest : public StateDiskTest {
  protected:
    void TearDown() override {
        if (broken_ && potd_) repair();
        StateDiskTest::TearDown();
    }
    [[nodiscard]] std::string break_disk() {
        const Outcome found = run_program({"losetup", "-n", "-O", "NAME", "-j", disk_->image()});
        const std::string device = fs::path(found.out.substr(0, found.out.find('\n'))).filename();
        const fs::path trigger = fs::path("/sys/fs/ext4") / device / "trigger_fs_error";
        if (device.empty() || !fs::exists(trigger)) return "this kernel breaks no file system on request";
        std::ofstream(trigger) << "a test\n";
        broken_ = true;
        return "";
    }
    /// As after a power cut: nothing of the pots or of potd is left, and the disk is mounted anew.
    void repair() {
        broken_ = false;
        for (const pid_t main : mains_) {
            const pid_t init = process(main).parent;
            for (const pid_t one : {process(init).parent, init}) {
                ::kill(one, SIGKILL);
                EXPECT_TRUE(wait_for_exit(one, milliseconds(10'000)));
            }
        }
        potd_->kill9();
        disk_->unmount();
        EXPECT_EQ(disk_->mount(), "");
        potd_->start();
    }
    std::vector<pid_t> mains_;
    bool broken_ = false;
};

TEST_F(BrokenDiskTest, RequestsFailPotdStaysAndTheRepairedDiskHoldsWhatWasSaid) {
    create("web", "exec sleep 1000");
    create("idle", "exec sleep 1000");
    mains_.push_back(api().start("web")["run"]["pid"]);
    // Its start is an observation, which the disk holds for certain with the next request.
    EXPECT_EQ(potd_->http("PATCH", "/v1/pots/idle", {{"labels", {{"a", "a"}}}}).status, 200);
    if (const std::string reason = break_disk(); !reason.empty()) GTEST_SKIP() << reason;

    const auto refused = [&](const std::string& method, const std::string& target, const Json& body) {
        const Response answer = potd_->http(method, target, body);
        EXPECT_EQ(answer.status / 100, 5) << answer.describe();
        EXPECT_EQ(answer.header("content-type"), "application/problem+json") << answer.describe();
        EXPECT_TRUE(answer.body.find("nput/output error") != std::string::npos ||
                    answer.body.find("ead-only file system") != std::string::npos)
            << answer.body;
    };
    refused("PATCH", "/v1/pots/idle", {{"labels", {{"a", "b"}}}});
    refused("POST", "/v1/pots", {{"name", "more"}, {"base", "host"}});
    refused("POST", "/v1/pots/idle/start", nullptr);
    refused("POST", "/v1/pots/web/stop", nullptr);
    EXPECT_EQ(api().inspect("web")["state"], "running");
    EXPECT_NE(process(mains_.front()).pid, 0);
    EXPECT_EQ(potd_->http("GET", "/v1/health").status, 200);
    EXPECT_FALSE(wait_for_exit(potd_->pid(), milliseconds(0))) << "potd died";

    repair();
    EXPECT_EQ(api().inspect("idle")["state"], "created");
    EXPECT_EQ(api().inspect("idle")["spec"]["labels"]["a"], "a");
    EXPECT_EQ(potd_->http("GET", "/v1/pots/more").status, 404);
    ASSERT_TRUE(becomes("web", "stopped")) << api().inspect("web");
    EXPECT_EQ(api().runs("web").back()["lost"], true);
    expect_hooks_once("web");
    EXPECT_EQ(api().start("web")["state"], "running");
}

}  // namespace
}  // namespace potd::test
