#include "daemon/platform/linux/cgroup_files.hpp"
#include "daemon/platform/linux/cgroup_limiter.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/process_identity.hpp"
#include "daemon/platform/posix/text.hpp"
#include "tests/contract/limiter_ground.hpp"
#include "tests/support/poll_loop.hpp"
#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {
namespace {

using platform::CgroupLayout;
using platform::CgroupLimiter;
using platform::CgroupMode;
using platform::CgroupTree;
using platform::UniqueFd;

constexpr std::int64_t unlimited_on_v1 = std::int64_t{1} << 60;

/// A process that takes as much memory as it is told and says when it has it.
class Eater {
  public:
    Eater() {
        std::array<int, 2> ends{-1, -1};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            throw std::runtime_error("socketpair");
        pid_ = ::fork();
        if (pid_ == 0) eat(ends[1]);
        link_ = UniqueFd(ends[0]);
        ::close(ends[1]);
    }
    Eater(const Eater&) = delete;
    Eater& operator=(const Eater&) = delete;
    ~Eater() { end(); }
    void end() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    [[nodiscard]] bool take(std::int64_t bytes) const {
        char done = 0;
        return ::send(link_.get(), &bytes, sizeof bytes, MSG_NOSIGNAL) == sizeof bytes &&
               ::recv(link_.get(), &done, 1, 0) == 1;
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    [[noreturn]] static void eat(int link) {
        std::int64_t bytes = 0;
        while (::recv(link, &bytes, sizeof bytes, MSG_WAITALL) == sizeof bytes) {
            void* const room = ::mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (room == MAP_FAILED) break;
            std::memset(room, 1, static_cast<std::size_t>(bytes));
            if (::send(link, "x", 1, MSG_NOSIGNAL) != 1) break;
        }
        ::_exit(0);
    }
    pid_t pid_ = -1;
    UniqueFd link_;
};

/// Over the groups of some tree, which the derived one makes.
class CgroupGround : public LimiterGround {
  public:
    explicit CgroupGround(const CgroupLayout& layout, const std::string& instance, const std::string& root)
        : tree_(layout, instance, root) {}
    core::Limiter& limiter() override { return limiter_; }
    [[nodiscard]] core::RunKey run() const override { return {{"0123456789ab"}, 1}; }
    void settle(const bool& replied) override {
        (void)loop_.run_until([&] { return replied; });
    }
    std::optional<std::int64_t> memory() override {
        return file("memory", tree_.layout().on_v1("memory") ? "memory.limit_in_bytes" : "memory.max");
    }
    std::optional<std::int64_t> pids() override { return file("pids", "pids.max"); }

  protected:
    [[nodiscard]] std::string group(const std::string& controller) const {
        const std::string name = core::kernel_name(run());
        return tree_.layout().on_v1(controller) ? tree_.v1_group(controller, name) : tree_.main_group(name);
    }
    CgroupTree tree_;
    Eater eater_;
    PollLoop loop_;

  private:
    [[nodiscard]] std::optional<std::int64_t> file(const std::string& controller, const char* name) const {
        const auto text = platform::read_file(group(controller) + "/" + name);
        const auto number = text ? platform::parse_number(*text) : std::nullopt;
        return number && *number >= 0 && *number < unlimited_on_v1 ? number : std::nullopt;
    }
    [[nodiscard]] core::Result<core::ProcessIdentity> first(const core::RunKey& key) const {
        if (key == run()) return platform::identify(eater_.pid());
        return core::error(core::ErrorKind::NotFound, "the pot is not running");
    }
    CgroupLimiter limiter_{tree_, loop_, [this](const core::RunKey& key) { return first(key); }};
};

/// Files that a test has made, in place of the kernel's.
class MadeUpGround final : public CgroupGround {
  public:
    explicit MadeUpGround(std::unique_ptr<MachineTree> machine)
        : CgroupGround(machine->layout(), "contract", machine->root()), machine_(std::move(machine)) {
        const bool v1 = tree_.layout().on_v1("memory");
        if (v1) {
            put("memory", "memory.limit_in_bytes", "9223372036854771712\n");
            put("memory", "memory.memsw.limit_in_bytes", "9223372036854771712\n");
            put("memory", "memory.soft_limit_in_bytes", "9223372036854771712\n");
            put("cpu", "cpu.cfs_quota_us", "-1\n");
            put("cpu", "cpu.cfs_period_us", "100000\n");
            put("cpu", "cpu.shares", "1024\n");
            put("pids", "pids.max", "4096\n");
            return;
        }
        for (const auto& [name, content] : {std::pair{"memory.max", "max\n"},
                                            {"memory.high", "max\n"},
                                            {"memory.low", "0\n"},
                                            {"memory.swap.max", "max\n"},
                                            {"memory.current", "0\n"},
                                            {"memory.stat", "anon 0\nfile 0\n"},
                                            {"cpu.max", "max 100000\n"},
                                            {"cpu.weight", "100\n"},
                                            {"cpuset.cpus", "\n"},
                                            {"pids.max", "4096\n"},
                                            {"io.max", ""}})
            put("memory", name, content);
    }
    /// On v1 it is the kernel that refuses.
    bool use_memory(std::int64_t bytes) override {
        if (tree_.layout().on_v1("memory")) return false;
        put("memory", "memory.current", std::to_string(bytes) + "\n");
        put("memory", "memory.stat", "anon " + std::to_string(bytes) + "\nfile 0\n");
        return true;
    }

  private:
    void put(const std::string& controller, const std::string& name, const std::string& content) const {
        machine_->put((group(controller) + "/" + name).substr(machine_->root().size() + 1), content);
    }
    std::unique_ptr<MachineTree> machine_;
};

/// Groups of this machine's kernel.
class KernelGround final : public CgroupGround {
  public:
    explicit KernelGround(const CgroupLayout& layout)
        : CgroupGround(layout, "contract" + std::to_string(::getpid()), {}) {}
    ~KernelGround() override {
        const std::string name = core::kernel_name(run());
        eater_.end();
        (void)loop_.run_until([&] { return tree_.remove(name).ok(); }, core::milliseconds(10'000));
        tree_.remove_top();
    }
    [[nodiscard]] core::Status enter() {
        if (auto ready = tree_.prepare(); !ready) return ready;
        for (const char* const controller : {"memory", "pids", "cpu"}) {
            for (const std::string& directory :
                 {group(controller), tree_.main_group(core::kernel_name(run()))}) {
                if (auto made = platform::make_directory(directory); !made) return made;
                auto moved =
                    platform::write_existing(directory + "/cgroup.procs", std::to_string(eater_.pid()));
                if (!moved) return moved;
            }
        }
        return {};
    }
    bool use_memory(std::int64_t bytes) override { return eater_.take(bytes); }
};

template <CgroupMode mode>
std::unique_ptr<LimiterGround> make_up(std::string& /*lacks*/) {
    return std::make_unique<MadeUpGround>(std::make_unique<MachineTree>(mode));
}

std::unique_ptr<LimiterGround> make_of_kernel(std::string& lacks) {
    const auto layout = platform::discover_cgroups("");
    if (::geteuid() != 0 || !layout || !layout->has("memory") || !layout->has("pids")) {
        lacks = "needs root and control groups of memory and pids";
        return nullptr;
    }
    auto ground = std::make_unique<KernelGround>(*layout);
    if (const auto entered = ground->enter(); !entered) {
        lacks = entered.error().message;
        return nullptr;
    }
    return ground;
}

}  // namespace

std::vector<LimiterMaker> limiters_of_system() {
    return {{"MadeUpV1", make_up<CgroupMode::V1>},
            {"MadeUpV2", make_up<CgroupMode::V2>},
            {"Kernel", make_of_kernel}};
}

}  // namespace potd::test
