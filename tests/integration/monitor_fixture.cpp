#include "tests/integration/monitor_fixture.hpp"

#include "core/model/pot_spec.hpp"
#include "daemon/platform/linux/cgroup_layout.hpp"
#include "daemon/platform/linux/memory_file.hpp"
#include "daemon/platform/linux/mount_plan.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {

using platform::CgroupDirectory;
using platform::LaunchPlan;
using platform::UniqueFd;

namespace {

constexpr int patience_ms = 60'000;
constexpr const char* busybox = "/bin/busybox";

std::string group_name() {
    static int counter = 0;
    return "potd-test-" + std::to_string(::getpid()) + "-" + std::to_string(++counter);
}

bool wait_readable(int fd) {
    pollfd entry{fd, POLLIN, 0};
    return ::poll(&entry, 1, patience_ms) == 1;
}

void take_fds(const msghdr& header, OwnedFrame& frame) {
    const cmsghdr* part = CMSG_FIRSTHDR(&header);
    if (part == nullptr || part->cmsg_type != SCM_RIGHTS) return;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
        frame.fds.emplace_back(fd);
    }
}

std::string read_line(const std::string& file) {
    std::string text = read_file(file);
    return text.substr(0, text.find('\n'));
}

CgroupDirectory v1_directory(const std::string& hierarchy, const std::set<std::string>& controllers,
                             const std::string& name) {
    CgroupDirectory directory;
    directory.path = hierarchy + "/" + name;
    if (controllers.count("memory") != 0) directory.roles |= CgroupDirectory::Memory;
    if (controllers.count("freezer") != 0) directory.roles |= CgroupDirectory::Freezer;
    if (controllers.count("cpuset") != 0) {
        for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
            directory.settings.push_back({file, read_line(hierarchy + "/" + file), false});
        }
    }
    return directory;
}

std::vector<CgroupDirectory> make_cgroup_plan() {
    const std::string name = group_name();
    std::vector<CgroupDirectory> directories;
    const auto layout = platform::discover_cgroups("");
    if (!layout.ok()) return directories;
    std::map<std::string, std::set<std::string>> hierarchies;
    for (const auto& [controller, path] : layout->v1) hierarchies[path].insert(controller);
    for (const auto& [path, controllers] : hierarchies) {
        directories.push_back(v1_directory(path, controllers, name));
    }
    if (!layout->unified.empty()) {
        directories.push_back({layout->unified + "/" + name, CgroupDirectory::Unified, {}});
    }
    return directories;
}

std::string overlay_data(const std::filesystem::path& directory) {
    return platform::overlay_options({(directory / "root").string()}, (directory / "upper").string(),
                                     (directory / "work").string());
}

}  // namespace

LinkClient LinkClient::connect(const std::string& path) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(socket.get(), generic, sizeof address) != 0) return {};
    return LinkClient(std::move(socket));
}

std::optional<OwnedFrame> LinkClient::next() {
    if (!wait_readable(socket_.get())) return std::nullopt;
    OwnedFrame frame;
    frame.bytes.resize(link::max_frame_size);
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))];
    iovec part{frame.bytes.data(), frame.bytes.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const ssize_t size = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
    if (size <= 0) return std::nullopt;
    frame.bytes.resize(static_cast<std::size_t>(size));
    take_fds(header, frame);
    EXPECT_TRUE(link::parse_frame(frame.bytes, frame.view));
    return frame;
}

std::optional<OwnedFrame> LinkClient::next(link::FrameType type) {
    for (;;) {
        auto frame = next();
        if (!frame || frame->view.type == type) return frame;
        if (frame->view.type == link::FrameType::Failed) {
            ADD_FAILURE() << frame->as<link::Failed>().failure.text;
        } else if (frame->view.type == link::FrameType::ExecFailed) {
            ADD_FAILURE() << frame->as<link::ExecFailed>().failure.text;
        }
    }
}

void LinkClient::send_bytes(const std::vector<std::byte>& bytes, const std::vector<int>& fds) {
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))] = {};
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!fds.empty()) {
        const std::size_t size = fds.size() * sizeof(int);
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(size);
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(size);
        std::memcpy(CMSG_DATA(rights), fds.data(), size);
    }
    ASSERT_EQ(::sendmsg(socket_.get(), &header, MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

void MonitorTest::SetUp() {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    if (!std::filesystem::exists(busybox)) GTEST_SKIP() << "needs a static busybox";
    directory_.emplace("potd-monitor");
    socket_path_ = path("potmon.sock");
    make_root();
}

void MonitorTest::TearDown() {
    if (!directory_) return;
    // A pot of a test that went wrong half-way dies with its monitor.
    if (monitor_) {
        ::kill(monitor_.identity().pid, SIGKILL);
        (void)wait_readable(monitor_.get());
        ::waitpid(monitor_.identity().pid, nullptr, 0);
    }
    for (const std::string& group : cgroup_directories()) ::rmdir(group.c_str());
}

void MonitorTest::make_root() {
    namespace fs = std::filesystem;
    for (const char* name :
         {"upper", "work", "log", "root/bin", "root/etc", "root/tmp", "root/proc", "root/sys", "root/dev"}) {
        fs::create_directories(directory_->path() / name);
    }
    fs::copy_file(busybox, directory_->path() / "root/bin/busybox");
    for (const char* name :
         {"sh",       "true", "sleep", "cat",      "id",    "echo", "ls",    "env",   "tty",
          "stty",     "kill", "ps",    "head",     "tr",    "yes",  "mknod", "dd",    "pwd",
          "readlink", "grep", "mount", "hostname", "mkdir", "cut",  "sort",  "umount"}) {
        fs::create_symlink("busybox", directory_->path() / "root/bin" / name);
    }
    write_file(directory_->path() / "root/etc/passwd",
               "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001:Web:/srv/web:/bin/sh\n");
    write_file(directory_->path() / "root/etc/group", "root:x:0:\nweb:x:1001:\nextra:x:1002:other,web\n");
}

LaunchPlan MonitorTest::plan(std::vector<std::string> argv) const {
    LaunchPlan plan;
    plan.run = 7;
    plan.socket_path = socket_path_;
    plan.record_path = path("exit");
    plan.log_directory = path("log");
    plan.cgroups = make_cgroup_plan();
    plan.hostname = "testpot";
    plan.root_data = overlay_data(directory_->path());
    plan.argv = std::move(argv);
    plan.persistent = plan.argv.empty();
    plan.env = {"PATH=/bin", "LANG=C"};
    plan.capabilities = 0xa80425fb;
    core::PotSpec spec;
    spec.network.type = core::NetworkType::None;
    plan.network = LaunchPlan::Network::New;
    plan.rlimits = {{RLIMIT_NOFILE, 256, 512}};
    plan.mounts = platform::plan_mounts({spec, {}, {}, false});
    return plan;
}

void MonitorTest::prepare(const LaunchPlan& plan) {
    const auto bytes = platform::encode(plan);
    ASSERT_TRUE(bytes.ok());
    auto memory =
        platform::sealed_memory_file("plan", {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    ASSERT_TRUE(memory.ok());
    plan_file_ = std::move(*memory);
    if (!program_) {
        auto program = platform::sealed_program(POTMON_PATH);
        ASSERT_TRUE(program.ok());
        program_ = std::move(*program);
    }
    if (!null_) null_.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    their_end_.reset(ends[1]);
    link_ = LinkClient(UniqueFd(ends[0]));
}

void MonitorTest::use_program(int fd) {
    if (fd >= 0) program_.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

void MonitorTest::spawn_prepared() {
    const int null = null_.get();
    auto spawned = platform::spawn(
        {program_.get(), {"potmon", "test"}, {null, null, 2, their_end_.get(), plan_file_.get()}});
    ASSERT_TRUE(spawned.ok());
    monitor_ = std::move(*spawned);
    their_end_.reset();
    plan_file_.reset();
}

link::Started MonitorTest::expect_started() {
    const auto frame = link_.next(link::FrameType::Started);
    EXPECT_TRUE(frame.has_value());
    return frame ? frame->as<link::Started>() : link::Started{};
}

link::ExitFacts MonitorTest::expect_exited() {
    const auto frame = link_.next(link::FrameType::Exited);
    EXPECT_TRUE(frame.has_value());
    return frame ? frame->as<link::Exited>().facts : link::ExitFacts{};
}

link::ExitFacts MonitorTest::run(const LaunchPlan& plan) {
    start(plan);
    expect_started();
    return expect_exited();
}

link::Failed MonitorTest::run_to_failure(const LaunchPlan& plan) {
    start(plan);
    const auto frame = link_.next(link::FrameType::Failed);
    EXPECT_TRUE(frame.has_value());
    if (!frame) return {};
    link::Failed failed = frame->as<link::Failed>();
    failure_text_ = failed.failure.text;
    failed.failure.text = {};
    return failed;
}

void MonitorTest::take() {
    link_.send(link::Taken{7});
    ASSERT_TRUE(wait_readable(monitor_.get()));
    const auto status = platform::reap(monitor_);
    ASSERT_TRUE(status.ok());
    EXPECT_EQ(*status, 0);
    monitor_.reset();
    EXPECT_FALSE(std::filesystem::exists(socket_path_));
    EXPECT_FALSE(std::filesystem::exists(path("exit")));
}

std::vector<std::string> MonitorTest::log_lines() const {
    std::ifstream file(path("log/current.log"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line.substr(line.find(' ') + 1));
    return lines;
}

void MonitorTest::wait_for_log(const std::string& text) const {
    const UniqueFd notify(::inotify_init1(IN_CLOEXEC));
    ASSERT_GE(::inotify_add_watch(notify.get(), path("log").c_str(), IN_MODIFY | IN_CREATE), 0);
    while (read_file(path("log/current.log")).find(text) == std::string::npos) {
        char events[4096];
        ASSERT_TRUE(wait_readable(notify.get())) << "no line " << text;
        ASSERT_GT(::read(notify.get(), events, sizeof events), 0);
    }
}

void MonitorTest::wait_for_end(std::int32_t pid) {
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (process) {
        ASSERT_TRUE(wait_readable(process.get()));
    }
}

std::vector<std::string> MonitorTest::cgroup_directories() const {
    std::vector<std::string> found;
    const auto layout = platform::discover_cgroups("");
    if (!layout.ok()) return found;
    std::set<std::string> bases;
    for (const auto& entry : layout->v1) bases.insert(entry.second);
    if (!layout->unified.empty()) bases.insert(layout->unified);
    const std::string prefix = "potd-test-" + std::to_string(::getpid()) + "-";
    for (const std::string& base : bases) {
        for (const auto& entry : std::filesystem::directory_iterator(base)) {
            if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path().string());
        }
    }
    return found;
}

}  // namespace potd::test
