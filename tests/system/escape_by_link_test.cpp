// What a pot leaves behind for the one who puts its root together: links in the places of mounts and of the
// system's files.
#include "tests/system/escape_fixture.hpp"

#include <filesystem>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Traps laid by an earlier run of the pot for the one who puts its root together.
class EscapeByLinkTest : public VictimTest {};

TEST_F(EscapeByLinkTest, AMountTargetBehindALinkStaysInside) {
    const std::string name = prepared("ln -s " + victim() + " /data");
    mount_at(name, "/data/sub", "cat /data/sub/mark");
    expect_untouched();
}

TEST_F(EscapeByLinkTest, AMountTargetThatIsALinkStaysInside) {
    const std::string name = prepared("ln -s " + victim() + " /data");
    mount_at(name, "/data", "touch /data/new");
    expect_untouched();
}

TEST_F(EscapeByLinkTest, LinksUpwardsStayInside) {
    const std::string name = prepared("ln -s ../../../../../../../../.." + victim() + " /data");
    mount_at(name, "/data/sub", "true");
    expect_untouched();
}

TEST_F(EscapeByLinkTest, LinksThroughProcStayInside) {
    const std::string name =
        prepared("ln -s /proc/self/root" + victim() + " /data; ln -s /proc/1/cwd" + victim() + " /b");
    mount_at(name, "/data/sub", "true");
    mount_at(name, "/b/sub", "true");
    expect_untouched();
}

TEST_F(EscapeByLinkTest, SystemPlacesReplacedByLinksStayInside) {
    for (const char* place : {"dev", "proc", "sys"}) {
        const std::string name = start({{"base", "hostile"}, {"command", sh("exit 0")}});
        api.wait(name);
        // A running pot has its own mounts there, so the link is laid from outside, as an image could bring
        // it.
        const fs::path upper = upper_of(name);
        if (upper.empty()) GTEST_SKIP() << "not the overlay driver";
        fs::remove_all(upper / place);
        fs::create_symlink(victim(), upper / place);
        if (api.act(name, "start").status == 200) api.wait(name);
        expect_untouched();
    }
}

TEST_F(EscapeByLinkTest, NothingIsMountedOnTheRootItself) {
    // By "/.." the pot would find a /proc in which nothing is closed there, and in place of /dev the host's
    // root.
    for (const char* place : {"dev", "proc", "sys"}) {
        const std::string name =
            start({{"base", "hostile"}, {"command", sh("exit 0")}, {"open_stdin", true}});
        api.wait(name);
        const fs::path upper = upper_of(name);
        if (upper.empty()) GTEST_SKIP() << "not the overlay driver";
        fs::remove_all(upper / place);
        fs::create_symlink("/", upper / place);
        const Response response = api.act(name, "start");
        EXPECT_GE(response.status, 400) << place;
        EXPECT_THAT(response.body, HasSubstr("mount at /" + std::string(place))) << place;
    }
}

TEST_F(EscapeByLinkTest, AMountTargetThatLeadsToTheRootIsRefused) {
    const Json mount = {{"dir", (*outside_ / "source").string()}, {"target", "/data"}};
    const std::string name = prepared("ln -s / /data");
    const Response changed = api.request("PATCH", "/v1/pots/" + name, {{"mounts", Json::array({mount})}});
    ASSERT_EQ(changed.status, 200) << changed.describe();
    EXPECT_GE(api.act(name, "start").status, 400);

    const std::string other = start(idle());
    ASSERT_EQ(api.exec(other, {"ln", "-s", "/", "/data"})["exit_code"], 0);
    const Response live = api.request("POST", "/v1/pots/" + other + "/mounts", mount);
    EXPECT_EQ(live.status, 422) << live.describe();
    EXPECT_THAT(live.body, HasSubstr("root of the pot"));
    EXPECT_EQ(api.exec(other, {"ls", "/bin/sh"})["exit_code"], 0) << "what comes in later finds its root";
}

TEST_F(EscapeByLinkTest, TheStandardInputIsTheNullDeviceOrNone) {
    // It is opened before the command gives up the rights by which the kernel shows its log and its
    // addresses.
    for (const char* planted : {"/proc/kmsg", "/proc/kallsyms", "/mark"}) {
        fs::remove(*outside_ / "source/null");
        fs::create_symlink(planted, *outside_ / "source/null");
        const Json mounts = {{{"dir", (*outside_ / "source").string()}, {"target", "/dev"}}};
        const Json spec{{"name", "stdin"},
                        {"base", "hostile"},
                        {"command", {"/hostile", "read", "/mark"}},
                        {"mounts", mounts}};
        api.create(spec);
        const Response response = api.act("stdin", "start");
        EXPECT_GE(response.status, 400) << planted;
        EXPECT_THAT(response.body, HasSubstr("/dev/null")) << planted;
        EXPECT_EQ(api.request("DELETE", "/v1/pots/stdin").status, 204);
    }
}

TEST_F(EscapeByLinkTest, AMountThatCoversProcUncoversNothingWhenItGoes) {
    // A developer may mount a volume and take it away again, and needs no capability in the pot for it.
    const std::string name = start(
        {{"base", "hostile"}, {"mounts", {{{"dir", (*outside_ / "source").string()}, {"target", "/proc"}}}}});
    ASSERT_EQ(api.exec(name, {"cat", "/proc/mark"})["stdout"], "mounted\n");
    const Response gone = api.request("DELETE", "/v1/pots/" + name + "/mounts?target=/proc");
    ASSERT_EQ(gone.status, 200) << gone.describe();
    const auto tried = [&](const Argv& words) {
        Argv command{"/hostile"};
        command.insert(command.end(), words.begin(), words.end());
        return outcomes(api.exec(name, command)["stdout"]).back();
    };
    for (const char* path :
         {"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger"}) {
        if (!fs::exists(path)) continue;
        EXPECT_EQ(tried({"open-write", path}), "EROFS") << path;
    }
    EXPECT_EQ(tried({"read", "/proc/interrupts"}), "ENODATA");
    EXPECT_EQ(tried({"read", "/proc/version"}), "worked") << "the real one, as a control";
}

TEST_F(EscapeByLinkTest, AMountOnDevDoesNotSayByWhatIsMasked) {
    // A null that is a link to a setting would be bound over what is masked, and be writable
    // (CVE-2025-31133).
    fs::create_symlink("/proc/version", *outside_ / "source/null");
    const Json mounts = {{{"dir", (*outside_ / "source").string()}, {"target", "/dev"}}};
    const Json spec{{"mounts", mounts}, {"open_stdin", true}};
    EXPECT_EQ(one({"read", "/dev/null"}, spec), "worked") << "the planted one, as a control";
    EXPECT_EQ(one({"read", "/proc/interrupts"}, spec), "ENODATA");
}

TEST_F(EscapeByLinkTest, APasswdThatBlocksDoesNotHoldUpTheStart) {
    const std::string name = prepared("rm -f /etc/passwd /etc/group; mkfifo /etc/passwd /etc/group");
    ASSERT_EQ(api.request("PATCH", "/v1/pots/" + name, {{"user", "daemon"}}).status, 200);
    const Response response = api.act(name, "start");
    EXPECT_GE(response.status, 400) << response.describe();
    EXPECT_EQ(api.request("GET", "/v1/health").status, 200);
}

TEST_F(EscapeByLinkTest, APasswdThatIsALinkOutsideIsNotRead) {
    write_file(*outside_ / "passwd", "ghost:x:4242:4242::/:/bin/sh\n");
    const std::string name =
        prepared("rm -f /etc/passwd; ln -s " + (*outside_ / "passwd").string() + " /etc/passwd");
    ASSERT_EQ(api.request("PATCH", "/v1/pots/" + name, {{"user", "ghost"}}).status, 200);
    EXPECT_GE(api.act(name, "start").status, 400);
}

TEST_F(EscapeByLinkTest, AReadOnlyMountIsReadOnly) {
    const Json mounts = {{{"dir", (*outside_ / "source").string()}, {"target", "/data"}, {"mode", "ro"}}};
    EXPECT_EQ(one({"open-write", "/data/mark"}, {{"mounts", mounts}}), "EROFS");
    EXPECT_EQ(one({"remount", "/data"}, {{"mounts", mounts}}), "EPERM");
}

TEST_F(EscapeByLinkTest, AMountDoesNotBringDevicesOrSetuid) {
    fs::copy_file(POTD_HOSTILE, *outside_ / "source/program");
    const Json mounts = {{{"dir", (*outside_ / "source").string()}, {"target", "/data"}}};
    const std::string options =
        output_of("cat /proc/self/mountinfo", {{"base", "hostile"}, {"mounts", mounts}});
    const std::size_t at = options.find(" /data ");
    ASSERT_NE(at, std::string::npos) << options;
    const std::string flags = options.substr(at, options.find('\n', at) - at);
    EXPECT_THAT(flags, HasSubstr("nosuid"));
    EXPECT_THAT(flags, HasSubstr("nodev"));
}

}  // namespace
}  // namespace potd::test
