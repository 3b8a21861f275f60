#pragma once

#include "daemon/platform/posix/unique_fd.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace potd::platform {

/// Whom the kernel killed for want of memory, by its log. The log is kept open, so that only what was written
/// since the last question is read: all of it can be thousands of records. One thread at a time.
class KernelLog {
  public:
    /// `path` is /dev/kmsg or a file like it, opened at the first question; what may not be read is empty.
    explicit KernelLog(std::string path = "/dev/kmsg") : path_(std::move(path)) {}

    /// The last one in a control group whose path ends with `group`: "NAME (pid N)"; empty if none is told.
    /// Never waits. Of the last `kept` killed of all groups.
    [[nodiscard]] std::string last_victim(std::string_view group);

    static constexpr std::size_t kept = 256;

  private:
    void read_on();
    void take(std::string_view record);

    struct Kill {
        std::string group;
        std::string victim;
    };
    std::string path_;
    UniqueFd file_;
    std::deque<Kill> kills_;
};

}  // namespace potd::platform
