// Who may what at the socket of a real potd: the kernel says who asks.
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/system/fixture.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

constexpr uid_t somebody = 64'321;
constexpr gid_t his_group = 64'322;
constexpr gid_t other_group = 64'323;

PotdOptions with_roles() {
    PotdOptions options;
    options.extra_config =
        "api: {socket_mode: 0666}\n"
        "access:\n"
        "  others: none\n"
        "  users: {64324: developer team=web}\n"
        "  groups: {64322: viewer, 64323: operator}\n";
    return options;
}

/// The status of one request of another user, and what came with it.
std::string ask_as(const PotdProcess& potd, uid_t uid, std::vector<gid_t> groups, const std::string& method,
                   const std::string& target, const Json& body = nullptr) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return "no pipe";
    const platform::UniqueFd in(ends[0]);
    platform::UniqueFd out(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) {
        std::string text = "no such user";
        // The number is an int on FreeBSD, where the first of them is the process's own from then on.
        const auto count = static_cast<unsigned short>(groups.size());
        if (::setgid(his_group + 100) == 0 && ::setgroups(count, groups.data()) == 0 && ::setuid(uid) == 0) {
            const Response answer = potd.http(method, target, body);
            text = std::to_string(answer.status) + " " + answer.body;
        }
        const bool told = ::write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
        ::_exit(told ? 0 : 1);
    }
    out.reset();
    std::string all;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(in.get(), buffer.data(), buffer.size())) > 0;)
        all.append(buffer.data(), static_cast<std::size_t>(got));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return all;
}

class AccessTest : public OwnPotdTest {
  protected:
    AccessTest() : OwnPotdTest(with_roles()) {}
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        // Others reach the socket inside.
        std::filesystem::permissions(potd.directory(), std::filesystem::perms::others_exec,
                                     std::filesystem::perm_options::add);
        start_potd();
    }
    static Json spec(const std::string& name) {
        return {{"name", name},
                {"base", "host"},
                {"command", {"/bin/sleep", "1000"}},
                {"network", {{"type", "none"}}},
                {"labels", {{"team", "web"}}}};
    }
};

TEST_F(AccessTest, UsersAndGroupsHaveTheRolesTheyAreGiven) {
    api().create(spec("one"));
    EXPECT_THAT(ask_as(potd, somebody, {}, "GET", "/v1/pots"), HasSubstr("403 "));
    EXPECT_THAT(ask_as(potd, somebody, {his_group}, "GET", "/v1/pots"), HasSubstr("200 "));
    EXPECT_THAT(ask_as(potd, somebody, {his_group}, "POST", "/v1/pots/one/start"),
                HasSubstr("needs the role operator"));
    EXPECT_THAT(ask_as(potd, somebody, {his_group, other_group}, "POST", "/v1/pots/one/start"),
                HasSubstr("200 "));
    EXPECT_THAT(ask_as(potd, somebody, {other_group}, "DELETE", "/v1/pots/one?force=true"),
                HasSubstr("needs the role developer"));
    EXPECT_EQ(api().inspect("one")["state"], "running");
}

TEST_F(AccessTest, ADeveloperOfATeamMakesPotsOfItAndReachesNothingElse) {
    constexpr uid_t developer = 64'324;
    Json others = spec("others");
    others["labels"] = {{"team", "db"}};
    api().create(others);
    EXPECT_THAT(ask_as(potd, developer, {}, "GET", "/v1/pots/others"), HasSubstr("404 "));
    EXPECT_THAT(ask_as(potd, developer, {}, "POST", "/v1/pots", spec("mine")), HasSubstr("201 "));
    EXPECT_THAT(ask_as(potd, developer, {}, "POST", "/v1/pots/mine/start"), HasSubstr("200 "));
    Json reaching = spec("reaching");
    reaching["mounts"] = Json::array({{{"dir", "/etc"}, {"target", "/host"}}});
    EXPECT_THAT(ask_as(potd, developer, {}, "POST", "/v1/pots", reaching), HasSubstr("mounts[0].dir"));
    EXPECT_THAT(ask_as(potd, developer, {}, "POST", "/v1/pots", others), HasSubstr("403 "));
    EXPECT_THAT(ask_as(potd, developer, {}, "POST", "/v1/system/shutdown", Json::object()),
                HasSubstr("403 "));
    EXPECT_THAT(ask_as(potd, developer, {}, "DELETE", "/v1/pots/mine?force=true"), HasSubstr("204 "));
}

TEST_F(AccessTest, AStartThatWasCutNamesNoPotOutOfReachWhenItIsRepeated) {
    const TempDir signs;
    const std::string until_told =
        "until [ -e " + (signs / "go").string() + " ]; do sleep 0.01; done; exit 3";
    Json theirs = spec("zqx-db");
    theirs["labels"] = {{"team", "db"}};
    theirs["hooks"] = {{"prestart", {{{"command", sh(until_told)}, {"timeout", "10m"}}}}};
    api().create(theirs);
    Json mine = spec("mine");
    mine["depends_on"] = {"zqx-db"};
    api().create(mine);
    const Json token{{"name", "web"}, {"role", "developer"}, {"selector", "team=web"}};
    const Response made = potd.http("POST", "/v1/tokens", token);
    ASSERT_EQ(made.status, 201) << made.describe();
    const Headers headers{{"Authorization", "Bearer " + made.json().value("secret", "")},
                          {"Idempotency-Key", "k"}};
    std::thread cut([&] { EXPECT_EQ(potd.http("POST", "/v1/pots/mine/start", nullptr, headers).status, 0); });
    EXPECT_TRUE(wait_until([&] { return api().inspect("zqx-db")["state"] == "starting"; }));
    potd.kill9();
    cut.join();
    potd.start();
    write_file(signs / "go", "");
    const Response again = potd.http("POST", "/v1/pots/mine/start", nullptr, headers);
    EXPECT_EQ(again.status, 409) << again.describe();
    EXPECT_EQ(again.header("idempotency-replayed"), "true");
    EXPECT_THAT(again.body, HasSubstr("another pot, which did not come up")) << again.describe();
    EXPECT_EQ(again.body.find("zqx"), std::string::npos) << again.describe();
    const Response seen = potd.http("GET", "/v1/pots/mine", nullptr, headers);
    EXPECT_EQ(seen.body.find("zqx"), std::string::npos) << seen.describe();
}

TEST_F(AccessTest, RolesAreTakenOverOnAReload) {
    EXPECT_THAT(ask_as(potd, somebody, {}, "GET", "/v1/pots"), HasSubstr("403 "));
    write_file(potd.config_file(),
               "instance: " + potd.instance() +
                   "\napi: {socket_mode: 0666}\naccess: {others: none, users: {64321: viewer}}\n");
    potd.signal(SIGHUP);
    EXPECT_TRUE(wait_until([&] { return potd.log().find("reloaded") != std::string::npos; }));
    EXPECT_THAT(ask_as(potd, somebody, {}, "GET", "/v1/pots"), HasSubstr("200 "));
}

}  // namespace
}  // namespace potd::test
