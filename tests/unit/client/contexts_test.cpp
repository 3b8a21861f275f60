#include "client/command/contexts.hpp"

#include "tests/support/temp_dir.hpp"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace potd::client {
namespace {

using testing::HasSubstr;

// The environment is this test's, which has one thread.
// NOLINTBEGIN(concurrency-mt-unsafe)
class ContextsTest : public testing::Test {
  protected:
    ContextsTest() {
        ::setenv("XDG_CONFIG_HOME", (directory_ / "config").c_str(), 1);
        forget();
    }
    ~ContextsTest() override {
        forget();
        ::unsetenv("XDG_CONFIG_HOME");
    }
    static void forget() {
        for (const char* name :
             {"POTD_URL", "POTD_CONTEXT", "POTD_TOKEN", "POTD_CACERT", "POTD_CERT", "POTD_KEY"})
            ::unsetenv(name);
    }
    [[nodiscard]] std::string path() const { return (directory_ / "config/potctl/config.yaml").string(); }
    void write() const {
        const Contexts contexts{{{"here", "/run/potd.sock", ""}, {"far", "http://far:80", "secret"}}, "here"};
        ASSERT_TRUE(write_contexts(path(), contexts));
    }
    /// "url token", or why not.
    static std::string chosen(const Typed& typed) {
        const auto context = choose_context(typed);
        return context ? context->url + ' ' + context->token : context.failure().why;
    }

    test::TempDir directory_{"potd-contexts"};
};

TEST_F(ContextsTest, AreReadAsTheyWereWrittenByTheirOwnerAlone) {
    write();
    struct stat found {};
    ASSERT_EQ(::stat(path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
    const auto contexts = read_contexts(path());
    ASSERT_TRUE(contexts) << contexts.failure().why;
    ASSERT_NE(contexts->find("far"), nullptr);
    EXPECT_EQ(contexts->find("far")->url, "http://far:80");
    EXPECT_EQ(contexts->find("far")->token, "secret");
    EXPECT_EQ(contexts->current, "here");
}

TEST_F(ContextsTest, FilesOfTlsAreKeptAndChosenLikeTokens) {
    const auto files = [](const Typed& typed) {
        const auto context = choose_context(typed);
        if (!context) return context.failure().why;
        const TlsFiles& found = context->files;
        return found.cacert + ' ' + found.cert + ' ' + found.key;
    };
    const Contexts contexts{{{"far", "https://far:1", "secret", {"/ca.pem", "/me.pem", "/me.key"}}}, ""};
    ASSERT_TRUE(write_contexts(path(), contexts));
    EXPECT_EQ(files({{}, "far", {}}), "/ca.pem /me.pem /me.key");
    EXPECT_EQ(files({"https://typed", {}, {}}), "  ");
    ::setenv("POTD_CACERT", "/env/ca.pem", 1);
    ::setenv("POTD_CERT", "/env/me.pem", 1);
    ::setenv("POTD_KEY", "/env/me.key", 1);
    EXPECT_EQ(files({"https://typed", {}, {}}), "/env/ca.pem /env/me.pem /env/me.key");
    EXPECT_EQ(files({{}, "far", {}}), "/ca.pem /me.pem /me.key");
    Typed typed{{}, "far", {}};
    typed.cacert = "/typed/ca.pem";
    typed.cert = "/typed/both.pem";
    EXPECT_EQ(files(typed), "/typed/ca.pem /typed/both.pem ");
    typed.key = "/typed/me.key";
    EXPECT_EQ(files(typed), "/typed/ca.pem /typed/both.pem /typed/me.key");
    ::unsetenv("POTD_CERT");
    EXPECT_EQ(files({"https://typed", {}, {}}), "a key is of no use without its certificate");
}

TEST_F(ContextsTest, ATokenComesFromTheFirstLineOfAFile) {
    test::write_file(directory_ / "token", "potd_secret\nmore\n");
    test::write_file(directory_ / "windows", "potd_secret \r\n");
    EXPECT_EQ(*token_in((directory_ / "windows").string()), "potd_secret");
    test::write_file(directory_ / "empty", "");
    EXPECT_EQ(*token_in((directory_ / "token").string()), "potd_secret");
    EXPECT_THAT(token_in((directory_ / "empty").string()).failure().why, HasSubstr("no token is in"));
    EXPECT_THAT(token_in((directory_ / "missing").string()).failure().why,
                HasSubstr("missing: No such file"));
}

TEST_F(ContextsTest, ATokenThatOthersMayReadIsRefused) {
    write();
    ASSERT_EQ(::chmod(path().c_str(), 0644), 0);
    const auto contexts = read_contexts(path());
    ASSERT_FALSE(contexts);
    EXPECT_EQ(contexts.failure().hint, "chmod 600 " + path());
}

TEST_F(ContextsTest, WithoutAFileTheSocketOfThisMachineIsAsked) {
    EXPECT_THAT(chosen({}), HasSubstr(".sock "));
}

TEST_F(ContextsTest, TypedWinsOverTheEnvironmentAndThatOverTheFile) {
    write();
    EXPECT_EQ(chosen({}), "/run/potd.sock ");
    ::setenv("POTD_CONTEXT", "far", 1);
    EXPECT_EQ(chosen({}), "http://far:80 secret");
    ::setenv("POTD_URL", "http://env:1", 1);
    EXPECT_EQ(chosen({}), "http://env:1 ");
    EXPECT_EQ(chosen({{}, "far", {}}), "http://far:80 secret");
    EXPECT_EQ(chosen({"http://typed:1", "far", {}}), "http://typed:1 ");
}

TEST_F(ContextsTest, ATokenOfAContextGoesNowhereElse) {
    write();
    ::setenv("POTD_TOKEN", "env", 1);
    EXPECT_EQ(chosen({{}, "far", {}}), "http://far:80 secret");
    EXPECT_EQ(chosen({{}, "far", "typed"}), "http://far:80 typed");
    EXPECT_EQ(chosen({{}, "here", {}}), "/run/potd.sock env");
    EXPECT_EQ(chosen({"http://other:1", {}, {}}), "http://other:1 env");
}

TEST_F(ContextsTest, SaysWhatIsWrong) {
    EXPECT_THAT(chosen({{}, "none", {}}), HasSubstr("there is no context 'none'"));
    write();
    std::ofstream(path()) << "contexts:\n- name: x\n";
    EXPECT_THAT(chosen({}), HasSubstr("no url"));
    std::ofstream(path()) << "current: y\ncontexts: []\n";
    EXPECT_THAT(chosen({}), HasSubstr("'y'"));
}

// NOLINTEND(concurrency-mt-unsafe)

}  // namespace
}  // namespace potd::client
