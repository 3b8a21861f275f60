// A real potd with TLS, asked by the real potctl.
#include "tests/support/certificates.hpp"
#include "tests/system/fixture.hpp"

#include <csignal>
#include <filesystem>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// One that was free a moment ago.
std::string free_port() {
    const platform::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API's own way
    auto* const address = reinterpret_cast<sockaddr*>(&place);
    if (::bind(socket.get(), address, size) != 0 || ::getsockname(socket.get(), address, &size) != 0)
        return "0";
    return std::to_string(ntohs(place.sin_port));
}

ProgramOptions with_input(std::string input) {
    ProgramOptions options;
    options.input = std::move(input);
    return options;
}

class SystemTlsTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        configure(own);
        start_potd();
        Json spec = {{"name", "web"},
                     {"base", "host"},
                     {"command", sh("echo ready; trap 'exit 0' TERM; while :; do sleep 1000 & wait; done")},
                     {"network", {{"type", "none"}}}};
        api().create(spec);
        const Response token = potd.http("POST", "/v1/tokens", {{"name", "boss"}, {"role", "admin"}});
        secret = token.json().value("secret", "");
        ASSERT_THAT(secret, StartsWith("potd_")) << token.describe();
        write_file(files / "token", secret + "\n");
    }
    void configure(const CertificateFiles& shown) const {
        write_file(potd.config_file(),
                   "instance: " + potd.instance() + "\nlog: {level: debug}\napi:\n  listen: 127.0.0.1:" +
                       port + "\n  listen_plain: 127.0.0.1:" + plain_port +
                       "\n  tls: {certificate: " + shown.certificate.string() +
                       ", key: " + shown.key.string() + ", client_ca: " + authority.certificate().string() +
                       "}\naccess: {certificates: {ci.example: operator}}\n");
    }
    [[nodiscard]] std::string url(const std::string& host = "localhost") const {
        return "https://" + host + ":" + port;
    }
    /// potctl with that address and nothing else.
    [[nodiscard]] Outcome ask(Argv words, const std::string& where, ProgramOptions options = {}) const {
        Argv all = {"--url", where};
        all.insert(all.end(), words.begin(), words.end());
        return potd.potctl(all, std::move(options));
    }
    [[nodiscard]] Outcome admin(Argv words, ProgramOptions options = {}) const {
        words.insert(words.begin(), {"--cacert", authority.certificate().string(), "--token-file",
                                     (files / "token").string()});
        return ask(std::move(words), url(), std::move(options));
    }
    void expect_failure(const Outcome& outcome, const std::string& line, int status = 5) const {
        EXPECT_EQ(outcome.status, status) << outcome.err;
        EXPECT_EQ(outcome.err, line + "\n");
    }

    TempDir files{"potd-tls"};
    CertificateAuthority authority{files.path(), "authority"};
    CertificateFiles own = authority.issue({"potd", {"DNS:localhost", "IP:127.0.0.1"}});
    std::string port = free_port();
    std::string plain_port = free_port();
    std::string secret;
};

TEST_F(SystemTlsTest, PotctlDoesAllOfItOverTls) {
    EXPECT_EQ(admin({"start", "web"}).status, 0);
    const Response recorded = potd.http("GET", "/v1/audit?actor=token+boss");
    ASSERT_EQ(recorded.json()["items"].size(), 1U) << recorded.describe();
    EXPECT_EQ(recorded.json()["items"][0]["peer"], "tcp 127.0.0.1");
    EXPECT_THAT(admin({"ps"}).out, HasSubstr("web"));
    const Outcome ran = admin({"exec", "-p", "web", "--", "sh", "-c", "cat; echo err >&2; exit 7"},
                              with_input(std::string(300'000, 'i')));
    EXPECT_EQ(ran.status, 7) << ran.err;
    EXPECT_EQ(ran.out, std::string(300'000, 'i'));
    EXPECT_EQ(ran.err, "err\n");
    // Follows the log while the pot is stopped, which ends it.
    const Outcome followed = admin({"logs", "web"});
    EXPECT_EQ(followed.out, "ready\n") << followed.err;
    EXPECT_EQ(admin({"wait", "web", "--for", "running", "-t", "20s"}).status, 0);
    write_file(files / "site/index.html", std::string(200'000, 'w'));
    const Outcome copied = admin({"copy-in", "-p", "web", "-s", (files / "site").string(), "-d", "/srv"});
    EXPECT_EQ(copied.status, 0) << copied.err;
    EXPECT_EQ(admin({"exec", "-p", "web", "--", "sh", "-c", "wc -c </srv/site/index.html"}).out, "200000\n");
    EXPECT_EQ(admin({"stop", "web"}).status, 0);
    const Outcome run =
        admin({"run", "--rm", "-b", "host", "-N", "none", "--", "sh", "-c", "echo out; exit 3"});
    EXPECT_EQ(run.status, 3) << run.err;
    EXPECT_EQ(run.out, "out\n");
}

TEST_F(SystemTlsTest, WhoIsNobodyGetsNothingAndACertificateItsRole) {
    const std::string ca = authority.certificate().string();
    const Outcome nobody = ask({"ps", "--cacert", ca}, url());
    EXPECT_EQ(nobody.status, 1);
    EXPECT_THAT(nobody.err, HasSubstr("potctl: ps: a token is needed"));
    const Outcome plain = ask({"ps"}, "http://127.0.0.1:" + plain_port);
    EXPECT_THAT(plain.err, HasSubstr("potctl: ps: a token is needed"));
    EXPECT_EQ(ask({"ps", "--token", secret}, "http://127.0.0.1:" + plain_port).status, 0);

    const auto his = authority.issue({"ci", {"DNS:ci.example"}});
    const auto other = authority.issue({"guest"});
    const Argv with_his = {"--cacert", ca, "--cert", his.certificate.string(), "--key", his.key.string()};
    const auto as_ci = [&](Argv words) {
        words.insert(words.end(), with_his.begin(), with_his.end());
        return ask(std::move(words), url("127.0.0.1"));
    };
    EXPECT_EQ(as_ci({"start", "web"}).status, 0);
    EXPECT_THAT(as_ci({"destroy", "web"}).err,
                HasSubstr("certificate ci.example has the role operator; this needs the role developer"));
    const Outcome guest =
        ask({"ps", "--cacert", ca, "--cert", other.certificate.string(), "--key", other.key.string()}, url());
    EXPECT_THAT(guest.err, HasSubstr("access.certificates gives no role to the certificate of guest"));
    // A context keeps it all.
    ProgramOptions at_home;
    at_home.env["XDG_CONFIG_HOME"] = (files / "home").string();
    Argv add = {"context", "add", "far", "--url", url()};
    add.insert(add.end(), with_his.begin(), with_his.end());
    EXPECT_EQ(potd.potctl(add, at_home).status, 0);
    const Outcome by_context = potd.potctl({"--context", "far", "ps", "-q"}, at_home);
    EXPECT_EQ(by_context.out, "web\n") << by_context.err;
}

TEST_F(SystemTlsTest, EachErrorIsOneClearLine) {
    const std::string ca = authority.certificate().string();
    const std::string no_tls = "potctl: ps: no TLS with ";
    expect_failure(ask({"ps"}, url()),
                   no_tls + url() +
                       ": its certificate is of an authority that is not known (--cacert FILE "
                       "names one)");
    expect_failure(ask({"ps", "--cacert", ca}, url("127.0.0.2")),
                   "potctl: ps: potd does not answer at " + url("127.0.0.2") +
                       ": Connection refused (is potd running? POTD_URL or --url says where)");
    expect_failure(ask({"ps", "--cacert", ca}, url("ip6-localhost.invalid")),
                   "potctl: ps: potd does not answer at " + url("ip6-localhost.invalid") +
                       ": Name or service not known");
    expect_failure(ask({"ps"}, "https://127.0.0.1:" + plain_port),
                   no_tls + "https://127.0.0.1:" + plain_port + ": it does not speak TLS (is it http://?)");
    expect_failure(ask({"ps"}, "http://127.0.0.1:" + port),
                   "potctl: ps: this port speaks TLS: ask by https, not http", 2);
    expect_failure(ask({"ps", "--cacert", "/nonexistent/ca.pem"}, url()),
                   "potctl: ps: --cacert: /nonexistent/ca.pem: No such file or directory", 1);
    expect_failure(ask({"ps", "--key", "/x.key"}, url()),
                   "potctl: ps: a key is of no use without its certificate (--cert FILE)", 2);
    CertificateAuthority strange(files.path(), "strange");
    const auto his = strange.issue({"ci"});
    expect_failure(
        ask({"ps", "--cacert", ca, "--cert", his.certificate.string(), "--key", his.key.string()}, url()),
        no_tls + url() + ": potd does not know the authority of our certificate");
}

TEST_F(SystemTlsTest, CertificatesAreReadAgainAndBadOnesAreNotTaken) {
    const auto reload = [&](const CertificateFiles& shown) {
        const std::size_t before = potd.log().size();
        configure(shown);
        potd.signal(SIGHUP);
        const auto tells = [&] { return potd.log().find("reloaded", before) != std::string::npos; };
        EXPECT_TRUE(wait_until(tells)) << potd.log();
        return potd.log().substr(before);
    };
    const std::string no_tls = "potctl: ps: no TLS with " + url();
    EXPECT_THAT(reload(authority.issue({"elsewhere", {"DNS:elsewhere.example"}})), HasSubstr("CN=elsewhere"));
    expect_failure(admin({"ps"}), no_tls + ": its certificate is not for localhost");
    EXPECT_THAT(reload(authority.issue({"old", {"DNS:localhost"}, -9, -2})), HasSubstr("out of date"));
    expect_failure(admin({"ps"}), no_tls + ": its certificate has expired");
    reload(own);
    EXPECT_EQ(admin({"ps"}).status, 0);
    const auto mixed = CertificateFiles{own.certificate, authority.issue({"mixed"}).key};
    EXPECT_THAT(reload(mixed),
                HasSubstr("expected the key of the certificate; the certificate so far stays in use"));
    ASSERT_EQ(::chmod(own.key.c_str(), 0644), 0);
    EXPECT_THAT(reload(own), HasSubstr("api.tls.key: " + own.key.string() + ": others have rights to it"));
    EXPECT_EQ(admin({"ps"}).status, 0);
    // A start with it fails, and so does the check.
    Argv check = potd.arguments();
    check.emplace_back("--check-config");
    const Outcome checked = run_program(check);
    EXPECT_EQ(checked.status, 1);
    EXPECT_THAT(checked.err, HasSubstr("others have rights to it; expected the mode 0600 or 0640"));
    ASSERT_EQ(::chmod(own.key.c_str(), 0600), 0);
}

}  // namespace
}  // namespace potd::test
