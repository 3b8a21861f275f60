// What does TLS cost on connections that are kept? Requests a second of it, in percent of the unix socket's.
#include "bench/support/pipeline.hpp"
#include "bench/support/report.hpp"
#include "bench/support/statistics.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/certificates.hpp"

#include <string>
#include <utility>
#include <vector>

namespace potd::bench {
namespace {

constexpr int connections = 4;
constexpr double seconds = 2;
constexpr int rounds = 5;
constexpr std::uint16_t port = 29'766;
constexpr std::uint16_t plain_port = 29'765;

std::string with_tls(const test::CertificateFiles& files) {
    return "api:\n  listen: 127.0.0.1:" + std::to_string(port) +
           "\n  listen_plain: 127.0.0.1:" + std::to_string(plain_port) +
           "\n  tls: {certificate: " + files.certificate.string() + ", key: " + files.key.string() + "}\n";
}

double median(const std::vector<double>& samples) {
    return summarize(samples).median;
}

void measure(const Options& options) {
    Report report("HTTP over TLS beside the unix socket, 4 connections");
    const test::TempDir directory("potd-bench-tls");
    test::CertificateAuthority authority(directory.path(), "authority");
    const auto files = authority.issue({"potd", {"IP:127.0.0.1"}});
    Subject subject(options, with_tls(files));
    subject.create_idle(0, 200);
    subject.start_idle(0, 1);
    const auto made =
        subject.potd().http("POST", "/v1/tokens", {{"name", "bench"}, {"role", "viewer"}}).json();
    const std::string header = "Authorization: Bearer " + made.value("secret", "") + "\r\n";
    const auto rate = [&](const Dial& dial, const std::string& target, const std::string& more) {
        return requests_per_second(dial, target, more, connections, 1, seconds);
    };
    const Dial here = unix_socket(subject.potd().socket());
    const Dial secured = secured_port(port, authority.certificate());
    const Dial plain = local_port(plain_port);
    for (const auto& [what, target] :
         {std::pair("inspect", "/v1/pots/p0"), std::pair("list of 200", "/v1/pots?limit=1000")}) {
        // In turns, so that whatever else the machine does is done to all of them.
        std::vector<double> by_socket, by_socket_with_token, by_tcp, by_tls, part;
        for (int i = 0; i < rounds; ++i) {
            by_socket.push_back(rate(here, target, ""));
            by_socket_with_token.push_back(rate(here, target, header));
            by_tcp.push_back(rate(plain, target, header));
            by_tls.push_back(rate(secured, target, header));
            part.push_back(100 * by_tls.back() / by_socket.back());
        }
        const std::string name(what);
        report.single(name + ", unix socket", "1/s", median(by_socket), {});
        report.single(name + ", unix socket with a token", "1/s", median(by_socket_with_token), {});
        report.single(name + ", TCP with a token", "1/s", median(by_tcp), {});
        report.single(name + ", TLS with a token", "1/s", median(by_tls), {});
        report.single(name + ", of the unix socket", "%", median(part), {.at_least = 70});
    }
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 300, potd::bench::measure);
}
