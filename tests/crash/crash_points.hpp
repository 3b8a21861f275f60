#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace potd::crash {

/// The moments at which this potd can be told to die, numbered from 1 as they come. By environment:
/// POTD_CRASH_AT=n     dies by SIGKILL at the n-th
/// POTD_CRASH_COUNT=f  writes a line "n where" to the file for each it comes to
/// POTD_CRASH_FROM=f   counts only from when the file exists
/// Any thread.
class CrashPoints {
  public:
    /// Those of this process.
    [[nodiscard]] static CrashPoints& here();

    CrashPoints(const CrashPoints&) = delete;
    CrashPoints& operator=(const CrashPoints&) = delete;

    /// Comes back, or not.
    void pass(std::string_view what, std::string_view when);

  private:
    CrashPoints();

    [[nodiscard]] bool counting();
    void write(std::string_view where) const;

    std::mutex guard_;  ///< of all that follows
    std::uint64_t passed_ = 0;
    std::optional<std::uint64_t> die_at_;
    std::string trace_file_;
    std::string begin_file_;  ///< empty once it was seen, or if none is waited for
};

}  // namespace potd::crash
