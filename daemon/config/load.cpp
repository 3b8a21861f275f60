#include "daemon/config/load.hpp"

#include "daemon/config/file.hpp"
#include "daemon/config/keys.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/un.h>

namespace potd::config {
namespace {

namespace fs = std::filesystem;
using core::ErrorKind;
using core::Result;
using core::Status;

Status read_configuration(const CommandLine& line, Config& config) {
    if (line.config) return read_file(*line.config, config);
    Status read = read_file(default_places().config, config);
    if (!read && read.error().kind == ErrorKind::NotFound) return {};
    return read;
}

Status apply_option(Config& config, std::string_view option, std::string_view key,
                    const std::optional<std::string>& value) {
    if (!value) return {};
    Status applied = apply_key(config, key, *value);
    if (applied) return applied;
    core::Error error = std::move(applied).error().in(option);
    error.field = option;
    return error;
}

Status apply_directory(Config& config, std::string_view option, std::string_view key,
                       const std::optional<std::string>& value) {
    if (!value || value->empty()) return apply_option(config, option, key, value);
    std::error_code problem;
    const fs::path absolute = fs::absolute(*value, problem);
    if (problem) return core::os_error(problem.value(), option);
    return apply_option(config, option, key, absolute.string());
}

Status apply_options(const CommandLine& line, Config& config) {
    Status applied = apply_directory(config, "--state-dir", "state_dir", line.state_dir);
    if (applied) applied = apply_directory(config, "--run-dir", "run_dir", line.run_dir);
    if (applied) applied = apply_option(config, "--log-level", "log.level", line.log_level);
    if (applied) applied = apply_option(config, "--instance", "instance", line.instance);
    return applied;
}

Status check_socket(std::string_view key, const fs::path& socket) {
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
    const std::size_t length = socket.native().size();
    if (length <= longest) return {};
    core::Error error =
        core::error(ErrorKind::InvalidArgument,
                    std::string(key) + ": too long: the socket " + socket.string() + " would have " +
                        std::to_string(length) + " characters, the system allows " + std::to_string(longest));
    error.field = key;
    return error;
}

/// Beyond 31 bits not every program takes an id for one.
Status check_ids(const UserNamespaceConfig& ids) {
    constexpr std::int64_t range = 65'536;
    constexpr std::int64_t end = std::int64_t{1} << 31;
    const std::int64_t most = (end - ids.first_id) / range;
    if (ids.pots <= most) return {};
    return core::invalid_field("user_namespace.pots", std::to_string(ids.pots),
                               "at most " + std::to_string(most) + " ranges of 65536 ids from first_id " +
                                   std::to_string(ids.first_id) + " to 2147483647");
}

Status check_pool(const NetworkConfig& network) {
    if (network.route_public && !network.ipv6_pool && !network.ipv6_pool_is_chosen)
        return core::invalid_field("network.route_public", "true", "false, as network.ipv6_pool is none");
    if (network.public_prefix >= network.ipv4_pool.prefix) return {};
    return core::invalid_field("network.public_prefix", std::to_string(network.public_prefix),
                               "at least " + std::to_string(network.ipv4_pool.prefix) +
                                   ", as network.ipv4_pool is " + core::to_string(network.ipv4_pool));
}

Status needs(std::string_view key, std::string_view with, std::string_view expected) {
    core::Error error =
        core::error(ErrorKind::InvalidArgument, std::string(key) + ": is not given; " + std::string(with) +
                                                    " needs " + std::string(expected));
    error.field = key;
    return error;
}

/// What is of no use without the other.
Status check_tls(const Config& config) {
    const TlsConfig& tls = config.api.tls;
    if (config.api.listen && tls.certificate.empty())
        return needs("api.tls.certificate", "api.listen", "the file of a certificate");
    if (config.api.listen && tls.key.empty())
        return needs("api.tls.key", "api.listen", "the file of its key");
    constexpr std::string_view authority = "the file of the authority that signs certificates of clients";
    if (tls.needs_client_certificate && tls.client_ca.empty())
        return needs("api.tls.client_ca", "api.tls.client_certificate: required", authority);
    if (!config.access.certificates.empty() && tls.client_ca.empty())
        return needs("api.tls.client_ca", "access.certificates", authority);
    return {};
}

}  // namespace

Result<Config> load(const CommandLine& line) {
    Config config;
    const DefaultPlaces places = default_places();
    config.state_dir = places.state_dir;
    config.run_dir = places.run_dir;
    if (Status read = read_configuration(line, config); !read) return std::move(read).error();
    if (Status applied = apply_options(line, config); !applied) return std::move(applied).error();

    if (Status fits = check_ids(config.user_namespace); !fits) return std::move(fits).error();
    if (Status fits = check_pool(config.network); !fits) return std::move(fits).error();
    if (Status fits = check_tls(config); !fits) return std::move(fits).error();
    const fs::path file = line.config ? fs::path(*line.config) : places.config;
    std::error_code problem;
    config.flavours.beside = fs::absolute(file, problem).lexically_normal().parent_path() / "flavours";
    if (problem) return core::os_error(problem.value(), "--config");
    const bool own_socket = !config.api.socket.empty();
    if (!own_socket) config.api.socket = config.run_dir / "potd.sock";
    // Each running pot has a socket named after its id.
    if (Status fits = check_socket("run_dir", config.run_dir / "pots" / "0123456789ab.sock"); !fits) {
        return std::move(fits).error();
    }
    if (Status fits = check_socket("api.socket", config.api.socket); !fits) return std::move(fits).error();
    return config;
}

}  // namespace potd::config
