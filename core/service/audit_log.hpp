#pragma once

#include "core/model/audit.hpp"
#include "core/port/clock.hpp"
#include "core/port/journal.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace potd::core {

/// The record of who asked for what. An entry is given to the store when its request begins, so ahead of all
/// that the request changes there: whatever is on the disk of that has its entry there, too. Nobody waits for
/// it. What cannot be stored is complained of. Loop thread.
class AuditLog {
  public:
    struct Ports {
        Journal& journal;
        Clock& clock;
        std::function<void(const std::string&)> complain;   ///< one sentence for the log
        std::function<void(const AuditRecord&)> copy = {};  ///< told of every request that has ended
    };

    explicit AuditLog(Ports ports) : ports_(std::move(ports)) {}

    /// The greatest number that was given.
    void recover(std::uint64_t last) { last_ = last; }

    /// A request begins; sets number and time.
    void begin(AuditEntry& entry);
    /// One that has begun has ended; sets what `end` lacks.
    void end(AuditRecord& record);
    /// One that ended where it began.
    void add(AuditRecord& record);

  private:
    void number(AuditEntry& entry);
    void finish(AuditRecord& record);
    void store(std::vector<Change> changes);

    Ports ports_;
    std::uint64_t last_ = 0;
};

}  // namespace potd::core
