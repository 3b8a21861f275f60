#include "api/door/secret_key.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/api/routes_fixture.hpp"

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::test {
namespace {

class SecretsRoutesTest : public RoutesFixture {
  protected:
    Json names(const std::string& pot) { return json("/v1/pots/" + pot)["spec"]["env_secret"]; }
    Json patch(const Json& body, const std::string& query = "") {
        const ParsedAnswer answer = call("PATCH", "/v1/pots/web" + query, body);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return Json::parse(answer.body)["spec"]["env_secret"];
    }
    /// What the command of its newest run was given.
    std::string given(const std::string& pot, const std::string& name) {
        for (const core::EnvVar& one :
             services.heart.runtime.runs.at(services.heart.key(pot)).request.spec.env) {
            if (one.name == name) return one.value;
        }
        return "(none)";
    }
    const std::string value = "hUsh4711";
};

TEST_F(SecretsRoutesTest, AreGivenToTheCommandAndShownAsNames) {
    create("web", {{"env", {{"A", "open"}, {"B", "b"}}}, {"env_secret", {{"TOKEN", value}, {"A", "s"}}}});
    EXPECT_EQ(names("web"), (Json{"A", "TOKEN"}));
    start("web");
    EXPECT_EQ(given("web", "TOKEN"), value);
    EXPECT_EQ(given("web", "A"), "s") << "before a variable of the same name";
    EXPECT_EQ(given("web", "B"), "b");
    const auto& kept = services.heart.journal.recorded();
    ASSERT_EQ(kept.secrets.size(), 1U);
    for (const auto& [name, sealed] : kept.secrets.begin()->second)
        EXPECT_EQ(sealed.find(value), std::string::npos) << name;
}

TEST_F(SecretsRoutesTest, NoAnswerHasThem) {
    create("web", {{"env_secret", {{"TOKEN", value}}}});
    start("web");
    EXPECT_EQ(call("PATCH", "/v1/pots/web", {{"env_secret", {{"MORE", value}}}}).body.find(value),
              std::string::npos);
    for (const api::Route* const route : services.routes().router().routes()) {
        const bool waits = route->acts || route->pattern.ends_with("/wait");
        if (route->method != api::Method::Get || waits) continue;
        std::string path = route->pattern;
        for (std::size_t at = 0; (at = path.find('{')) != std::string::npos;)
            path.replace(at, path.find('}') - at + 1, path.find("{number}") == at ? "1" : "web");
        const ParsedAnswer answer =
            call("GET", path, nullptr, "Accept: application/json, text/plain, application/x-ndjson\r\n");
        EXPECT_EQ((answer.head + answer.body).find(value), std::string::npos) << path;
    }
    for (const core::Event& event : services.heart.journal.recorded().events) {
        for (const auto& [key, text] : event.details) EXPECT_EQ(text.find(value), std::string::npos) << key;
    }
    for (const core::AuditRecord& record : services.audited)
        EXPECT_EQ(record.entry.path.find(value), std::string::npos);
    EXPECT_EQ(services.audited.back().end.fields, std::vector<std::string>{"env_secret"});
}

TEST_F(SecretsRoutesTest, ChangesAddReplaceAndTakeAway) {
    create("web", {{"env_secret", {{"A", "1"}, {"B", "2"}, {"C", "3"}}}});
    EXPECT_EQ(patch({{"env_secret", {{"A", "9"}, {"B", nullptr}, {"D", "4"}}}}), (Json{"A", "C", "D"}));
    EXPECT_EQ(patch({{"labels", {{"x", "y"}}}}), (Json{"A", "C", "D"}));
    EXPECT_EQ(patch({{"env_secret", {"A", "C"}}}), (Json{"A", "C"})) << "names are those that stay";
    EXPECT_EQ(patch({{"env_secret", {{"Z", "0"}}}}, "?dry_run=true"), (Json{"A", "C", "Z"}));
    EXPECT_EQ(names("web"), (Json{"A", "C"}));
    start("web");
    EXPECT_EQ(given("web", "A"), "9");
    EXPECT_EQ(given("web", "B"), "(none)");
    EXPECT_EQ(given("web", "C"), "3");
    const Json whole{{"name", "web"}, {"base", "host"}, {"command", {"/bin/true"}}};
    EXPECT_EQ(patch(whole, "?replace=true"), (Json{"A", "C"})) << "a spec that says nothing of them";
    Json with = whole;
    with["env_secret"] = {{"N", "n"}};
    EXPECT_EQ(patch(with, "?replace=true"), Json{"N"});
    with["env_secret"] = Json::object();
    EXPECT_EQ(patch(with, "?replace=true"), Json::array());
    EXPECT_TRUE(services.heart.journal.recorded().secrets.empty());
}

TEST_F(SecretsRoutesTest, AreRefusedWithoutBeingTold) {
    create("web");
    const auto refused = [&](const Json& secrets, const std::string& field) {
        const ParsedAnswer answer = call("PATCH", "/v1/pots/web", {{"env_secret", secrets}});
        expect_problem(answer, 422, "invalid_argument", field);
        EXPECT_EQ(answer.body.find("4711"), std::string::npos) << answer.body;
    };
    refused({{"A", 4711}}, "env_secret.A");
    refused({{"A", {{"B", "4711"}}}}, "env_secret.A");
    refused("4711", "env_secret");
    refused({{"A", std::string("4711\0x", 6)}}, "env_secret.A");
    refused({{"not a name", "4711"}}, "env_secret.not a name");
    refused({"NONE"}, "env_secret");
    refused(Json{4711}, "env_secret[0]");
    refused({{"A", "4711" + std::string(100'000, 'x')}}, "env_secret");
    for (const char* body :
         {R"({"env_secret": {"A": "4711)", R"({"env_secret": {"A": 4711x}})",
          R"([{"env_secret": {"A": "4711"}}])", R"({"env": {"env_secret": {"A": "4711"}}})",
          R"({"env_secret": {"A": "4711"}, "env_secret": 1})"}) {
        const ParsedAnswer answer = http.ask(with_body("PATCH", "/v1/pots/web", body, "application/json"));
        EXPECT_GE(answer.status, 400) << answer.body;
        EXPECT_EQ(answer.body.find("4711"), std::string::npos) << answer.body;
    }
    EXPECT_EQ(names("web"), Json::array());
}

TEST_F(SecretsRoutesTest, TheirSizeIsThatOfAllThePotHas) {
    const std::string part(40UL << 10U, 'x');
    create("web", {{"env_secret", {{"A", part}, {"B", part}}}});
    expect_problem(call("PATCH", "/v1/pots/web", {{"env_secret", {{"C", part}}}}), 422, "invalid_argument",
                   "env_secret");
    EXPECT_EQ(patch({{"env_secret", {{"B", part}, {"D", "x"}}}}), (Json{"A", "B", "D"}));
    EXPECT_EQ(patch({{"env_secret", {{"A", nullptr}, {"C", part}}}}), (Json{"B", "C", "D"}));
    Json many = Json::object();
    for (int i = 0; i < 98; ++i) many["V" + std::to_string(i)] = "";
    expect_problem(call("PATCH", "/v1/pots/web", {{"env_secret", many}}), 422, "invalid_argument",
                   "env_secret");
}

TEST_F(SecretsRoutesTest, ADryRunTellsWhichAreOthers) {
    create("web", {{"env_secret", {{"A", value}, {"B", "b"}, {"C", "c"}}}});
    const auto changed = [&](const Json& body, const std::string& query = "?dry_run=true") {
        const ParsedAnswer answer = call("PATCH", "/v1/pots/web" + query, body);
        EXPECT_EQ(answer.body.find(value), std::string::npos);
        return Json::parse(answer.body)["secrets_changed"];
    };
    EXPECT_EQ(changed({{"env_secret", {{"A", value}, {"B", "other"}, {"C", nullptr}, {"D", value}}}}),
              (Json{"B", "C", "D"}));
    EXPECT_EQ(changed({{"env_secret", {"A", "B", "C"}}}), Json::array());
    EXPECT_EQ(changed({{"env_secret", {"A"}}}), (Json{"B", "C"}));
    EXPECT_EQ(changed({{"user", "x"}}), Json::array());
    EXPECT_FALSE(json("/v1/pots/web").contains("secrets_changed"));
}

TEST_F(SecretsRoutesTest, WhatIsKeptOfARequestWithAKeyLetsNobodyTryThem) {
    const auto fingerprint = [&](const std::string& key, const std::string& body) {
        const ParsedAnswer answer = http.ask(
            with_body("POST", "/v1/pots", body, "application/json", "Idempotency-Key: " + key + "\r\n"));
        EXPECT_EQ(answer.status, 201) << answer.body;
        for (const auto& [id, operation] : services.heart.journal.recorded().operations) {
            if (operation.key.text == key) return operation.key.fingerprint;
        }
        return std::string("(none)");
    };
    EXPECT_EQ(fingerprint("k0", R"({"name":"plain","base":"host"})").find("keyed "), std::string::npos);
    const std::string kept = fingerprint("k1", R"({"name":"a","base":"host","env_secret":{"A":"x"}})");
    EXPECT_TRUE(kept.starts_with("keyed ")) << kept;
    EXPECT_EQ(kept.size(), std::string("keyed ").size() + 64)
        << "an HMAC by a key that is not in the database";
    const std::string escaped =
        fingerprint("k2", R"({"name":"b","base":"host","env_\u0073ecret":{"A":"x"}})");
    EXPECT_TRUE(escaped.starts_with("keyed ")) << escaped;
    EXPECT_EQ(call("POST", "/v1/pots", {{"name", "a"}, {"base", "host"}, {"env_secret", {{"A", "y"}}}},
                   "Idempotency-Key: k1\r\n")
                  .status,
              422)
        << "it still says whether a request is the same";
}

TEST_F(SecretsRoutesTest, NoneIsSealedByAKeyThatDoesNotOpenTheOthers) {
    create("web", {{"env_secret", {{"A", value}}}});
    create("plain");
    services.heart.secret_box.locked = true;
    const ParsedAnswer answer = call("PATCH", "/v1/pots/plain", {{"env_secret", {{"A", value}}}});
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_EQ(names("plain"), Json::array());
    EXPECT_EQ(patch({{"env_secret", {{"A", nullptr}}}}), Json::array()) << "they can be given up";
    EXPECT_EQ(call("PATCH", "/v1/pots/plain", {{"env_secret", {{"A", value}}}}).status, 200)
        << "and then be given anew";
}

TEST_F(SecretsRoutesTest, AreAsTheyWereIfTheyCannotBeStored) {
    create("web", {{"env_secret", {{"A", value}}}});
    const core::Error full = core::error(core::ErrorKind::ResourceExhausted, "no space left");
    services.heart.journal.fail_next(full, 10);
    EXPECT_GE(call("PATCH", "/v1/pots/web", {{"env_secret", {{"A", "new"}, {"B", "b"}}}}).status, 500);
    EXPECT_GE(
        call("POST", "/v1/pots", {{"name", "other"}, {"base", "host"}, {"env_secret", {{"C", "c"}}}}).status,
        500);
    services.heart.journal.fail_next(full, 0);
    EXPECT_EQ(services.heart.journal.recorded().secrets.size(), 1U);
    EXPECT_EQ(names("web"), Json{"A"});
    start("web");
    EXPECT_EQ(given("web", "A"), value);
}

TEST_F(SecretsRoutesTest, ARequestOfWhichOneCannotBeSealedChangesNothing) {
    create("web", {{"env_secret", {{"A", "1"}, {"B", "2"}, {"C", "3"}}}});
    const auto before = json("/v1/pots/web");
    const Json three{{"A", "x"}, {"B", "y"}, {"C", "z"}};
    const auto refused = [&](const std::string& method, const std::string& path, const Json& body) {
        for (int nth = 1; nth <= 3; ++nth) {
            services.heart.secret_box.failing_seal = services.heart.secret_box.seals + nth;
            const std::string name(1, static_cast<char>('A' + nth - 1));
            const ParsedAnswer answer = call(method, path, body);
            expect_problem(answer, 500, "internal", "env_secret." + name);
            EXPECT_NE(answer.body.find("env_secret." + name + ": no numbers"), std::string::npos);
            EXPECT_EQ(json("/v1/pots/web"), before) << path;
            EXPECT_EQ(json("/v1/pots")["items"].size(), 1U) << path;
        }
    };
    refused("PATCH", "/v1/pots/web", {{"labels", {{"a", "b"}}}, {"env_secret", three}});
    refused("PATCH", "/v1/pots/web?replace=true",
            {{"name", "web"}, {"base", "host"}, {"command", {"/bin/sh"}}, {"env_secret", three}});
    refused("POST", "/v1/pots", {{"name", "other"}, {"base", "host"}, {"env_secret", three}});
    refused("POST", "/v1/pots",
            {{"name", "child"}, {"base", "host"}, {"parent", "web"}, {"env_secret", three}});
    refused("POST", "/v1/pots/web/clone", {{"name", "copy"}, {"take_snapshot", true}});
    EXPECT_EQ(json("/v1/pots/web/snapshots")["items"], Json::array()) << "none was taken for the clone";
    EXPECT_EQ(services.heart.complaints, std::vector<std::string>());
    start("web");
    for (const auto& [name, text] : {std::pair{"A", "1"}, {"B", "2"}, {"C", "3"}})
        EXPECT_EQ(given("web", name), text);
}

TEST_F(SecretsRoutesTest, OfAChildOfAnotherPotTheyAreItsOwn) {
    create("web", {{"env_secret", {{"A", value}}}});
    create("child", {{"parent", "web"}, {"env_secret", {{"B", "b"}}}});
    EXPECT_EQ(names("child"), Json{"B"});
    start("child");
    EXPECT_EQ(given("child", "B"), "b");
    EXPECT_EQ(given("child", "A"), "(none)");
}

TEST_F(SecretsRoutesTest, ACloneHasItsOwn) {
    create("web", {{"env_secret", {{"A", value}, {"B", "b"}}}});
    const ParsedAnswer made =
        call("POST", "/v1/pots/web/clone",
             {{"name", "copy"}, {"take_snapshot", true}, {"changes", {{"env_secret", {{"B", nullptr}}}}}});
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(names("copy"), Json{"A"});
    EXPECT_EQ(names("web"), (Json{"A", "B"}));
    start("copy");
    EXPECT_EQ(given("copy", "A"), value);
    EXPECT_EQ(call("DELETE", "/v1/pots/web?force=true").status, 204);
    EXPECT_EQ(services.heart.journal.recorded().secrets.size(), 1U);
}

TEST_F(SecretsRoutesTest, APotWhoseSecretsDoNotOpenDoesNotStart) {
    create("web", {{"env_secret", {{"A", value}}}});
    create("plain");
    services.heart.secret_box.error = core::error(core::ErrorKind::NotFound, "key of the secrets /x/y: gone");
    const ParsedAnswer answer = call("POST", "/v1/pots/web/start");
    EXPECT_GE(answer.status, 400);
    EXPECT_NE(answer.body.find("env_secret.A: key of the secrets /x/y: gone"), std::string::npos)
        << answer.body;
    start("plain");
    EXPECT_GE(call("PATCH", "/v1/pots/plain", {{"env_secret", {{"A", value}}}}).status, 400);
}

class SecretKeyTest : public testing::Test {
  protected:
    TempDir dir_;
    std::filesystem::path file_ = dir_ / "secrets.key";
    api::SecretKey key_{file_};
};

TEST_F(SecretKeyTest, OpensWhatItSealedInTheSameContextOnly) {
    ASSERT_TRUE(key_.ready(true));
    const std::string sealed = *key_.seal("pot/A", "text");
    EXPECT_EQ(*key_.open("pot/A", sealed), "text");
    EXPECT_NE(*key_.seal("pot/A", "text"), sealed) << "the nonce is another";
    EXPECT_FALSE(key_.open("pot/B", sealed));
    for (std::size_t i = 0; i < sealed.size(); i += 7) {
        std::string changed = sealed;
        changed[i] = changed[i] == '0' ? '1' : '0';
        EXPECT_FALSE(key_.open("pot/A", changed)) << i;
    }
    for (const char* bad : {"", "00", "zz"}) EXPECT_FALSE(key_.open("pot/A", bad));
    EXPECT_EQ(*key_.open("pot/A", *key_.seal("pot/A", "")), "");
}

TEST_F(SecretKeyTest, IsMadeForItsOwnerAloneAndOnlyIfItMay) {
    const core::Status none = key_.ready(false);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find(file_.string()), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(file_));
    ASSERT_TRUE(key_.ready(true));
    struct stat facts {};
    ASSERT_EQ(::stat(file_.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0600U);
    EXPECT_EQ(facts.st_size, 32);
    const std::string sealed = *key_.seal("c", "text");
    EXPECT_EQ(*api::SecretKey(file_).open("c", sealed), "text");
    std::filesystem::remove(file_);
    api::SecretKey other(file_);
    ASSERT_TRUE(other.ready(true));
    const auto opened = other.open("c", sealed);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find(file_.string()), std::string::npos);
}

TEST_F(SecretKeyTest, ABadFileIsNamedWithWhatIsWrong) {
    const auto why = [&] {
        const core::Status status = api::SecretKey(file_).ready(true);
        EXPECT_FALSE(status);
        EXPECT_EQ(status.error().kind, core::ErrorKind::Unavailable);
        EXPECT_NE(status.error().message.find(file_.string()), std::string::npos) << status.error().message;
        return status.error().message;
    };
    const auto has = [](const std::string& text, const std::string& part) {
        return text.find(part) != std::string::npos;
    };
    write_file(file_, std::string(31, 'k'));
    ASSERT_EQ(::chmod(file_.c_str(), 0600), 0);
    EXPECT_TRUE(has(why(), "expected 32 bytes, not 31"));
    write_file(file_, std::string(33, 'k'));
    EXPECT_TRUE(has(why(), "expected 32 bytes, not 33"));
    write_file(file_, std::string(32, 'k'));
    for (const mode_t open : {mode_t{0640}, mode_t{0604}, mode_t{0622}}) {
        ASSERT_EQ(::chmod(file_.c_str(), open), 0);
        EXPECT_TRUE(has(why(), "expected a file with the mode 0600")) << open;
    }
    ASSERT_EQ(::chmod(file_.c_str(), 0600), 0);
    EXPECT_TRUE(api::SecretKey(file_).ready(false));
    if (::geteuid() == 0) {
        ASSERT_EQ(::chown(file_.c_str(), 65534, 0), 0);
        EXPECT_TRUE(has(why(), "not of uid 65534"));
    }
    std::filesystem::remove(file_);
    std::filesystem::create_directory(file_);
    EXPECT_TRUE(has(why(), "expected a file"));
    std::filesystem::remove(file_);
    std::filesystem::create_symlink(dir_ / "elsewhere", file_);
    EXPECT_FALSE(why().empty());
    EXPECT_FALSE(std::filesystem::exists(dir_ / "elsewhere"));
}

TEST_F(SecretKeyTest, OneThatCannotBeMadeLeavesNothing) {
    std::filesystem::create_directory(dir_ / "secrets.key.new");
    const core::Status made = key_.ready(true);
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find(file_.string()), std::string::npos);
    std::filesystem::remove(dir_ / "secrets.key.new");
    write_file(dir_ / "secrets.key.new", "half of");
    ASSERT_TRUE(key_.ready(true)) << "what a crash left is no hindrance";
    EXPECT_FALSE(std::filesystem::exists(dir_ / "secrets.key.new"));
    struct rlimit before {};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    std::filesystem::remove(file_);
    const struct rlimit none { 16, before.rlim_max };
    const auto signal_before = ::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
    const core::Status full = api::SecretKey(file_).ready(true);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)::signal(SIGXFSZ, signal_before);
    ASSERT_FALSE(full) << "only half of it could be written";
    EXPECT_NE(full.error().message.find(file_.string()), std::string::npos) << full.error().message;
    EXPECT_TRUE(std::filesystem::is_empty(dir_.path())) << "neither half a key nor the other file is left";
}

TEST_F(SecretKeyTest, TheRightOneIsTakenAgainWithoutARestart) {
    ASSERT_TRUE(key_.ready(true));
    const std::string sealed = *key_.seal("c", "text"), right = read_file(file_);
    EXPECT_EQ(key_.length_of(sealed), 4U);
    write_file(file_, std::string(32, 'k'));
    EXPECT_TRUE(key_.open("c", sealed)) << "potd has read the right one";
    ASSERT_TRUE(key_.ready(false)) << "what is sealed from now on is by what the file has";
    EXPECT_FALSE(key_.open("c", sealed));
    write_file(file_, right);
    EXPECT_EQ(*key_.open("c", sealed), "text");
}

}  // namespace
}  // namespace potd::test
