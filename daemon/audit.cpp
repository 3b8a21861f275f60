#include "daemon/audit.hpp"

#include "api/convert/audit.hpp"

#include <string>

namespace potd {

Audit::Audit(core::Journal& journal, core::Clock& clock, const core::PotService& pots, log::Logger& log)
    : log_(log),
      file_([this](const std::string& text) { log_.error(text); }),
      records_({journal, clock, [this](const std::string& text) { log_.error(text); },
                [this](const core::AuditRecord& record) { file_.write(api::audit_line(record)); }}),
      trail_(records_, pots) {}

void Audit::set(const config::AuditConfig& config) {
    trail_.set_reads(config.reads);
    if (core::Status opened = file_.open(config.file); !opened)
        log_.error(opened.error().message + "; nothing is written there");
}

void Audit::begin(std::uint64_t last, api::RequestLog& next) {
    records_.recover(last);
    trail_.set_next(next);
}

}  // namespace potd
