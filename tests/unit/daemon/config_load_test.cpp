#include "daemon/config/load.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace potd::config {
namespace {

using core::ErrorKind;
using core::Result;

class ConfigLoadTest : public testing::Test {
  protected:
    CommandLine with(const std::string& text) {
        test::write_file(dir_ / "potd.yaml", text);
        CommandLine line;
        line.config = (dir_ / "potd.yaml").string();
        return line;
    }

    test::TempDir dir_;
};

TEST_F(ConfigLoadTest, OptionsGoBeforeTheFile) {
    CommandLine line = with("state_dir: /a\nrun_dir: /b\ninstance: c\nlog: {level: error}\n");
    line.state_dir = "/s";
    line.run_dir = "/r";
    line.instance = "i";
    line.log_level = "debug";
    const Result<Config> config = load(line);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->state_dir, "/s");
    EXPECT_EQ(config->run_dir, "/r");
    EXPECT_EQ(config->instance, "i");
    EXPECT_EQ(config->log.level, log::Level::Debug);
    EXPECT_EQ(config->api.socket, "/r/potd.sock");
}

TEST_F(ConfigLoadTest, TheFileGoesBeforeTheDefaults) {
    const Result<Config> config = load(with("run_dir: /b\napi: {socket: /x/y.sock}\n"));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->state_dir, default_places().state_dir);
    EXPECT_EQ(config->run_dir, "/b");
    EXPECT_EQ(config->api.socket, "/x/y.sock");
}

TEST_F(ConfigLoadTest, RelativeDirectoriesOfOptionsBecomeAbsolute) {
    CommandLine line = with("");
    line.state_dir = "state/";
    const Result<Config> config = load(line);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->state_dir, std::filesystem::current_path() / "state");
}

TEST_F(ConfigLoadTest, WhatTlsNeedsIsThereOrNamed) {
    const auto says = [this](const std::string& text, const std::string& field, const std::string& why) {
        const Result<Config> config = load(with(text));
        ASSERT_FALSE(config) << text;
        EXPECT_EQ(config.error().field, field);
        EXPECT_NE(config.error().message.find(why), std::string::npos) << config.error().message;
    };
    const std::string listen = "listen: '127.0.0.1:9766'";
    says("api: {" + listen + "}\n", "api.tls.certificate", "api.listen needs the file of a certificate");
    says("api: {" + listen + ", tls: {certificate: /a.pem}}\n", "api.tls.key",
         "api.listen needs the file of its key");
    says("api: {tls: {client_certificate: required}}\n", "api.tls.client_ca",
         "client_certificate: required needs the file of the authority");
    says("access: {certificates: {ci: viewer}}\n", "api.tls.client_ca", "access.certificates needs");
    const Result<Config> good = load(with("api: {" + listen +
                                          ", tls: {certificate: /a.pem, key: /a.key, client_ca: /c.pem, "
                                          "client_certificate: required}}\n"
                                          "access: {certificates: {ci: viewer}}\n"));
    EXPECT_TRUE(good) << good.error().message;
    EXPECT_TRUE(load(with("api: {listen_plain: '127.0.0.1:9765'}\n")));
}

TEST_F(ConfigLoadTest, ANamedFileMustExist) {
    CommandLine line;
    line.config = (dir_ / "missing.yaml").string();
    const Result<Config> config = load(line);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().kind, ErrorKind::NotFound);
}

TEST_F(ConfigLoadTest, NamesTheOptionWithABadValue) {
    CommandLine line = with("");
    line.log_level = "loud";
    const Result<Config> config = load(line);
    ASSERT_FALSE(config);
    EXPECT_TRUE(config.error().message.starts_with("--log-level: ")) << config.error().message;
    line.log_level.reset();
    line.state_dir = "";
    EXPECT_FALSE(load(line));
}

TEST_F(ConfigLoadTest, RefusesDirectoriesTooLongForASocket) {
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
    constexpr std::size_t added = 23;  // what the longest socket of a run adds to the directory
    CommandLine line = with("");
    line.run_dir = "/" + std::string(longest - added - 1, 'r');
    EXPECT_TRUE(load(line)) << longest << " characters still fit";
    line.run_dir = "/" + std::string(longest - added, 'r');
    const Result<Config> config = load(line);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().field, "run_dir");
    const std::string said =
        std::to_string(longest + 1) + " characters, the system allows " + std::to_string(longest);
    EXPECT_NE(config.error().message.find(said), std::string::npos) << config.error().message;
    const Result<Config> socket = load(with("api: {socket: /" + std::string(longest, 's') + "}"));
    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().field, "api.socket");
}

TEST_F(ConfigLoadTest, RefusesMoreIdsThanThereAre) {
    EXPECT_TRUE(load(with("user_namespace: {first_id: 2147418112, pots: 1}")));
    const Result<Config> config = load(with("user_namespace: {first_id: 2147352576, pots: 3}"));
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().field, "user_namespace.pots");
    EXPECT_NE(config.error().message.find("at most 2 ranges of 65536 ids"), std::string::npos)
        << config.error().message;
}

TEST_F(ConfigLoadTest, WithoutIpv6ThePublicNetworkIsNotRouted) {
    EXPECT_TRUE(load(with("network: {route_public: true}")));
    const Result<Config> config = load(with("network: {route_public: true, ipv6_pool: none}"));
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().field, "network.route_public");
}

}  // namespace
}  // namespace potd::config
