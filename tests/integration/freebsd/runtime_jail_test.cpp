// What only jails have.

#include "daemon/platform/freebsd/jail_kernel.hpp"
#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "tests/integration/runtime_fixture.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>

#include <sys/param.h>
// after sys/param.h
#include <sys/jail.h>
#include <sys/uio.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

class RuntimeJailTest : public RuntimeFixture {
  protected:
    /// What a pot with these attributes prints.
    std::string output(const std::map<std::string, std::string>& attributes, const std::string& script) {
        auto order = request(script);
        order.spec.attributes = attributes;
        const auto key = run(order);
        wait_for_end(key);
        std::string text = log_of(key);
        release(key);
        return text;
    }
    core::Error refused(const core::LaunchRequest& order) {
        runtime_->launch(order);
        auto& heard = told(order.key);
        EXPECT_TRUE(loop_.run_until([&] { return heard.failed.has_value(); }));
        release(order.key);
        return heard.failed.value_or(core::Error{});
    }
    static int jail_set(const std::string& name) {
        const auto part = [](const char* text) {
            return iovec{const_cast<char*>(text), std::strlen(text) + 1};
        };
        std::array<iovec, 6> parts{part("name"), part(name.c_str()), part("path"),
                                   part("/"),    part("persist"),    iovec{nullptr, 0}};
        return ::jail_set(parts.data(), static_cast<unsigned>(parts.size()), JAIL_CREATE);
    }
};

TEST_F(RuntimeJailTest, ItSeesNoDiskAndIsJailed) {
    const std::string seen = output({}, "sysctl -n security.jail.jailed; ls /dev; hostname");
    EXPECT_NE(seen.find(" 1\n"), std::string::npos) << seen;
    EXPECT_NE(seen.find("null"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("kmem"), std::string::npos) << seen;
    EXPECT_NE(seen.find("pot1\n"), std::string::npos) << seen;
}

TEST_F(RuntimeJailTest, AttributesReachTheKernel) {
    const std::string seen =
        output({{"jail.securelevel", "3"}, {"procfs", "yes"}, {"fdescfs", "yes"}},
               "sysctl -n kern.securelevel; test -d /proc/curproc && echo has-procfs; ls /dev/fd");
    EXPECT_NE(seen.find(" 3\n"), std::string::npos) << seen;
    EXPECT_NE(seen.find("has-procfs"), std::string::npos) << seen;
}

TEST_F(RuntimeJailTest, AJailOfThatNameThatIsNotOursIsLeftAlone) {
    const auto order = request("true");
    const std::string name = platform::jail_name(instance_, order.key);
    const int foreign = jail_set(name);
    ASSERT_GT(foreign, 0);
    runtime_->launch(order);
    auto& heard = told(order.key);
    ASSERT_TRUE(loop_.run_until([&] { return heard.failed.has_value(); }));
    EXPECT_NE(heard.failed->message.find("already exists"), std::string::npos) << heard.failed->message;
    release(order.key);
    EXPECT_EQ(::jail_remove(foreign), 0) << "it was touched";
}

TEST_F(RuntimeJailTest, AFailedMountLeavesNothing) {
    auto order = request("true");
    order.spec.mounts = {{core::MountSpec::Kind::Directory, "/no/such/place", "/data", false, 0}};
    const core::Error error = refused(order);
    EXPECT_NE(error.message.find("/data"), std::string::npos) << error.message;
}

TEST_F(RuntimeJailTest, AParameterThatThisKernelHasNotIsNamed) {
    auto order = request("true");
    order.spec.attributes = {{"jail.allow.fly", "yes"}};
    const core::Status checked = runtime_->check(order.spec);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().field, "attributes.jail.allow.fly");
    EXPECT_EQ(refused(order).kind, core::ErrorKind::Unsupported);
}

TEST_F(RuntimeJailTest, AValueThatTheKernelRefusesIsToldInItsWords) {
    auto order = request("true");
    order.spec.attributes = {{"jail.securelevel", "3"}, {"jail.host.hostuuid", std::string(200, 'x')}};
    const core::Error error = refused(order);
    EXPECT_NE(error.message.find("make the jail"), std::string::npos) << error.message;
}

TEST_F(RuntimeJailTest, ADevfsRulesetThatNobodyLoadedIsNamed) {
    auto order = request("true");
    order.spec.attributes = {{"devfs_ruleset", "64999"}};
    EXPECT_EQ(refused(order).field, "attributes.devfs_ruleset");
}

TEST_F(RuntimeJailTest, AUserlandNewerThanTheKernelIsRefused) {
    auto order = request("true");
    write_file(fs::path(order.root.path) / "bin/freebsd-version", "USERLAND_VERSION=\"99.1-RELEASE\"\n");
    const core::Error error = refused(order);
    EXPECT_EQ(error.kind, core::ErrorKind::Unsupported);
    EXPECT_NE(error.message.find("99.1-RELEASE"), std::string::npos) << error.message;
}

TEST_F(RuntimeJailTest, AUserlandForAnotherMachineIsRefused) {
    auto order = request("true");
    std::string head(20, '\0');
    head.replace(0, 6,
                 "\x7f"
                 "ELF\x02\x01");
    head[18] = static_cast<char>(183);
    write_file(fs::path(order.root.path) / "libexec/ld-elf.so.1", head);
    const core::Error error = refused(order);
    EXPECT_EQ(error.kind, core::ErrorKind::Unsupported);
    EXPECT_NE(error.message.find("aarch64"), std::string::npos) << error.message;
}

TEST_F(RuntimeJailTest, ALimitWithoutAccountingIsRefusedByName) {
    auto order = request("true");
    order.spec.limits.pids = 10;
    if (platform::accounting_enabled()) {
        EXPECT_TRUE(runtime_->check(order.spec).ok());
    } else {
        EXPECT_EQ(refused(order).field, "limits.pids");
    }
}

TEST_F(RuntimeJailTest, ALinkPlantedInTheRootLeadsNoMountOut) {
    auto order = request("ls /escape/here && echo inside");
    const fs::path root = order.root.path;
    fs::create_directory(*directory_ / "outside");
    fs::create_symlink(*directory_ / "outside", root / "escape");
    order.spec.mounts = {{core::MountSpec::Kind::Tmpfs, "", "/escape/here", false, 0}};
    const auto key = run(order);
    wait_for_end(key);
    EXPECT_TRUE(fs::is_empty(*directory_ / "outside"));
    release(key);
}

TEST_F(RuntimeJailTest, WhatADaemonLeavesIsKilledWithItsPot) {
    const auto key = run(request("(trap '' TERM HUP; sleep 1000 & sleep 1000) & echo started; exit 3"));
    wait_for_end(key);
    EXPECT_EQ(told(key).exited->exit_code, 3);
    release(key);
}

TEST_F(RuntimeJailTest, APersistentPotEndsByASignalWhenItsCommandHas) {
    auto order = request("exit 0");
    order.spec.persistent = true;
    const auto key = run(order);
    EXPECT_EQ(exec(key, {{"/bin/sh", "-c", "echo still here"}, {}, "", "", false, 24, 80}).out,
              "still here\n");
    // Until then a signal is the command's.
    ASSERT_TRUE(loop_.run_until([&] { return ::kill(told(key).started->main.pid, 0) != 0; }));
    ASSERT_TRUE(runtime_->signal(key, SIGTERM, core::SignalTarget::Main).ok());
    wait_for_end(key);
    release(key);
}

TEST_F(RuntimeJailTest, AMemoryLimitKillsAndIsTold) {
    auto greedy = request("x=a; while :; do x=$x$x; test ${#x} -lt 100000000 || sleep 60; done");
    greedy.spec.limits.memory = 16 << 20;
    runtime_->launch(greedy);
    auto& heard = told(greedy.key);
    ASSERT_TRUE(loop_.run_until([&] { return heard.exited || heard.failed; }));
    if (heard.failed) {
        release(greedy.key);
        GTEST_SKIP() << heard.failed->message;
    }
    EXPECT_TRUE(heard.exited->oom) << heard.exited->reason << ", signal " << heard.exited->signal.value_or(0);
    release(greedy.key);
}

TEST_F(RuntimeJailTest, AFrozenPotStandsStillAndGoesOn) {
    const auto key = run(request("while :; do sleep 0.05; done"));
    const auto freeze = [&](bool frozen) {
        return await<void>([&](core::Reply<void> reply) { runtime_->freeze(key, frozen, std::move(reply)); });
    };
    EXPECT_TRUE(freeze(true).ok());
    EXPECT_TRUE(freeze(true).ok()) << "twice is fine";
    EXPECT_TRUE(freeze(false).ok());
    runtime_->kill_all(key);
    wait_for_end(key);
    EXPECT_EQ(told(key).exited->signal, SIGKILL);
    release(key);
}

}  // namespace
}  // namespace potd::test
