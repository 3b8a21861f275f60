// `potctl run` in the foreground, driven from outside: every byte, the end of input, and what becomes of
// the pot when potctl, its reader or potd goes away.
#include "tests/support/binaries.hpp"
#include "tests/support/terminal.hpp"
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

/// potctl in the background, its streams in files.
class Background {
  public:
    Background(const PotdProcess& potd, Argv words) {
        Argv argv{binary("potctl"), "--url", "unix://" + potd.socket()};
        argv.insert(argv.end(), words.begin(), words.end());
        const auto open = [](const std::string& path, int flags) {
            return platform::UniqueFd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
        };
        std::array<int, 2> pipe{-1, -1};
        EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
        const platform::UniqueFd in(pipe[0]);
        input_.reset(pipe[1]);
        const auto out = open(directory_ / "out", O_CREAT | O_WRONLY | O_APPEND);
        const auto err = open(directory_ / "err", O_CREAT | O_WRONLY | O_APPEND);
        pid_ = spawn(argv, {}, {in.get(), out.get(), err.get()});
    }
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    ~Background() {
        if (pid_ == 0) return;
        ::kill(pid_, SIGKILL);
        wait();
    }
    void signal(int number) const { ASSERT_EQ(::kill(pid_, number), 0); }
    void type(std::string_view text) const {
        ASSERT_EQ(::write(input_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void end_input() { input_.reset(); }
    /// As a shell sees it.
    int wait() {
        int status = 0;
        ::waitpid(std::exchange(pid_, 0), &status, 0);
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    [[nodiscard]] std::string out() const { return read_file(directory_ / "out"); }
    [[nodiscard]] std::string err() const { return read_file(directory_ / "err"); }
    [[nodiscard]] bool shows(std::string_view text) const {
        return wait_until([&] { return out().find(text) != std::string::npos; });
    }

  private:
    TempDir directory_{"potd-foreground"};
    platform::UniqueFd input_;
    pid_t pid_ = 0;
};

class ForegroundTest : public SystemTest {
  protected:
    std::size_t pots() { return api.request("GET", "/v1/pots?limit=1000").json()["items"].size(); }
    bool gone(const std::string& name) {
        return wait_until([&] { return api.request("GET", "/v1/pots/" + name).status == 404; });
    }
    static Argv run_words(const std::string& name, const Argv& options, const std::string& script) {
        Argv words{"run", "--rm", "-p", name, "-b", "host"};
        words.insert(words.end(), options.begin(), options.end());
        words.insert(words.end(), {"--", "sh", "-c", script});
        return words;
    }
};

TEST_F(ForegroundTest, TheEndOfOurInputIsTheEndOfTheCommands) {
    ProgramOptions options;
    options.input = "hi\n";
    const Outcome run = potd().potctl({"run", "-i", "--rm", "-b", "host", "--", "cat"}, options);
    EXPECT_FALSE(run.timed_out);
    EXPECT_EQ(run.status, 0) << run.describe();
    EXPECT_EQ(run.out, "hi\n");
}

TEST_F(ForegroundTest, MuchInputComesBackWhole) {
    ProgramOptions options;
    for (int i = 0; options.input.size() < 8'000'000; ++i) options.input += std::to_string(i * 7919) + "\xff";
    const Outcome run = potd().potctl({"run", "-i", "--rm", "-b", "host", "--", "cat"}, options);
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_TRUE(run.out == options.input) << run.out.size() << " of " << options.input.size();
}

TEST_F(ForegroundTest, WithInputNothingOfTheBeginningIsLost) {
    for (int i = 0; i < 10; ++i) {
        const Outcome run =
            potd().potctl({"run", "-i", "--rm", "-b", "host", "--", "sh", "-c", "seq 500; cat; exit 4"});
        EXPECT_EQ(run.status, 4) << run.describe();
        EXPECT_EQ(run.out, run_program({"seq", "500"}).out);
    }
}

TEST_F(ForegroundTest, BytesThatAreNoTextArriveAsTheyAre) {
    const Outcome run = potd().potctl({"run", "--rm", "-b", "host", "--", "sh", "-c",
                                       "printf '\\377\\0\\r\\nno newline\\303'; printf '\\200' >&2"});
    EXPECT_EQ(run.out, std::string("\377\0\r\nno newline\303", 15));
    EXPECT_EQ(run.err, "\200");
}

/// 200 MB on both streams at once, through readers slower than the log turns over. The command says at the
/// end of each what it has written.
TEST_F(ForegroundTest, RandomBytesArriveWholeThroughASlowReader) {
    TempDir directory("potd-foreground");
    std::ofstream(directory / "spec.yaml") << "base: host\nlog: {max_size: 64K, max_files: 2}\n";
    const std::string half = "100000000";
    std::ofstream(directory / "script") << "head -c " << half << " /dev/urandom >/tmp/a\n"
                                        << "head -c " << half << " /dev/urandom >/tmp/b\n"
                                        << "(cat /tmp/a; sha256sum </tmp/a | head -c 64) &\n"
                                        << "(cat /tmp/b; sha256sum </tmp/b | head -c 64) >&2 &\nwait\n";
    // FreeBSD's head reads its input by whole buffers: what it is to leave to cat begins at the end of one.
    std::ofstream(directory / "reader") << "#!/bin/sh\n"
                                        << "sleep 1; head -c 3145728; sleep 1; exec cat\n";
    std::ofstream(directory / "all")
        << "mkfifo err\nsh reader <err >err.all &\n"
        << "{ potctl run --rm --file spec.yaml -- sh -c \"$(cat script)\" 2>err; "
        << "echo status $? >status; } | sh reader >out.all\nwait; cat status\n"
        << "for f in out.all err.all; do head -c " << half
        << " $f | sha256sum | head -c 64; echo; tail -c 64 $f; echo; done\n";
    const Outcome run = shell("cd " + directory.path().string() + " && sh all");
    std::istringstream lines(run.out);
    std::string status, out, out_said, err, err_said;
    std::getline(lines, status);
    lines >> out >> out_said >> err >> err_said;
    EXPECT_EQ(status, "status 0") << run.describe();
    EXPECT_EQ(out, out_said);
    EXPECT_EQ(err, err_said);
}

TEST_F(ForegroundTest, AStoppedPotctlStopsTheCommandAndNothingElse) {
    const std::string name = fresh_name();
    Background run(potd(), run_words(name, {}, "echo up; seq 3000000; echo end >&2"));
    ASSERT_TRUE(run.shows("1\n2\n"));
    run.signal(SIGSTOP);
    // The daemon goes on serving it.
    EXPECT_EQ(api.exec(name, {"echo", "hello"})["stdout"], "hello\n");
    run.signal(SIGCONT);
    EXPECT_EQ(run.wait(), 0);
    EXPECT_EQ(run.out(), "up\n" + run_program({"seq", "3000000"}).out);
    EXPECT_EQ(run.err(), "end\n");
}

TEST_F(ForegroundTest, AReaderThatLeavesIsABrokenPipeForTheCommand) {
    const Outcome outcome = shell("{ potctl run --rm -b host -- yes; echo $? >&2; } | head -n 2");
    EXPECT_EQ(outcome.out, "y\ny\n") << outcome.describe();
    EXPECT_EQ(outcome.err, "141\n");
}

TEST_F(ForegroundTest, ACommandThatIsNotThereIs127AndOneThatCannotBeRunIs126) {
    const std::size_t before = pots();
    const auto expect = [&](const std::string& command, int status) {
        const Outcome run = potd().potctl({"run", "--rm", "-b", "host", "--", command});
        EXPECT_EQ(run.status, status) << run.describe();
        EXPECT_THAT(run.err, HasSubstr(command));
        EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
        EXPECT_EQ(run.out, "");
    };
    expect("/no/such/program", 127);
    expect("no-such-program", 127);
    expect("/etc/passwd", 126);
    expect("/etc", 126);
    EXPECT_EQ(pots(), before);
}

TEST_F(ForegroundTest, TheNameIsFreeWhenPotctlReturns) {
    const std::string name = fresh_name();
    for (int i = 0; i < 5; ++i) {
        const Outcome run = potd().potctl(run_words(name, {}, "exit 3"));
        ASSERT_EQ(run.status, 3) << run.describe();
    }
    EXPECT_EQ(api.request("GET", "/v1/pots/" + name).status, 404);
}

TEST_F(ForegroundTest, WithoutRmThePotStays) {
    const std::string name = fresh_name();
    const Outcome run = potd().potctl({"run", "-p", name, "-b", "host", "--", "sh", "-c", "echo hi; exit 2"});
    EXPECT_EQ(run.status, 2) << run.describe();
    EXPECT_EQ(api.inspect(name)["state"], "stopped");
    EXPECT_EQ(api.logs(name), "hi\n");
    EXPECT_EQ(api.request("DELETE", "/v1/pots/" + name).status, 204);
}

TEST_F(ForegroundTest, AKilledPotctlLeavesAPotThatIsRemovedAtItsEnd) {
    const std::string name = fresh_name();
    {
        Background run(potd(), run_words(name, {}, "echo up; yes"));
        ASSERT_TRUE(run.shows("y\n"));
        run.signal(SIGKILL);
        run.wait();
    }
    EXPECT_EQ(api.inspect(name)["state"], "running");
    EXPECT_TRUE(api.request("POST", "/v1/pots/" + name + "/stop").status < 300);
    EXPECT_TRUE(gone(name));
}

TEST_F(ForegroundTest, TheInputOfAKilledPotctlEnds) {
    const std::string name = fresh_name();
    {
        Background run(potd(), run_words(name, {"-i"}, "echo up; cat"));
        ASSERT_TRUE(run.shows("up\n"));
        run.signal(SIGKILL);
        run.wait();
    }
    EXPECT_TRUE(gone(name));
}

TEST_F(ForegroundTest, SignalsReachACommandThatDoesNotReadItsInput) {
    const std::string name = fresh_name();
    Background run(potd(),
                   run_words(name, {"-i"}, "trap 'exit 9' INT; echo up; while :; do sleep 0.02; done"));
    ASSERT_TRUE(run.shows("up\n"));
    run.type(std::string(60'000, 'x'));
    run.signal(SIGINT);
    EXPECT_EQ(run.wait(), 9);
    EXPECT_TRUE(gone(name));
}

TEST_F(ForegroundTest, ASignalEndsTheCommandAndThePot) {
    const std::string name = fresh_name();
    Background run(potd(), run_words(name, {}, "echo up; sleep 1000"));
    ASSERT_TRUE(run.shows("up\n"));
    run.signal(SIGTERM);
    EXPECT_EQ(run.wait(), 128 + SIGTERM);
    EXPECT_TRUE(gone(name));
}

TEST_F(ForegroundTest, InputOfADetachedPotStaysUntilItIsEnded) {
    const std::string name = fresh_name();
    ASSERT_EQ(potd().potctl({"run", "-d", "-i", "-p", name, "-b", "host", "--", "cat"}).status, 0);
    Background first(potd(), {"attach", name});
    first.type("one\n");
    ASSERT_TRUE(first.shows("one\n"));
    first.end_input();
    Background second(potd(), {"attach", "--eof", name});
    second.type("two\n");
    ASSERT_TRUE(second.shows("two\n"));
    ASSERT_TRUE(first.shows("two\n"));
    EXPECT_EQ(api.inspect(name)["state"], "running");
    second.end_input();
    EXPECT_EQ(second.wait(), 0);
    EXPECT_EQ(first.wait(), 0);
    EXPECT_EQ(api.wait(name)["exit_code"], 0);
    EXPECT_EQ(api.request("DELETE", "/v1/pots/" + name).status, 204);
}

class ForegroundTerminalTest : public ForegroundTest {
  protected:
    Argv words(const std::string& name, const std::string& script) {
        Argv all{binary("potctl"), "--url", "unix://" + potd().socket()};
        const Argv rest = run_words(name, {"-i", "-t"}, script);
        all.insert(all.end(), rest.begin(), rest.end());
        return all;
    }
};

TEST_F(ForegroundTerminalTest, HasATerminalFromTheFirstByteOn) {
    Terminal terminal(words(fresh_name(), "tty; read line; echo \"got $line\"; exit 5"), {});
    ASSERT_TRUE(terminal.expect("/dev/pts/")) << terminal.screen();
    terminal.type("something\n");
    ASSERT_TRUE(terminal.expect("got something")) << terminal.screen();
    EXPECT_EQ(terminal.wait(), 5) << terminal.screen();
}

TEST_F(ForegroundTerminalTest, TheEndKeyEndsTheInput) {
    Terminal terminal(words(fresh_name(), "echo rea''dy; cat; exit 6"), {});
    ASSERT_TRUE(terminal.expect("ready")) << terminal.screen();
    terminal.type("\x04");
    EXPECT_EQ(terminal.wait(), 6) << terminal.screen();
}

TEST_F(ForegroundTerminalTest, TheEndOfAFileIsTheEndKey) {
    ProgramOptions options;
    options.input = "hi";
    const Outcome run =
        potd().potctl({"run", "-i", "-t", "--rm", "-b", "host", "--", "sh", "-c", "cat; exit 3"}, options);
    EXPECT_FALSE(run.timed_out);
    EXPECT_EQ(run.status, 3) << run.describe();
    EXPECT_THAT(run.out, HasSubstr("hi"));
}

class ForegroundRestartTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    static Argv words(const std::string& script) {
        return {"run", "-i", "--rm", "-p", "job", "-b", "host", "--", "sh", "-c", script};
    }
};

TEST_F(ForegroundRestartTest, ARestartedPotdIsJoinedAgain) {
    Background run(potd, words("echo one; read line; echo \"$line\"; read line; echo \"$line\"; exit 7"));
    ASSERT_TRUE(run.shows("one\n"));
    potd.restart();
    ASSERT_TRUE(wait_until([&] { return run.err().find("joined") != std::string::npos; })) << run.err();
    run.type("two\n");
    ASSERT_TRUE(run.shows("two\n")) << run.err();
    EXPECT_EQ(potd.terminate(), 0);
    potd.start();
    run.type("three\n");
    EXPECT_EQ(run.wait(), 7) << run.err();
    EXPECT_THAT(run.err(), HasSubstr("potd went away"));
    EXPECT_EQ(potd.http("GET", "/v1/pots/job").status, 404);
}

TEST_F(ForegroundRestartTest, ThePotThatEndedMeanwhileTellsItsTrueStatus) {
    Background run(potd, words("echo $$; while [ ! -e /go ]; do sleep 0.01; done; exit 9"));
    ASSERT_TRUE(run.shows("\n"));
    const pid_t main = api().inspect("job")["run"]["pid"];
    potd.kill9();
    std::ofstream(root_of(main) + "/go") << "x";
    ASSERT_TRUE(wait_until([&] { return ::kill(main, 0) != 0; }));
    potd.start();
    EXPECT_EQ(run.wait(), 9) << run.err();
    EXPECT_EQ(potd.http("GET", "/v1/pots/job").status, 404);
}

TEST_F(ForegroundRestartTest, WhoDoesNotWantToWaitLeaves) {
    Background run(potd, words("echo up; read line"));
    ASSERT_TRUE(run.shows("up\n"));
    potd.kill9();
    ASSERT_TRUE(wait_until([&] { return run.err().find("potd went away") != std::string::npos; }));
    run.signal(SIGINT);
    EXPECT_EQ(run.wait(), 128 + SIGINT);
    potd.start();
    EXPECT_EQ(api().inspect("job")["state"], "running");
}

}  // namespace
}  // namespace potd::test
