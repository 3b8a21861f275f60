#include "daemon/request_log.hpp"

#include <string>

namespace potd {

void RequestLog::answered(const api::RequestRecord& record) {
    const bool reads = record.method == "GET" || record.method == "HEAD" || record.method == "OPTIONS";
    const log::Level level = reads ? log::Level::Debug : log::Level::Info;
    // Most requests read and most daemons log at info: no field is made for nothing.
    if (!log_.enabled(level)) return;
    log_.write(level, "request",
               {{"request", std::string(record.id)},
                {"method", std::string(record.method)},
                {"path", std::string(record.path)},
                {"status", record.status},
                {"bytes", record.bytes},
                {"us", record.took.count()},
                {"uid", record.peer.uid},
                {"pid", record.peer.pid}});
}

void RequestLog::crashed(const api::RequestRecord& record, std::string_view what) {
    log_.error("request crashed", {{"request", std::string(record.id)},
                                   {"method", std::string(record.method)},
                                   {"path", std::string(record.path)},
                                   {"what", std::string(what)}});
}

void RequestLog::not_greeted(std::string_view address, std::string_view why) {
    if (!log_.enabled(log::Level::Debug)) return;
    log_.write(log::Level::Debug, "no TLS", {{"address", std::string(address)}, {"why", std::string(why)}});
}

}  // namespace potd
