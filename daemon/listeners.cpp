#include "daemon/listeners.hpp"

#include "daemon/compose_options.hpp"

#include <memory>
#include <string>
#include <utility>

namespace potd {
namespace {

using Context = std::shared_ptr<const api::TlsContext>;

core::Result<Context> read_certificates(const config::ApiConfig& config) {
    const config::TlsConfig& tls = config.tls;
    return api::TlsContext::open({tls.certificate, tls.key, tls.client_ca, tls.needs_client_certificate});
}

/// One that is out of date is told of, and used: clients say the same, and the clock may be wrong.
void tell(const api::TlsContext& context, log::Logger& log) {
    const log::Level level = context.is_out_of_date() ? log::Level::Warning : log::Level::Info;
    log.write(level, context.is_out_of_date() ? "the certificate is out of date" : "certificate",
              {{"subject", context.subject()}, {"until", context.good_until()}});
}

core::Status open_tls(api::Server& server, const config::ApiConfig& config, log::Logger& log) {
    auto context = read_certificates(config);
    if (!context) return std::move(context).error();
    tell(**context, log);
    core::Status opened =
        server.listen(api::TlsEndpoint{config.listen->address, config.listen->port}, *std::move(context));
    if (opened) log.info("TLS", {{"port", config.listen->port}});
    return std::move(opened).in("api.listen");
}

}  // namespace

core::Status open_doors(api::Server& server, const config::ApiConfig& config, log::Logger& log) {
    core::Status opened =
        server.listen({config.socket.string(), config.socket_mode, socket_group(config, log)});
    if (opened && config.listen_plain) {
        const config::ListenPlace& place = *config.listen_plain;
        opened = server.listen(api::LoopbackEndpoint{place.address, place.port}).in("api.listen_plain");
    }
    if (opened && config.listen) opened = open_tls(server, config, log);
    return opened;
}

void renew_certificates(api::Server& server, const config::ApiConfig& config, log::Logger& log) {
    // Whether it listens with TLS only a start changes.
    if (server.tls_port() == 0) return;
    auto context = read_certificates(config);
    if (!context) return log.error(context.error().message + "; the certificate so far stays in use");
    tell(**context, log);
    server.set_tls(*std::move(context));
}

core::Status check_certificates(const config::ApiConfig& config) {
    if (!config.listen) return {};
    auto context = read_certificates(config);
    return context ? core::Status() : core::Status(std::move(context).error());
}

}  // namespace potd
