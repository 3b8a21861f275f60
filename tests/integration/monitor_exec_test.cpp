#include "tests/integration/monitor_fixture.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {

namespace {

using platform::UniqueFd;

struct Pipe {
    UniqueFd read_end, write_end;
    Pipe() {
        std::array<int, 2> ends{-1, -1};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
    }
};

/// Until the end of file, or of the terminal.
std::string read_all(int fd) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t size = ::read(fd, buffer.data(), buffer.size());
        if (size <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

class MonitorExecTest : public MonitorTest {
  protected:
    void start_idle() {
        start(plan({"sleep", "1000"}));
        expect_started();
    }
    void end() {
        link_.send(link::Kill{});
        expect_exited();
        take();
    }
    void send_exec(const link::ExecOrder& order, const std::vector<int>& fds) {
        const auto bytes = link::encode_exec(order);
        ASSERT_TRUE(bytes.ok());
        link_.send_bytes(*bytes, fds);
    }
    /// Runs it with an empty input; its standard output.
    std::string exec_output(const link::ExecOrder& order, int& status) {
        Pipe out;
        const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        send_exec(order, {null.get(), out.write_end.get(), out.write_end.get()});
        out.write_end.reset();
        const auto started = link_.next(link::FrameType::ExecStarted);
        EXPECT_TRUE(started.has_value());
        const std::string text = read_all(out.read_end.get());
        const auto exited = link_.next(link::FrameType::ExecExited);
        EXPECT_TRUE(exited.has_value());
        if (exited) {
            EXPECT_EQ(exited->as<link::ExecExited>().id, order.id);
            status = exited->as<link::ExecExited>().status;
        }
        return text;
    }
    /// Many at once, until all have begun, or one was given up: whether one was.
    bool exec_until_given_up() {
        const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
        constexpr std::uint32_t many = 100;
        // It takes a while from the birth of a command until it is found.
        std::string many_places;
        for (int i = 0; i < 200; ++i) many_places += "/none/of/them:";
        many_places += "/bin";
        for (std::uint32_t id = 1; id <= many; ++id) {
            link::ExecOrder one = order({"true"});
            one.id = id;
            one.env.push_back("PATH=" + many_places);
            send_exec(one, {null.get(), null.get(), null.get()});
        }
        for (std::uint32_t begun = 0; begun < many;) {
            const auto frame = link_.next();
            EXPECT_TRUE(frame.has_value()) << "one that is stopped is told of, too";
            if (!frame) break;
            if (frame->view.type == link::FrameType::ExecFailed) {
                const link::Failure failure = frame->as<link::ExecFailed>().failure;
                EXPECT_EQ(failure.error_number, ETIMEDOUT);
                EXPECT_TRUE(failure.text.ends_with(": timed out")) << failure.text;
                return true;
            }
            if (frame->view.type == link::FrameType::ExecStarted) ++begun;
        }
        return false;
    }
    /// Children of potmon that are its program still: the pot's init, helpers, and commands on their way.
    [[nodiscard]] std::ptrdiff_t not_begun() const {
        const auto program_of = [](const std::string& pid) {
            std::error_code gone;
            return std::filesystem::read_symlink("/proc/" + pid + "/exe", gone).string();
        };
        const std::string monitor = std::to_string(monitor_.identity().pid);
        std::istringstream children(read_file("/proc/" + monitor + "/task/" + monitor + "/children"));
        return std::count_if(std::istream_iterator<std::string>(children), {}, [&](const std::string& child) {
            return program_of(child) == program_of(monitor);
        });
    }
    static link::ExecOrder order(std::vector<std::string> argv) {
        link::ExecOrder result;
        result.id = 5;
        result.argv = std::move(argv);
        return result;
    }
};

TEST_F(MonitorExecTest, RunsInThePotWithItsStatus) {
    start_idle();
    int status = -1;
    const std::string text = exec_output(order({"sh", "-c", "hostname; pwd; exit 11"}), status);
    EXPECT_EQ(text, "testpot\n/\n");
    EXPECT_EQ(WEXITSTATUS(status), 11);
    end();
}

TEST_F(MonitorExecTest, TakesUserWorkdirAndEnvironment) {
    start_idle();
    int status = -1;
    link::ExecOrder request = order({"sh", "-c", "id; pwd; echo $LANG $EXTRA $HOME"});
    request.user = "web";
    request.workdir = "/tmp";
    request.env = {"EXTRA=more", "LANG=de"};
    const std::string text = exec_output(request, status);
    EXPECT_EQ(text, "uid=1000(web) gid=1001(web) groups=1002(extra)\n/tmp\nde more /srv/web\n");
    end();
}

TEST_F(MonitorExecTest, SeesNothingOfTheHost) {
    start_idle();
    int status = -1;
    const std::string text = exec_output(order({"sh", "-c",
                                                "ls /proc/self/fd; env; grep Cap /proc/self/status; "
                                                "cat /proc/self/cgroup | grep -c potd"}),
                                         status);
    EXPECT_EQ(text.substr(0, 8), "0\n1\n2\n3\n");
    EXPECT_EQ(text.find("CapEff:\t00000000a80425fb") == std::string::npos, false) << text;
    EXPECT_NE(text.find("CapBnd:\t00000000a80425fb"), std::string::npos);
    EXPECT_EQ(text.substr(text.size() - 2), "0\n");
    end();
}

TEST_F(MonitorExecTest, GivesATerminalOfThePot) {
    start_idle();
    link::ExecOrder request = order({"sh", "-c", "tty; stty size; read line; echo got $line; exit 4"});
    request.terminal = true;
    request.rows = 33;
    request.columns = 120;
    send_exec(request, {});
    auto started = link_.next(link::FrameType::ExecStarted);
    ASSERT_TRUE(started && started->fds.size() == 1);
    ASSERT_EQ(::write(started->fds[0].get(), "word\n", 5), 5);
    const std::string text = read_all(started->fds[0].get());
    EXPECT_NE(text.find("/dev/pts/0"), std::string::npos) << text;
    EXPECT_NE(text.find("33 120"), std::string::npos) << text;
    EXPECT_NE(text.find("got word"), std::string::npos) << text;
    const auto exited = link_.next(link::FrameType::ExecExited);
    ASSERT_TRUE(exited.has_value());
    EXPECT_EQ(WEXITSTATUS(exited->as<link::ExecExited>().status), 4);
    end();
}

TEST_F(MonitorExecTest, ACommandThatIsMissingIsAFailure) {
    start_idle();
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    send_exec(order({"nothing"}), {null.get(), null.get(), null.get()});
    const auto failed = link_.next(link::FrameType::ExecFailed);
    ASSERT_TRUE(failed.has_value());
    EXPECT_EQ(failed->as<link::ExecFailed>().failure.text, "command nothing: not found in the pot");
    EXPECT_EQ(failed->as<link::ExecFailed>().failure.error_number, ENOENT);
    end();
}

TEST_F(MonitorExecTest, CanBeSignalled) {
    start_idle();
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    send_exec(order({"sleep", "1000"}), {null.get(), null.get(), null.get()});
    ASSERT_TRUE(link_.next(link::FrameType::ExecStarted).has_value());
    link_.send(link::ExecSignal{5, SIGINT});
    const auto exited = link_.next(link::FrameType::ExecExited);
    ASSERT_TRUE(exited.has_value());
    EXPECT_EQ(WTERMSIG(exited->as<link::ExecExited>().status), SIGINT);
    end();
}

TEST_F(MonitorExecTest, EndsWithThePot) {
    start_idle();
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    send_exec(order({"sleep", "1000"}), {null.get(), null.get(), null.get()});
    ASSERT_TRUE(link_.next(link::FrameType::ExecStarted).has_value());
    link_.send(link::Signal{SIGTERM, link::SignalScope::Main});
    const auto exited = link_.next(link::FrameType::ExecExited);
    ASSERT_TRUE(exited.has_value());
    EXPECT_EQ(WTERMSIG(exited->as<link::ExecExited>().status), SIGKILL);
    expect_exited();
    take();
}

TEST_F(MonitorExecTest, ADetachedChildOfAnExecIsReapedByInit) {
    start_idle();
    int status = -1;
    (void)exec_output(order({"sh", "-c", "(sleep 0.05 > /dev/null 2>&1 &)"}), status);
    EXPECT_EQ(status, 0);
    end();
}

TEST_F(MonitorExecTest, WhatAPotStopsBeforeItHasBegunIsGivenUpAndKeepsNoPotFromEnding) {
    // Which of them it is quick enough for is chance.
    constexpr int attempts = 10;
    bool given_up = false;
    for (int i = 0; i < attempts && !given_up && !HasFailure(); ++i) {
        start(plan({"sh", "-c", "while :; do kill -STOP -1; done"}));
        expect_started();
        given_up = exec_until_given_up();
        EXPECT_TRUE(!given_up || wait_until([&] { return not_begun() == 1; })) << "what nobody kills";
        link_.send(link::Kill{});
        std::optional<OwnedFrame> last;
        do last = link_.next();
        while (last && last->view.type != link::FrameType::Exited);
        EXPECT_TRUE(last.has_value()) << "nobody takes what was stopped, and so init does not end";
        take();
    }
    if (!given_up && !HasFailure()) GTEST_SKIP() << "all of them were quicker";
}

TEST_F(MonitorExecTest, TheMainCommandsTerminalIsTheConsole) {
    auto request = plan({"sh", "-c", "tty; ls -l /dev/console; read line; echo got $line"});
    request.terminal = true;
    request.rows = 20;
    start(request);
    expect_started();
    Pipe out;
    link_.send(link::Attach{}, {out.write_end.get()});
    out.write_end.reset();
    auto attached = link_.next(link::FrameType::Attached);
    ASSERT_TRUE(attached && attached->fds.size() == 1);
    EXPECT_TRUE(attached->as<link::Attached>().terminal);
    ASSERT_EQ(::write(attached->fds[0].get(), "word\n", 5), 5);
    attached->fds.clear();
    EXPECT_EQ(expect_exited().main_status, 0);
    EXPECT_NE(read_all(out.read_end.get()).find("got word"), std::string::npos);
    take();
    EXPECT_NE(read_file(path("log/current.log")).find("stdout F 7 /dev/pts/0"), std::string::npos);
}

TEST_F(MonitorExecTest, AttachGetsOutputAndGivesInput) {
    auto request = plan({"sh", "-c", "cat; echo end >&2"});
    request.open_stdin = true;
    start(request);
    expect_started();
    Pipe out;
    Pipe errors;
    link_.send(link::Attach{}, {out.write_end.get(), errors.write_end.get()});
    out.write_end.reset();
    errors.write_end.reset();
    auto attached = link_.next(link::FrameType::Attached);
    ASSERT_TRUE(attached && attached->fds.size() == 1);
    ASSERT_EQ(::write(attached->fds[0].get(), "word\n", 5), 5);
    attached->fds.clear();
    link_.send(link::CloseInput{});
    EXPECT_EQ(expect_exited().main_status, 0);
    EXPECT_EQ(read_all(out.read_end.get()), "word\n");
    EXPECT_EQ(read_all(errors.read_end.get()), "end\n");
    take();
}

TEST_F(MonitorExecTest, AFullAttachmentIsDroppedAndThePotRunsOn) {
    auto request = plan({"sh", "-c", "read line; yes | head -c 3000000; exit 0"});
    request.open_stdin = true;
    start(request);
    expect_started();
    Pipe out;
    link_.send(link::Attach{}, {out.write_end.get()});
    out.write_end.reset();
    auto attached = link_.next(link::FrameType::Attached);
    ASSERT_TRUE(attached && attached->fds.size() == 1);
    ASSERT_EQ(::write(attached->fds[0].get(), "\n", 1), 1);
    EXPECT_EQ(expect_exited().main_status, 0);
    EXPECT_LT(read_all(out.read_end.get()).size(), 3000000U);
    take();
}

}  // namespace

}  // namespace potd::test
