#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace potd::core {

struct ProcessRow {
    std::int32_t pid = 0;       ///< host pid
    std::int32_t parent = 0;    ///< host pid
    std::string user;           ///< uid as text
    std::string name;           ///< the kernel's, cut to 15 bytes (Linux) or 19 (FreeBSD)
    char state = '?';           ///< as ps(1): R S D Z T …
    std::int64_t resident = 0;  ///< bytes
    std::int64_t cpu_ms = 0;
    std::string command;  ///< arguments joined by blanks, of a bounded length
};

/// The processes of live runs. There may be thousands, so they are looked at beside the loop. Loop thread.
class ProcessLister {
  public:
    virtual ~ProcessLister() = default;
    /// Those that were there at some moment after this call. NotFound if nothing of the run is there.
    virtual void list(const RunKey& key, Reply<std::vector<ProcessRow>> reply) = 0;
};

}  // namespace potd::core
