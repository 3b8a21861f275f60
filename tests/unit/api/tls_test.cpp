// The server with TLS, from the client's bytes to the handler and back.
#include "tests/support/tls_client.hpp"
#include "tests/unit/api/http_fixture.hpp"

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace potd::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class TlsNotes : public api::RequestLog {
  public:
    void answered(const api::RequestRecord& /*record*/) override {}
    void crashed(const api::RequestRecord& /*record*/, std::string_view /*what*/) override {}
    void not_greeted(std::string_view address, std::string_view why) override {
        reasons.push_back(std::string(address) + ": " + std::string(why));
    }
    std::vector<std::string> reasons;
};

class TlsTest : public ::testing::Test {
  protected:
    TlsTest() {
        // A client that goes away shows as an error of the write, as in potd.
        static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
        add(api::Method::Get, "/who", [this](api::Exchange& exchange) {
            names = exchange.request().peer.names;
            address = exchange.request().peer.address;
            uid = exchange.request().peer.uid;
            exchange.answer({200, api::json_type, "\"you\"", {}, {}});
        });
        add(api::Method::Get, "/big", [this](api::Exchange& exchange) {
            exchange.answer({200, api::json_type, {}, big, {}});
        });
        add(api::Method::Post, "/echo", [](api::Exchange& exchange) {
            exchange.answer({200, api::json_type, exchange.request().body, {}, {}});
        });
        add(api::Method::Get, "/later", [this](api::Exchange& exchange) { later = exchange.later(); });
        add(api::Method::Get, "/socket", [](api::Exchange& exchange) {
            static_cast<void>(exchange.upgrade([](api::WebSocket& socket) { echo(socket); }));
        });
    }
    void add(api::Method method, const char* path, std::function<void(api::Exchange&)> handler) {
        router.add({method,
                    path,
                    api::Access(core::Role::Viewer, api::Reach::Common),
                    {},
                    {api::json_type},
                    {},
                    std::move(handler)});
    }
    static void echo(api::WebSocket& socket) {
        api::WebSocket::Events events;
        events.message = [&socket](std::string_view message, bool binary) {
            socket.send(std::string(message), binary);
        };
        socket.start(std::move(events));
    }
    void start(const api::Limits& limits = {}, const api::TlsOptions& options = {}) {
        http.emplace(router, limits, &notes);
        api::TlsOptions all = options;
        if (all.certificate.empty()) all.certificate = own.certificate;
        if (all.key.empty()) all.key = own.key;
        auto context = api::TlsContext::open(all);
        ASSERT_TRUE(context) << context.error().message;
        const api::TlsEndpoint here{*core::parse_ip_address("127.0.0.1"), 0};
        ASSERT_TRUE(http->server->listen(here, *context));
    }
    [[nodiscard]] api::TlsOptions with_clients(bool needed = false) const {
        return {own.certificate, own.key, authority.certificate(), needed};
    }
    [[nodiscard]] std::unique_ptr<TlsClient> connect(const TlsClient::Options& options = {}) const {
        return std::make_unique<TlsClient>(http->server->tls_port(), authority.certificate(), options);
    }
    template <class Done>
    bool run_until(TlsClient& client, Done done) {
        constexpr int most_rounds = 50'000;
        for (int round = 0; round < most_rounds; ++round) {
            http->context.restart();
            http->context.poll();
            client.pump();
            if (done()) return true;
        }
        return false;
    }
    bool opened(TlsClient& client) {
        return run_until(client, [&] { return client.open() || client.ended; }) && client.open();
    }
    ParsedAnswer ask(TlsClient& client, const std::string& request) {
        client.received.clear();
        client.send(request);
        run_until(client, [&] { return client.ended || HttpFixture::is_whole(client.received); });
        return parse_answer(client.received);
    }
    void let_it_notice(TlsClient& client) {
        run_until(client, [rounds = 0]() mutable { return ++rounds == 20; });
    }
    /// What potd says of such files.
    static std::string complaint(const api::TlsOptions& options) {
        const auto context = api::TlsContext::open(options);
        return context ? "" : context.error().message;
    }

    TempDir directory{"potd-tls"};
    CertificateAuthority authority{directory.path(), "authority"};
    CertificateFiles own = authority.issue({"potd.example", {"DNS:potd.example", "IP:127.0.0.1"}});
    api::Router router{api::Router::unguarded()};
    TlsNotes notes;
    std::vector<std::string> names;
    std::string address;
    std::int64_t uid = 0;
    std::shared_ptr<const std::string> big = std::make_shared<const std::string>(3'000'000, 'b');
    std::optional<HttpFixture> http;
    std::optional<api::Later> later;
};

TEST_F(TlsTest, AnswersRequestAfterRequestAsWithoutIt) {
    start();
    const auto client = connect({{}, "\x8http/1.1", 0, false, {}});
    EXPECT_EQ(ask(*client, get("/who")).body, "\"you\"");
    EXPECT_EQ(client->version(), "TLSv1.3");
    EXPECT_EQ(client->protocol(), "http/1.1");
    EXPECT_EQ(address, "127.0.0.1");
    EXPECT_EQ(uid, -1);
    EXPECT_THAT(names, IsEmpty());
    EXPECT_EQ(ask(*client, get("/big")).body, *big);
    const std::string body(200'000, 'e');
    EXPECT_EQ(ask(*client, with_body("POST", "/echo", body)).body, body);
    client->send(get("/who") + get("/who"));
    client->received.clear();
    EXPECT_EQ(ask(*client, get("/who", "Connection: close\r\n")).status, 200);
    ASSERT_TRUE(run_until(*client, [&] { return client->ended; }));
    EXPECT_TRUE(client->said_goodbye) << client->why;
    EXPECT_EQ(http->server->connections(), 0U);
}

TEST_F(TlsTest, ASlowReaderGetsAllOfALargeAnswer) {
    start();
    const auto client = connect();
    client->send(get("/big") + get("/big"));
    // The server fills the socket while nobody reads.
    for (int round = 0; round < 50; ++round) {
        http->context.restart();
        http->context.poll();
        if (!client->open()) client->pump();
    }
    ASSERT_TRUE(run_until(*client, [&] { return client->received.size() > 2 * big->size(); }));
    const ParsedAnswer first = parse_answer(client->received);
    EXPECT_EQ(first.body, *big);
    EXPECT_EQ(parse_answer(first.rest).body, *big);
}

TEST_F(TlsTest, OffersOnlyWhatIsGood) {
    start();
    const auto old = connect({{}, {}, 0x0302, false, {}});
    EXPECT_FALSE(opened(*old));
    const auto twelve = connect({{}, {}, 0x0303, false, {}});
    EXPECT_EQ(ask(*twelve, get("/who")).status, 200);
    EXPECT_EQ(twelve->version(), "TLSv1.2");
    const auto http2 = connect({{}, "\x2h2", 0, false, {}});
    EXPECT_FALSE(opened(*http2));
    EXPECT_THAT(http2->why, HasSubstr("no application protocol"));
    EXPECT_EQ(http->server->figures().not_greeted, 2U);
}

TEST_F(TlsTest, SessionsAreResumed) {
    start();
    const auto first = connect();
    ASSERT_EQ(ask(*first, get("/who")).status, 200);
    const auto second = connect({{}, {}, 0, false, first->session()});
    EXPECT_EQ(ask(*second, get("/who")).status, 200);
    EXPECT_TRUE(second->resumed());
}

TEST_F(TlsTest, HalfClosedClientsGetTheirAnswerAndVanishedOnesAreForgotten) {
    start();
    const auto half = connect();
    half->send(get("/later"));
    ASSERT_TRUE(run_until(*half, [&] { return later.has_value(); }));
    half->stop_sending();
    let_it_notice(*half);
    later->answer({200, api::json_type, "\"late\"", {}, {}});
    ASSERT_TRUE(run_until(*half, [&] { return half->ended; }));
    EXPECT_EQ(parse_answer(half->received).body, "\"late\"");
    EXPECT_TRUE(half->said_goodbye);

    later.reset();
    const auto gone = connect();
    gone->send(get("/later"));
    ASSERT_TRUE(run_until(*gone, [&] { return later.has_value(); }));
    bool cancelled = false;
    later->on_cancel([&] { cancelled = true; });
    gone->hang_up();
    EXPECT_TRUE(run_until(*gone, [&] { return cancelled; }));
    EXPECT_EQ(http->server->connections(), 0U);
}

TEST_F(TlsTest, CarriesWebSockets) {
    start();
    const auto client = connect();
    client->send(get("/socket",
                     "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    ASSERT_TRUE(run_until(*client, [&] { return client->received.find("\r\n\r\n") != std::string::npos; }));
    EXPECT_EQ(parse_answer(client->received).status, 101);
    client->received.clear();
    client->send(std::string("\x81\x85\0\0\0\0hello", 11));
    ASSERT_TRUE(run_until(*client, [&] { return client->received.size() >= 7; }));
    EXPECT_EQ(client->received, std::string("\x81\x05hello"));
    client->received.clear();
    client->send(std::string("\x88\x82\0\0\0\0\x03\xe8", 8));
    ASSERT_TRUE(run_until(*client, [&] { return client->ended; }));
    EXPECT_TRUE(client->said_goodbye) << client->why;
    EXPECT_EQ(client->received.substr(0, 4), "\x88\x02\x03\xe8");
}

TEST_F(TlsTest, ReadsNamesOfClientsFromVerifiedCertificates) {
    start({}, with_clients());
    const auto his = authority.issue(
        {"ci", {"DNS:ci.example", "email:ci@example.com", "URI:spiffe://example/ci", "IP:10.0.0.1"}});
    const auto known = connect({his, {}, 0, false, {}});
    EXPECT_EQ(ask(*known, get("/who")).status, 200);
    EXPECT_THAT(names, ElementsAre("ci", "ci.example", "ci@example.com", "spiffe://example/ci"));
    // With the session of before he is the same.
    const auto again = connect({his, {}, 0, false, known->session()});
    EXPECT_EQ(ask(*again, get("/who")).status, 200);
    EXPECT_TRUE(again->resumed());
    EXPECT_EQ(names.size(), 4U);
    const auto nameless = connect();
    EXPECT_EQ(ask(*nameless, get("/who")).status, 200);
    EXPECT_THAT(names, IsEmpty());
}

TEST_F(TlsTest, RefusesCertificatesOfOthersAndOldOnes) {
    start({}, with_clients());
    CertificateAuthority other(directory.path(), "other");
    const auto strange = connect({other.issue({"ci"}), {}, 0, false, {}});
    EXPECT_EQ(ask(*strange, get("/who")).status, 0);
    EXPECT_THAT(strange->why, HasSubstr("unknown ca"));
    const auto old = connect({authority.issue({"old", {}, -9, -2}), {}, 0, false, {}});
    EXPECT_EQ(ask(*old, get("/who")).status, 0);
    EXPECT_THAT(old->why, HasSubstr("certificate expired"));
    EXPECT_EQ(http->server->figures().not_greeted, 2U);
    EXPECT_EQ(http->server->connections(), 0U);
}

TEST_F(TlsTest, CertificatesOfClientsMayBeRequired) {
    start({}, with_clients(true));
    const auto nameless = connect();
    EXPECT_EQ(ask(*nameless, get("/who")).status, 0);
    EXPECT_THAT(nameless->why, HasSubstr("certificate required"));
    const auto known = connect({authority.issue({"ci"}), {}, 0, false, {}});
    EXPECT_EQ(ask(*known, get("/who")).status, 200);
}

TEST_F(TlsTest, WhoeverSpeaksHttpIsToldSo) {
    start();
    TlsClient client(http->server->tls_port(), authority.certificate(), {{}, {}, 0, true, {}});
    client.send_raw(get("/who"));
    ASSERT_TRUE(run_until(client, [&] { return http->server->figures().not_greeted == 1; }));
    EXPECT_THAT(notes.reasons, ElementsAre("127.0.0.1: http request"));
    // It reads the answer where it looks for a record of TLS.
    client.send({});
    ASSERT_TRUE(run_until(client, [&] { return client.ended; }));
    EXPECT_THAT(client.why, HasSubstr("wrong version number"));
}

TEST_F(TlsTest, SurvivesRubbish) {
    start();
    for (const char* rubbish : {"\x16\x03\x01\xff\xff", "SSH-2.0-x\r\n", "\x80\x2e\x01\x03\x01"}) {
        TlsClient client(http->server->tls_port(), authority.certificate(), {{}, {}, 0, true, {}});
        client.send_raw(std::string(rubbish) + std::string(20'000, '\xff'));
        client.hang_up();
        let_it_notice(client);
    }
    EXPECT_EQ(http->server->figures().not_greeted, 3U);
    const auto client = connect();
    EXPECT_EQ(ask(*client, get("/who")).status, 200);
}

TEST_F(TlsTest, AHandshakeHasADeadlineAndDrippingDoesNotHelp) {
    start();
    TlsClient silent(http->server->tls_port(), authority.certificate(), {{}, {}, 0, true, {}});
    TlsClient dripping(http->server->tls_port(), authority.certificate(), {{}, {}, 0, true, {}});
    let_it_notice(silent);
    const std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03xxxx", 15);
    for (const char byte : hello) {
        if (http->server->figures().not_greeted == 2) break;
        dripping.send_raw({&byte, 1});
        http->timers.advance(core::milliseconds(1000));
        let_it_notice(dripping);
    }
    EXPECT_EQ(http->server->figures().not_greeted, 2U);
    EXPECT_THAT(notes.reasons, ElementsAre("127.0.0.1: it took too long", "127.0.0.1: it took too long"));
}

TEST_F(TlsTest, TheOldestHandshakeGivesWayToANewOne) {
    api::Limits limits;
    limits.handshakes = 2;
    start(limits);
    std::vector<std::unique_ptr<TlsClient>> silent;
    for (int i = 0; i < 5; ++i) {
        silent.push_back(connect({{}, {}, 0, true, {}}));
        let_it_notice(*silent.back());
    }
    EXPECT_EQ(http->server->figures().not_greeted, 3U);
    const auto client = connect();
    EXPECT_EQ(ask(*client, get("/who")).status, 200);
}

TEST_F(TlsTest, OneAddressGetsSoManyConnectionsAndAllOfThemThreeQuarters) {
    api::Limits limits;
    limits.per_address = 2;
    start(limits);
    const auto first = connect();
    const auto second = connect();
    ASSERT_TRUE(opened(*first) && opened(*second));
    const auto third = connect();
    EXPECT_FALSE(opened(*third));
    EXPECT_EQ(http->server->figures().refused, 1U);
    first->hang_up();
    ASSERT_TRUE(run_until(*first, [&] { return http->server->connections() == 1; }));
    const auto fourth = connect();
    EXPECT_TRUE(opened(*fourth));

    limits.per_address = 100;
    limits.connections = 4;
    start(limits);
    ASSERT_TRUE(http->listen());
    std::vector<std::unique_ptr<TlsClient>> all;
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(opened(*all.emplace_back(connect())));
    EXPECT_FALSE(opened(*all.emplace_back(connect())));
    // Whoever is on this machine gets in.
    EXPECT_EQ(http->ask(get("/who")).status, 200);
}

TEST_F(TlsTest, ANewCertificateIsForConnectionsFromThenOn) {
    start();
    const auto before = connect();
    ASSERT_EQ(ask(*before, get("/who")).status, 200);
    const auto fresh = authority.issue({"fresh.example"});
    http->server->set_tls(*api::TlsContext::open({fresh.certificate, fresh.key, {}, false}));
    const auto after = connect();
    ASSERT_EQ(ask(*after, get("/who")).status, 200);
    EXPECT_EQ(after->subject(), "fresh.example");
    EXPECT_EQ(ask(*before, get("/who")).status, 200);
    EXPECT_EQ(before->subject(), "potd.example");
}

TEST_F(TlsTest, ShutdownEndsHandshakesAndConnections) {
    start();
    TlsClient silent(http->server->tls_port(), authority.certificate(), {{}, {}, 0, true, {}});
    const auto idle = connect();
    ASSERT_EQ(ask(*idle, get("/who")).status, 200);
    bool done = false;
    http->server->shut_down([&] { done = true; });
    EXPECT_TRUE(run_until(*idle, [&] { return done && idle->ended; }));
    EXPECT_TRUE(idle->said_goodbye);
}

TEST_F(TlsTest, EachFileThatIsNotGoodIsNamedWithItsField) {
    const auto put = [&](const char* name, const std::string& text, mode_t mode) {
        write_file(directory / name, text);
        EXPECT_EQ(::chmod((directory / name).c_str(), mode), 0);
        return directory / name;
    };
    const auto missing = directory / "missing.pem";
    const auto empty = put("empty.pem", "", 0600);
    EXPECT_THAT(complaint({missing, own.key, {}, false}),
                StartsWith("api.tls.certificate: " + missing.string() + ": No such file"));
    EXPECT_THAT(complaint({empty, own.key, {}, false}), HasSubstr("api.tls.certificate: " + empty.string() +
                                                                  ": no start line; expected certificates"));
    EXPECT_THAT(complaint({directory.path(), own.key, {}, false}), HasSubstr("is no file that can be read"));
    EXPECT_THAT(complaint({own.certificate, missing, {}, false}), StartsWith("api.tls.key: "));
    EXPECT_THAT(complaint({own.certificate, empty, {}, false}), HasSubstr("expected a private key in PEM"));
    EXPECT_THAT(complaint({own.certificate, authority.issue({"other"}).key, {}, false}),
                HasSubstr("key values mismatch; expected the key of the certificate"));
    EXPECT_THAT(complaint({own.certificate, own.key, missing, false}), StartsWith("api.tls.client_ca: "));
    EXPECT_THAT(complaint({own.certificate, own.key, empty, false}),
                HasSubstr("expected certificates of authorities in PEM"));
    const std::string key = read_file(own.key);
    for (const mode_t wide : {mode_t{0644}, mode_t{0660}, mode_t{0604}}) {
        EXPECT_THAT(complaint({own.certificate, put("wide.key", key, wide), {}, false}),
                    HasSubstr("others have rights to it; expected the mode 0600 or 0640"));
    }
    EXPECT_EQ(complaint({own.certificate, put("group.key", key, 0640), {}, false}), "");
}

TEST_F(TlsTest, TellsOfACertificateThatIsOutOfDate) {
    const auto old = authority.issue({"old.example", {}, -9, -2});
    const auto context = api::TlsContext::open({old.certificate, old.key, {}, false});
    ASSERT_TRUE(context);
    EXPECT_TRUE((*context)->is_out_of_date());
    EXPECT_EQ((*context)->subject(), "CN=old.example");
    EXPECT_THAT((*context)->good_until(), HasSubstr("GMT"));
    const auto good = api::TlsContext::open({own.certificate, own.key, {}, false});
    EXPECT_FALSE((*good)->is_out_of_date());
}

}  // namespace
}  // namespace potd::test
