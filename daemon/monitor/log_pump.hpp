#pragma once

#include "daemon/monitor/log_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace potd::monitor {

inline constexpr std::size_t read_size = 64 * 1024;

/// Memory of a pump. Lives in .bss: pages exist only while there is output to carry.
struct LogBuffers {
    char out[2 * read_size];
    char in[max_line_text + read_size];
    char pending[2][max_line_text];
};

/// Carries the main command's output from its pipes (or its terminal) into the log, and copies it to
/// an attached client. Waits for nobody: the caller polls, a full attachment is dropped.
class LogPump {
  public:
    enum class Source : std::uint8_t { Output = 0, Errors = 1 };

    explicit LogPump(LogBuffers& buffers) : buffers_(buffers), file_(buffers.out) {}

    [[nodiscard]] int open_log(const char* directory, const LogLimits& limits);
    /// Takes the non-blocking reading end of a source. -1 = there is none.
    void set_source(Source source, int fd);
    /// Descriptors to poll for reading; -1 once a source has ended.
    [[nodiscard]] int source_fd(Source source) const { return stream(source).fd; }

    /// Reads what is there, one buffer at most. False when there was nothing to read now, or the end.
    bool pump(Source source);
    /// After the end of every writer: reads on to the end, writes unfinished lines as partial, closes.
    void finish();

    /// Takes both descriptors; `errors` may be -1. Replaces an older attachment.
    void attach(int output, int errors);
    void detach();

    /// Gives unused memory back; cheap if nothing was carried since.
    void rest();
    [[nodiscard]] bool touched() const { return touched_; }
    [[nodiscard]] std::uint64_t lost() const { return file_.lost(); }

  private:
    struct Stream {
        int fd = -1;
        int attached = -1;
        std::size_t pending = 0;  ///< bytes of an unfinished line in buffers_.pending
    };
    [[nodiscard]] Stream& stream(Source source) { return streams_[static_cast<std::size_t>(source)]; }
    [[nodiscard]] const Stream& stream(Source source) const {
        return streams_[static_cast<std::size_t>(source)];
    }
    void carry(Source source, std::string_view fresh);
    void write_lines(Source source, std::string_view text);
    void copy_to_client(Source source, std::string_view bytes);
    void end_source(Source source);
    void write_unfinished(Source source);

    LogBuffers& buffers_;
    LogFile file_;
    Stream streams_[2];
    std::uint32_t run_ = 0;
    bool touched_ = false;
};

}  // namespace potd::monitor
