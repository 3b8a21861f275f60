#pragma once

#include "daemon/monitor/log_line.hpp"
#include "daemon/monitor/text.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace potd::monitor {

struct LogLimits {
    std::uint64_t max_size = 0;   ///< bytes of current.log before it is rotated, 0 = never
    std::uint32_t max_files = 0;  ///< rotated ones kept
    std::uint32_t run = 0;
};

/// The log files of one pot: current.log, and 1.log (youngest) to N.log. Lines are collected in the
/// given buffer and written whole. A write that fails (full disk) drops what was collected, leaves no
/// half line behind and is made up for by one line "potmon: N bytes lost: no space" once there is room.
class LogFile {
  public:
    /// `buffer`: at least max_line_text + 256 bytes, used only between add and flush.
    explicit LogFile(std::span<char> buffer) : buffer_(buffer) {}

    /// Opens or continues current.log in `directory`. 0 or minus errno.
    [[nodiscard]] int open(const char* directory, const LogLimits& limits);
    /// One line; `text` at most max_line_text bytes without newline.
    void add(std::string_view prefix, std::string_view text);
    void flush();
    void close();
    [[nodiscard]] std::uint64_t lost() const { return total_lost_; }

  private:
    void rotate();
    void append(std::string_view bytes);
    void write_out(std::string_view lines);
    /// Bytes of `lines` that are in the file for good: whole lines only.
    [[nodiscard]] std::size_t write_whole_lines(std::string_view lines);
    [[nodiscard]] bool report_loss();

    std::span<char> buffer_;
    std::size_t used_ = 0;
    LogLimits limits_;
    int directory_ = -1;
    int file_ = -1;
    std::uint64_t size_ = 0;
    std::uint64_t lost_ = 0;  ///< not yet told in the log
    std::uint64_t total_lost_ = 0;
    long last_error_ = 0;
};

}  // namespace potd::monitor
