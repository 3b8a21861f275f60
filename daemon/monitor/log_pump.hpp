#pragma once

#include "daemon/monitor/log_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace potd::monitor {

inline constexpr std::size_t read_size = std::size_t{64} * 1024;

/// Memory of a pump. Lives in .bss: pages exist only while there is output to carry.
struct LogBuffers {
    char out[2 * read_size];
    char in[max_line_text + read_size];
    char pending[2][max_line_text];
    char held[2][read_size];
};

/// More than pipes can hold when a run ends; what exceeds it a reader never sees.
inline constexpr std::size_t max_tail = std::size_t{4} << 20U;

/// Carries the main command's output from its pipes (or its terminal) into the log, and copies it to
/// an attached client. The caller polls. A full attachment is dropped; one that asked to be waited for
/// holds its stream up instead: not more than one buffer of it is kept here, the rest stays in the pot's
/// pipe, and the log waits with it.
class LogPump {
  public:
    enum class Source : std::uint8_t { Output = 0, Errors = 1 };

    explicit LogPump(LogBuffers& buffers) : buffers_(buffers), file_(buffers.out) {}

    [[nodiscard]] int open_log(const char* directory, const LogLimits& limits);
    /// Takes the non-blocking reading end of a source. -1 = there is none.
    void set_source(Source source, int fd);
    struct Wanted {
        int fd = -1;
        bool writing = false;
    };
    /// What to poll for before the next `pump`; -1 once the source has ended.
    [[nodiscard]] Wanted wanted(Source source) const;

    /// Reads what is there, one buffer at most. False when there was nothing to read now, the attachment
    /// has to be waited for, or the end.
    bool pump(Source source);
    /// After the end of every writer: reads on to the end, writes unfinished lines as partial, closes. Ends
    /// also if somebody outside was given the pot's end of a pipe and writes for ever.
    /// Waits for nobody: what a reader that is waited for has no room for goes into its tail.
    void finish();
    /// After `finish`: the file with what the attachment had no room for, or -1. The pump's.
    [[nodiscard]] int tail_fd(Source source) const { return stream(source).tail; }
    void close_tails();

    /// Takes both descriptors; `errors` may be -1. Replaces an older attachment.
    void attach(int output, int errors, bool wait);
    /// Whether the present attachment is waited for.
    void set_wait(bool wait) { wait_ = wait; }
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
        std::size_t held = 0;     ///< bytes the attachment had no room for, in buffers_.held
        std::size_t held_from = 0;
        int tail = -1;
        std::size_t tail_size = 0;
    };
    [[nodiscard]] Stream& stream(Source source) { return streams_[static_cast<std::size_t>(source)]; }
    [[nodiscard]] const Stream& stream(Source source) const {
        return streams_[static_cast<std::size_t>(source)];
    }
    void carry(Source source, std::string_view fresh);
    void write_lines(Source source, std::string_view text);
    void copy_to_client(Source source, std::string_view bytes);
    [[nodiscard]] std::size_t give(Source source, std::string_view bytes);
    void hold(Source source, std::string_view bytes);
    bool give_held(Source source);
    [[nodiscard]] std::string_view held(Source source) const;
    void add_to_tail(Source source, std::string_view bytes);
    void end_source(Source source);
    void write_unfinished(Source source);

    LogBuffers& buffers_;
    LogFile file_;
    Stream streams_[2];
    std::uint32_t run_ = 0;
    bool wait_ = false;
    bool finishing_ = false;
    std::uint64_t carried_ = 0;  ///< bytes of all sources
    bool touched_ = false;
};

}  // namespace potd::monitor
