#pragma once

#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <thread>

namespace potd::test {

/// A disk with a volatile cache, for a virtual machine: a file, served by the protocol of network block
/// devices (NBD, fixed newstyle) on one end of a socket. When the power goes, each block written since the
/// last flush is as it was at that flush or as it was written, by chance; so writes are lost and appear in
/// another order, as far as real disks may do that. A thread of its own serves; everything else is for one
/// thread. Errors throw.
class LossyDisk {
  public:
    static constexpr std::size_t block_size = 4096;

    LossyDisk(const std::filesystem::path& file, unsigned seed);
    ~LossyDisk();
    LossyDisk(const LossyDisk&) = delete;
    LossyDisk& operator=(const LossyDisk&) = delete;

    /// Serves a client; its end of the socket.
    [[nodiscard]] platform::UniqueFd connect();
    /// The client has gone and all its writes stand.
    void disconnect();
    /// Nothing is answered any more after so many further writes, and `stopped` is true.
    void stop_after(std::size_t writes) { writes_left_ = static_cast<std::int64_t>(writes); }
    [[nodiscard]] bool stopped() const { return stopped_; }
    /// The client has gone with the power. How many blocks were not flushed.
    std::size_t lose_power();

  private:
    using Block = std::array<char, block_size>;
    struct Request {
        std::uint16_t flags = 0;
        std::uint16_t type = 0;
        std::uint64_t handle = 0;
        std::uint64_t offset = 0;
        std::uint32_t length = 0;
    };

    void serve();
    void serve_until_end();
    void await_end();
    bool greet();
    bool answer_option(std::uint32_t option);
    bool answer(const Request& request);
    bool write_blocks(const Request& request);
    /// Remembers what stands in the file where it differs from what a flush promised.
    void keep_flushed(std::uint64_t offset, std::uint64_t length);
    void forget_flushed(std::uint64_t offset, std::uint64_t length);

    platform::UniqueFd file_;
    std::uint64_t size_ = 0;
    std::mt19937 random_;
    platform::UniqueFd socket_;
    std::map<std::uint64_t, Block> flushed_;      ///< block number -> its content at the last flush
    std::atomic<std::int64_t> writes_left_ = -1;  ///< -1: any number
    std::atomic<bool> stopped_ = false;
    std::exception_ptr failure_;  ///< of the server, once it has ended
    std::thread server_;
};

}  // namespace potd::test
