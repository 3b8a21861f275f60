#include "tests/vm/virtual_machine.hpp"

#include "tests/support/system.hpp"
#include "tests/support/wait.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>

namespace potd::test {
namespace {

using std::chrono::seconds;

// Seconds where the machine has its processors for itself; others may build beside it.
constexpr seconds boot_limit{300};
constexpr seconds shutdown_limit{120};

VmChannel::Deadline after(seconds limit) {
    return std::chrono::steady_clock::now() + limit;
}

std::pair<platform::UniqueFd, platform::UniqueFd> socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::system_error(errno, std::generic_category(), "socketpair");
    return {platform::UniqueFd(ends[0]), platform::UniqueFd(ends[1])};
}

}  // namespace

VirtualMachine::VirtualMachine(const std::filesystem::path& image, VmOptions options)
    : image_(image), options_(std::move(options)), place_("potd-vm", image) {
    const Outcome copied =
        run_program({"cp", "--sparse=always", (image_ / "disk.img").string(), (place_ / "disk.img").string()},
                    {.input = {}, .timeout = shutdown_limit, .env = {}, .directory = {}});
    if (copied.status != 0) throw std::runtime_error("no copy of the disk: " + copied.err);
    if (options_.lossy) lossy_ = std::make_unique<LossyDisk>(place_ / "disk.img", *options_.lossy);
}

VirtualMachine::~VirtualMachine() {
    cut_power();
}

Argv VirtualMachine::command() const {
    // setpriv: qemu goes with whoever started it. /dev/kvm may be there without being of use, hence tcg.
    Argv words{"setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"};
    const auto add = [&words](const Argv& more) { words.insert(words.end(), more.begin(), more.end()); };
    const auto disk = [&add](const std::string& id, const std::string& file, const std::string& more) {
        add({"-drive", "file=" + file + ",format=raw,if=none,id=" + id + more, "-device",
             "virtio-blk-pci,drive=" + id});
    };
    add({"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-nic", "none"});
    add({"-accel", "tcg,thread=multi", "-cpu", "max", "-smp", std::to_string(options_.processors)});
    add({"-m", std::to_string(options_.memory_mib) + "M"});
    add({"-kernel", image_ / "vmlinuz", "-initrd", image_ / "initrd"});
    add({"-append",
         "console=ttyS0 root=/dev/vda psi=1 hugepages=8 quiet mitigations=off random.trust_cpu=on"});
    // A lossy disk's socket is standard output, as the agent's is standard input.
    if (lossy_) {
        add({"-blockdev", "driver=nbd,node-name=system,server.type=fd,server.str=1", "-device",
             "virtio-blk-pci,drive=system"});
    } else {
        disk("system", place_ / "disk.img", ",cache=writeback");
    }
    if (!options_.data.empty()) disk("data", options_.data, ",readonly=on");
    // The agent's socket is standard input, which qemu has no other use for.
    add({"-device", "virtio-serial-pci", "-chardev", "socket,id=agent,fd=0", "-device",
         "virtserialport,chardev=agent,name=agent"});
    add({"-chardev", "file,id=notes,append=on,path=" + (place_ / "notes").string(), "-device",
         "virtserialport,chardev=notes,name=notes"});
    add({"-chardev", "file,id=console,append=on,path=" + (place_ / "console").string(), "-serial",
         "chardev:console"});
    return words;
}

void VirtualMachine::boot() {
    if (running()) throw std::logic_error("the machine runs already");
    auto [ours, theirs] = socket_pair();
    const std::string log_file = place_ / "emulator.log";
    const platform::UniqueFd log(::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!log) throw std::system_error(errno, std::generic_category(), log_file);
    const platform::UniqueFd disk = lossy_ ? lossy_->connect() : platform::UniqueFd();
    pid_ = spawn(command(), {}, {theirs.get(), disk ? disk.get() : log.get(), log.get(), false});
    theirs.reset();
    channel_ = VmChannel(std::move(ours));
    try {
        channel_.await_ready(after(boot_limit));
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("boot: " + std::string(error.what()) + "\n" + read_file(log_file) +
                                 console());
    }
}

Outcome VirtualMachine::run(const std::string& script, const std::string& input, seconds limit) {
    try {
        return channel_.call(script, input, after(limit));
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(std::string(error.what()) + ": " + script + "\n" + console());
    }
}

std::string VirtualMachine::must(const std::string& script, const std::string& input, seconds limit) {
    Outcome outcome = run(script, input, limit);
    if (outcome.status != 0) throw std::runtime_error(script + ": " + outcome.describe());
    return std::move(outcome.out);
}

void VirtualMachine::cut_power() {
    if (!running()) return;
    ::kill(pid_, SIGKILL);
    reap(std::exchange(pid_, 0));
    if (lossy_) std::cout << lossy_->lose_power() << " blocks were not flushed\n";
}

void VirtualMachine::cut_power_after(std::size_t writes) {
    lossy_->stop_after(writes);
    if (!wait_until([this] { return lossy_->stopped(); }, std::chrono::minutes(5)))
        throw std::runtime_error("the machine writes too little");
    cut_power();
}

void VirtualMachine::shut_down() {
    try {
        must("systemctl --no-block poweroff", {}, shutdown_limit);
    } catch (const std::runtime_error& error) {
        // The agent goes with the rest, perhaps before it has answered.
        std::cout << error.what() << "\n";
    }
    if (!wait_for_exit(pid_, shutdown_limit)) throw std::runtime_error("the machine stays on\n" + console());
    reap(std::exchange(pid_, 0));
}

std::string VirtualMachine::console() const {
    constexpr std::size_t screens = 6'000;
    const std::string all = read_file(place_ / "console");
    return "--- console\n" + all.substr(all.size() > screens ? all.size() - screens : 0) + "---\n";
}

}  // namespace potd::test
