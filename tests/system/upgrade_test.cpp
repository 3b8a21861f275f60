// A new potd over what an older one left: its database, its running pots, monitors of the protocol before.
// The older one is the present potd with a potmon of the version before (tests/previous); its database is
// then made one of the schema of that time (old_state.hpp).
#include "core/monitor_link/frame.hpp"
#include "daemon/platform/posix/unix_socket.hpp"
#include "tests/support/binaries.hpp"
#include "tests/system/fixture.hpp"
#include "tests/system/old_state.hpp"
#include "tests/system/truth.hpp"

#include <csignal>
#include <filesystem>
#include <map>
#include <span>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Programs as a package puts them, to be replaced while they run.
class Installed {
  public:
    void install(const std::string& potd, const std::string& potmon) const {
        put(potd, program());
        put(potmon, folder_ / "libexec" / "potd" / "potmon");
    }
    [[nodiscard]] std::string program() const { return folder_ / "sbin" / "potd"; }

  private:
    /// As dpkg does it: a new file under the old name; who runs the old one goes on with it.
    static void put(const std::string& from, const fs::path& to) {
        fs::create_directories(to.parent_path());
        const fs::path fresh = to.string() + ".new";
        fs::copy_file(binary(from), fresh, fs::copy_options::overwrite_existing);
        fs::rename(fresh, to);
    }
    TempDir place_{"potd-" + test_token()};
    fs::path folder_ = place_.path();
};

class UpgradeTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        installed.install("potd", "potmon_previous");
        run_installed();
        api().install_base({{"name", "host"}, {"host", true}});
    }
    void run_installed() {
        potd.launch_as(installed.program());
        ASSERT_TRUE(potd.wait_ready()) << potd.log();
    }
    /// The present programs in place of the older ones, and the present potd over what is there.
    void upgrade(int schema) {
        if (schema < present_schema()) age_database(database(), schema);
        installed.install("potd", "potmon");
        run_installed();
    }
    [[nodiscard]] fs::path database() const { return potd.state_dir() / "potd.db"; }

    pid_t start(const std::string& name, const std::string& script, const Json& more = Json::object()) {
        Json spec = {{"name", name}, {"base", "host"}, {"command", sh(script)}};
        spec.update(more);
        api().create(spec);
        return api().start(name)["run"]["pid"];
    }
    static void tell(pid_t main, const char* file) {
        write_file("/proc/" + std::to_string(main) + "/root/" + file, "");
    }
    bool logs_become(const std::string& name, const std::string& text) {
        return wait_until([&] { return api().logs(name) == text; });
    }
    [[nodiscard]] std::string monitor_of(const std::string& name) const {
        return potd.run_dir() / "pots" / (api().inspect(name)["id"].get<std::string>() + ".1.sock");
    }

    Installed installed;
    HookDiary diary;
};

/// What a monitor speaks, asked as potd asks and while there is none: it serves one only.
std::uint16_t version_spoken_at(const std::string& socket) {
    auto link = platform::connect_messages(socket);
    EXPECT_TRUE(link.ok()) << socket;
    std::vector<std::byte> room(core::monitor_link::max_frame_size);
    core::monitor_link::FrameView hello;
    EXPECT_TRUE(link && wait_until([&] {
                    const auto message = platform::receive_message(link->get(), room);
                    return message && !message->none &&
                           core::monitor_link::parse_frame(std::span(room).first(message->size), hello);
                }))
        << socket;
    return hello.version;
}

/// What is in potd's directories, but for who holds the lock.
std::map<std::string, std::string> content_of(const PotdProcess& potd) {
    std::map<std::string, std::string> all;
    for (const fs::path& place : {potd.state_dir(), potd.run_dir()}) {
        for (const auto& entry : fs::recursive_directory_iterator(place)) {
            const bool read = entry.is_regular_file() && entry.path().filename() != "lock";
            all[entry.path()] = read ? read_file(entry.path()) : "";
        }
    }
    return all;
}

const std::string in_steps =
    "trap 'exit 6' TERM; echo one; until [ -e /two ]; do sleep 0.01; done; echo two;"
    " until [ -e /three ]; do sleep 0.01; done; echo three; while :; do sleep 0.01; done";
const std::string until_go = "until [ -e /go ]; do sleep 0.01; done; ";

/// Over every schema there has been.
class UpgradeOfSchemaTest : public UpgradeTest, public ::testing::WithParamInterface<int> {
  protected:
    static constexpr int first_with_hooks = 3;
    /// Hooks of the pot that its potd knew of.
    [[nodiscard]] Json hooks() const {
        return GetParam() < first_with_hooks ? Json::object() : Json{{"hooks", diary.hooks()}};
    }
};

TEST_P(UpgradeOfSchemaTest, ARunningPotIsAdoptedAndLivesOn) {
    const pid_t main = start("web", in_steps, hooks());
    const Process before = process(main);
    ASSERT_TRUE(logs_become("web", "one\n"));
    potd.kill9();
    tell(main, "two");
    upgrade(GetParam());

    const Json pot = api().inspect("web");
    EXPECT_EQ(pot["state"], "running") << pot;
    EXPECT_EQ(pot["run"]["pid"], main);
    EXPECT_EQ(pot["run"]["number"], 1);
    EXPECT_EQ(process(main).start_time, before.start_time);
    tell(main, "three");
    EXPECT_TRUE(logs_become("web", "one\ntwo\nthree\n")) << api().logs("web");
    const Json result = api().exec("web", {"sh", "-c", "echo out; cat; exit 9"}, {{"stdin", "in"}});
    EXPECT_EQ(result["exit_code"], 9) << result;
    EXPECT_EQ(result["stdout"], "out\nin") << result;

    if (GetParam() < first_with_hooks)
        api().expect(200, "PATCH", "/v1/pots/web", {{"hooks", {{"poststop", Json::array({diary.hook()})}}}});
    api().stop("web");
    const Json end = api().wait("web");
    EXPECT_EQ(end["exit_code"], 6) << end;
    EXPECT_EQ(end["reason"], "stopped") << end;
    Problems problems;
    auto diaries = diary.read();
    EXPECT_EQ(diaries.size(), 1U) << "the hooks of one run";
    for (const auto& [key, entries] : diaries) {
        check_hooks(key.first, key.second, entries, false, problems);
        check_hook_records(key.first, end, entries, problems);
        EXPECT_EQ(entries.count("poststop"), 1U);
    }
    EXPECT_THAT(problems, ::testing::IsEmpty());
    api().start("web");
    EXPECT_EQ(api().inspect("web")["run"]["number"], 2);
}

TEST_P(UpgradeOfSchemaTest, WhatEndedMeanwhileHasItsTrueEnd) {
    const pid_t main = start("job", until_go + "seq 20000; exit 5", hooks());
    const pid_t killed = start("killed", "exec sleep 1000");
    potd.kill9();
    tell(main, "go");
    ::kill(killed, SIGKILL);
    for (const pid_t pid : {main, killed}) ASSERT_TRUE(wait_for_exit(pid, milliseconds(60'000)));
    upgrade(GetParam());
    const Json end = api().wait("job");
    EXPECT_EQ(end["exit_code"], 5) << end;
    EXPECT_EQ(end["lost"], false) << end;
    EXPECT_TRUE(api().logs("job") == run_program({"seq", "20000"}).out);
    EXPECT_EQ(api().wait("killed")["signal"], SIGKILL);
}

TEST_P(UpgradeOfSchemaTest, PausedAndStoppedPotsAreWhatTheyWere) {
    start("paused", "trap 'exit 3' TERM; while :; do sleep 0.01; done");
    ASSERT_EQ(api().act("paused", "pause").status, 200);
    start("stopped", "exec sleep 1000");
    api().stop("stopped", {{"timeout", "50ms"}});
    PotApi old = api();
    const std::size_t events = all_events(old).size();
    potd.kill9();
    upgrade(GetParam());
    EXPECT_EQ(api().inspect("paused")["state"], "paused");
    EXPECT_EQ(api().inspect("stopped")["state"], "stopped");
    EXPECT_EQ(api().act("paused", "resume").status, 200);
    api().stop("paused");
    EXPECT_EQ(api().wait("paused")["exit_code"], 3);
    Problems problems;
    PotApi now = api();
    const std::vector<Json> all = all_events(now);
    EXPECT_GE(all.size(), events) << "the history goes on";
    check_events(all, problems);
    for (const char* name : {"paused", "stopped"})
        check_runs(now.inspect(name), now.runs(name), all, problems);
    EXPECT_THAT(problems, ::testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Version, UpgradeOfSchemaTest, ::testing::Range(1, present_schema() + 1));

/// With the database of the present: a new potd on a machine whose pots are older than it.
class OldMonitorTest : public UpgradeTest {
  protected:
    /// A pot whose monitor is of the version before, under the present potd.
    pid_t adopted(const std::string& script, const Json& more = Json::object()) {
        const pid_t main = start("web", script, more);
        potd.kill9();
        upgrade(present_schema());
        EXPECT_EQ(api().inspect("web")["run"]["pid"], main);
        return main;
    }
};

TEST_F(OldMonitorTest, SpeaksTheVersionBefore) {
    const pid_t main = adopted("exec sleep 1000");
    const std::string socket = monitor_of("web");
    potd.kill9();
    EXPECT_EQ(version_spoken_at(socket), core::monitor_link::protocol_version - 1);
    run_installed();
    EXPECT_EQ(api().inspect("web")["run"]["pid"], main);
}

TEST_F(OldMonitorTest, TakesSignalsAndTheKill) {
    adopted("trap 'echo got' USR1; echo up; while :; do sleep 0.01; done");
    ASSERT_TRUE(logs_become("web", "up\n"));
    EXPECT_EQ(api().act("web", "kill", {{"signal", "USR1"}}).status, 200);
    EXPECT_TRUE(logs_become("web", "up\ngot\n")) << api().logs("web");
    EXPECT_EQ(api().act("web", "kill").status, 200);
    const Json end = api().wait("web");
    EXPECT_EQ(end["signal"], SIGKILL) << end;
    EXPECT_EQ(end["lost"], false) << end;
}

TEST_F(OldMonitorTest, HasItsConsole) {
    adopted("cat; exit 4", {{"open_stdin", true}});
    ProgramOptions options;
    options.input = "one\ntwo\n";
    const Outcome attached = potd.potctl({"attach", "--eof", "web"}, options);
    EXPECT_EQ(attached.status, 4) << attached.describe();
    EXPECT_EQ(attached.out, "one\ntwo\n");
    EXPECT_EQ(api().wait("web")["exit_code"], 4);
}

/// It does not know how to wait for a client that asks for it, as documented (docs/architecture.md): the
/// command is not held up by one that takes nothing, and the log is whole.
TEST_F(OldMonitorTest, WaitsForNoClient) {
    const pid_t main = adopted(until_go + "head -c 5000000 /dev/zero | tr '\\0' x; exit 4");
    HttpConnection reader(potd.socket());
    const Headers upgrade{{"Connection", "Upgrade"},
                          {"Upgrade", "websocket"},
                          {"Sec-WebSocket-Version", "13"},
                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
    ASSERT_EQ(reader.open("GET", "/v1/pots/web/attach?lossless=true", {}, upgrade).status, 101);
    tell(main, "go");
    ASSERT_TRUE(wait_for_exit(main, milliseconds(60'000)));
    EXPECT_EQ(api().wait("web")["exit_code"], 4);
    EXPECT_EQ(api().logs("web").size(), 5'000'000U);
}

TEST_F(OldMonitorTest, AnExecThatIsUnderWayEndsByItself) {
    adopted("exec sleep 1000");
    api().exec("web", {"sh", "-c", "(until [ -e /go ]; do sleep 0.01; done; echo done > /done) &"});
    potd.restart();
    const pid_t main = api().inspect("web")["run"]["pid"];
    tell(main, "go");
    EXPECT_TRUE(
        wait_until([&] { return read_file("/proc/" + std::to_string(main) + "/root/done") == "done\n"; }));
}

/// As a service manager does it: TERM, new programs, start; with no moment at which a pot does not run.
TEST_F(UpgradeTest, AnEndInOrderIsAsGoodAsAKill) {
    const pid_t main = start("web", in_steps, {{"hooks", diary.hooks()}});
    EXPECT_EQ(potd.terminate(), 0);
    tell(main, "two");
    upgrade(present_schema() - 1);
    EXPECT_EQ(api().inspect("web")["run"]["pid"], main);
    EXPECT_TRUE(logs_become("web", "one\ntwo\n")) << api().logs("web");
}

/// Programs are replaced while potd and its pots run: the old potd goes on with what it was started with.
TEST_F(UpgradeTest, ProgramsReplacedUnderARunningPotd) {
    const pid_t main = start("web", in_steps);
    installed.install("potd", "potmon");
    const pid_t second = start("second", in_steps);
    const std::string socket = monitor_of("second");
    potd.kill9();
    EXPECT_EQ(version_spoken_at(socket), core::monitor_link::protocol_version - 1);
    run_installed();
    EXPECT_EQ(api().inspect("web")["run"]["pid"], main);
    EXPECT_EQ(api().inspect("second")["run"]["pid"], second);
}

TEST_F(UpgradeTest, TheWayBackIsRefusedAndChangesNothing) {
    const pid_t main = start("web", in_steps);
    potd.kill9();
    set_schema(database(), present_schema() + 1);
    const auto before = content_of(potd);
    Argv words = potd.arguments();
    words.front() = installed.program();
    const Outcome refused = run_program(words);
    EXPECT_EQ(refused.status, 1) << refused.describe();
    EXPECT_THAT(refused.out + refused.err,
                HasSubstr("database schema " + std::to_string(present_schema() + 1) +
                          " is newer than this potd knows (" + std::to_string(present_schema()) +
                          "); use the newer potd"));
    EXPECT_EQ(content_of(potd), before);
    // The pot has noticed nothing, and the newer potd (this one again, the number taken back) has it.
    tell(main, "two");
    set_schema(database(), present_schema());
    run_installed();
    EXPECT_EQ(api().inspect("web")["run"]["pid"], main);
    EXPECT_TRUE(logs_become("web", "one\ntwo\n")) << api().logs("web");
}

}  // namespace
}  // namespace potd::test
