#pragma once

#include "tests/support/temp_dir.hpp"
#include "tests/vm/lossy_disk.hpp"
#include "tests/vm/vm_channel.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

namespace potd::test {

struct VmOptions {
    int processors = 2;
    int memory_mib = 1536;
    std::optional<unsigned> lossy;  ///< the disk is a LossyDisk with this seed
    std::string data;               ///< a file that the machine has as /dev/vdb, read-only; empty: none
};

/// The machine that image.sh made, under qemu without a network, on a copy of its disk. The copy, the
/// console's log and the notes are in a directory of their own beside the image, removed at the end. qemu is
/// killed by the destructor, and by the kernel when this process or thread dies. One thread; errors are
/// std::runtime_error, with what the console said last.
///
/// cut_power takes away what the guest's kernel had in memory only, and of a lossy disk what that had not
/// flushed. The page cache of this machine, which outlives an emulator, is nothing that a flush waits for.
class VirtualMachine {
  public:
    explicit VirtualMachine(const std::filesystem::path& image, VmOptions options = {});
    ~VirtualMachine();
    VirtualMachine(const VirtualMachine&) = delete;
    VirtualMachine& operator=(const VirtualMachine&) = delete;

    /// Comes back when the agent serves.
    void boot();
    /// Runs a script of sh as root there.
    Outcome run(const std::string& script, const std::string& input = {},
                std::chrono::seconds limit = std::chrono::seconds(300));
    /// The same; throws unless its status is 0. What it wrote on standard output.
    std::string must(const std::string& script, const std::string& input = {},
                     std::chrono::seconds limit = std::chrono::seconds(300));
    /// Kills the emulator, wherever it is.
    void cut_power();
    /// The same in the midst of its work: when its lossy disk has got so many further writes, the last of
    /// which it does not answer. Throws if they do not come within five minutes.
    void cut_power_after(std::size_t writes);
    /// As `systemctl poweroff` does; comes back when it is off.
    void shut_down();

    [[nodiscard]] bool running() const { return pid_ > 0; }
    /// What was written to the port `notes` (guest/note.sh) before now. A line that the machine could write
    /// out is here, whatever becomes of the machine afterwards.
    [[nodiscard]] std::string notes() const { return read_file(place_ / "notes"); }
    /// The end of what all boots wrote on the console.
    [[nodiscard]] std::string console() const;

  private:
    [[nodiscard]] Argv command() const;

    std::filesystem::path image_;
    VmOptions options_;
    TempDir place_;
    std::unique_ptr<LossyDisk> lossy_;
    VmChannel channel_;
    pid_t pid_ = 0;
};

}  // namespace potd::test
