#include "core/service/audit_log.hpp"

#include <utility>
#include <vector>

namespace potd::core {

void AuditLog::begin(AuditEntry& entry) {
    number(entry);
    store({AppendAudit{entry}});
}

void AuditLog::end(AuditRecord& record) {
    finish(record);
    store({EndAudit{record.end}});
}

void AuditLog::add(AuditRecord& record) {
    number(record.entry);
    finish(record);
    store({AppendAudit{record.entry}, EndAudit{record.end}});
}

void AuditLog::number(AuditEntry& entry) {
    entry.number = ++last_;
    entry.time = ports_.clock.wall();
}

void AuditLog::finish(AuditRecord& record) {
    record.end.number = record.entry.number;
    record.end.time = ports_.clock.wall();
    if (ports_.copy) ports_.copy(record);
}

void AuditLog::store(std::vector<Change> changes) {
    ports_.journal.commit(std::move(changes), Durability::Observation,
                          [this](const Result<std::vector<Event>>& stored) {
                              if (!stored)
                                  ports_.complain("audit log, not stored: " + stored.error().message);
                          },
                          {});
}

}  // namespace potd::core
