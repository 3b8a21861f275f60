// copy-in and copy-out, of pots that run and that do not, and what a pot can do against them.
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::vector<std::string> mounts_now() {
    std::vector<std::string> found;
    for (const std::string& object : kernel_objects())
        if (object.starts_with("mount")) found.push_back(object);
    return found;
}

/// A request that brings /root/file/marker and then no more for now.
std::string begun_copy(const std::string& pot) {
    const TempDir sent;
    write_file(sent / "sent/marker", "from the host\n");
    return "PUT /v1/pots/" + pot +
           "/files?path=/root&rename=file HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n" +
           run_program({"tar", "-C", sent.path().string(), "-cf", "-", "sent/marker"}).out;
}

/// True once some pot has such a file.
bool is_there(const PotdProcess& potd, const std::string& name) {
    for (const auto& entry : fs::recursive_directory_iterator(potd.state_dir() / "pots"))
        if (entry.path().filename() == name) return true;
    return false;
}

class CopyTest : public SystemTest {
  protected:
    CopyTest() {
        fs::create_directories(dir / "tree/below");
        write_file(dir / "tree/one", "1");
        write_file(dir / "tree/below/two", std::string(300'000, '2'));
        ::chmod((dir / "tree/one").c_str(), 04755);
        fs::create_symlink("one", dir / "tree/link");
        fs::create_hard_link(dir / "tree/one", dir / "tree/again");
        if (::chown((dir / "tree/below").c_str(), 12, 34) != 0) owners = false;
        fs::create_directory(dir / "out");
    }
    [[nodiscard]] std::string copy_in(const std::string& pot, const std::string& destination,
                                      const std::string& more = {}) const {
        return "potctl copy-in -p " + pot + " -s " + dir.path().string() + "/tree -d " + destination + " " +
               more;
    }
    [[nodiscard]] std::string copy_out(const std::string& pot, const std::string& source,
                                       const std::string& more = "--preserve") const {
        return "potctl copy-out -p " + pot + " -s " + source + " -d " + dir.path().string() + "/out " + more;
    }
    static void expect_ok(const std::string& command) {
        const Outcome outcome = shell(command);
        EXPECT_EQ(outcome.status, 0) << command << "\n" << outcome.describe();
        EXPECT_EQ(outcome.out + outcome.err, "");
    }
    static void expect_failure(const std::string& command, int status, const std::string& word) {
        const Outcome outcome = shell(command);
        EXPECT_EQ(outcome.status, status) << command << "\n" << outcome.describe();
        EXPECT_THAT(outcome.err, HasSubstr(word));
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    }
    /// Of the copy that came out, and where the ids of the tree are to be kept.
    void expect_tree(const fs::path& copy) const {
        EXPECT_EQ(read_file(copy / "one"), "1");
        EXPECT_EQ(read_file(copy / "below/two"), std::string(300'000, '2'));
        struct stat one {};
        struct stat again {};
        struct stat below {};
        ASSERT_EQ(::stat((copy / "one").c_str(), &one), 0);
        ASSERT_EQ(::stat((copy / "again").c_str(), &again), 0);
        ASSERT_EQ(::stat((copy / "below").c_str(), &below), 0);
        EXPECT_EQ(one.st_mode & 07777U, 04755U);
        EXPECT_EQ(one.st_ino, again.st_ino);
        EXPECT_EQ(fs::read_symlink(copy / "link"), "one");
        EXPECT_EQ(below.st_uid, 12U);
        EXPECT_EQ(below.st_gid, 34U);
    }
    std::string in_pot(const std::string& pot, const std::string& script) {
        const Json done = api.exec(pot, {"/bin/sh", "-c", script});
        return done["stdout"];
    }

    TempDir dir;
    bool owners = true;
};

TEST_F(CopyTest, ThereAndBackOfAPotThatRuns) {
    const std::string pot = start(idle());
    expect_ok(copy_in(pot, "/root"));
    EXPECT_EQ(in_pot(pot, "cat /root/tree/one; ls -ln /root/tree | awk '/below/ {print $3, $4}'"),
              "112 34\n");
    expect_ok(copy_out(pot, "/root/tree"));
    expect_tree(dir / "out/tree");
}

TEST_F(CopyTest, ThereAndBackOfAPotThatDoesNotRun) {
    const std::vector<std::string> before = mounts_now();
    const std::string pot = create(idle());
    expect_ok(copy_in(pot, "/root"));
    expect_ok(copy_out(pot, "/root/tree"));
    expect_tree(dir / "out/tree");
    EXPECT_EQ(mounts_now(), before);
    api.start(pot);
    EXPECT_EQ(in_pot(pot, "cat /root/tree/again"), "1");
    EXPECT_EQ(in_pot(pot, "echo more > /root/tree/more; cat /root/tree/more"), "more\n");
    api.stop(pot);
    expect_ok("rm -r " + dir.path().string() + "/out/tree && " + copy_out(pot, "/root/tree"));
    EXPECT_EQ(read_file(dir / "out/tree/more"), "more\n");
}

TEST_F(CopyTest, NoProgramOfAPotComesOutAsOneOfTheHostsRoot) {
    const std::string pot = start(idle());
    in_pot(pot,
           "mkdir -p /root/t/d; cd /root/t; echo >u; echo >g; ln u v; chmod 4755 u; chmod 2755 g; "
           "chmod 7777 d");
    expect_ok(copy_out(pot, "/root/t", ""));
    const auto mode = [&](const char* name) {
        struct stat about {};
        EXPECT_EQ(::stat((dir / "out/t" / name).c_str(), &about), 0) << name;
        return about.st_mode & 07777U;
    };
    for (const char* name : {"u", "v", "g"}) EXPECT_EQ(mode(name), 0755U) << name;
    EXPECT_EQ(mode("d"), 01777U);
    expect_ok(copy_out(pot, "/root/t"));
    EXPECT_EQ(mode("u"), 04755U);
    EXPECT_EQ(mode("g"), 02755U);
    EXPECT_EQ(mode("d"), 07777U);
}

TEST_F(CopyTest, NamesAreThoseOfCp) {
    const std::string pot = create(idle());
    expect_ok(copy_in(pot, "/root/renamed"));
    expect_ok(copy_out(pot, "/root/renamed"));
    expect_tree(dir / "out/renamed");
    const std::string file = dir.path().string() + "/tree/one";
    expect_ok("potctl copy-in -p " + pot + " -s " + file + " -d /root/file");
    expect_ok("potctl copy-in -p " + pot + " -s " + dir.path().string() + "/tree/below/two -d /root/file");
    expect_ok(copy_out(pot, "/root/file"));
    EXPECT_EQ(read_file(dir / "out/file"), std::string(300'000, '2')) << "the second replaced the first";
    expect_failure(copy_in(pot, "/root/file"), 4, "/root/file");
    expect_failure(copy_in(pot, "/root/no/such/place"), 3, "/root/no/such");
    expect_ok(copy_in(pot, "/root/no/such/place", "-c -F"));
    expect_ok(copy_out(pot, "/root/no/such/place"));
    expect_tree(dir / "out/place");
}

TEST_F(CopyTest, ArchivesGoThroughPipes) {
    const std::string pot = create(idle());
    const std::string tree = dir.path().string();
    expect_ok("tar -C " + tree + " -cf - tree | potctl copy-in -p " + pot + " -s - -d /root");
    expect_ok("potctl copy-out -p " + pot + " -s /root/tree/. -d - | tar -C " + tree + "/out -xpf -");
    expect_tree(dir / "out");
}

TEST_F(CopyTest, BadInputIsToldInOneLine) {
    const std::string pot = create(idle());
    const std::string tree = dir.path().string() + "/tree";
    expect_failure("potctl copy-in -p no-such-pot -s " + tree + " -d /root", 3, "no-such-pot");
    expect_failure("potctl copy-in -p " + pot + " -s /no/such/file -d /root", 3, "/no/such/file");
    expect_failure("potctl copy-in -p " + pot + " -s " + tree + " -d root", 2, "absolute");
    expect_failure("potctl copy-in -p " + pot + " -d /root", 2, "source");
    expect_failure("potctl copy-out -p " + pot + " -s /no/such -d " + tree, 3, "/no/such");
    expect_failure("potctl copy-out -p " + pot + " -s /root -d " + tree + "/one", 2, "directory");
    expect_failure("echo no archive | potctl copy-in -p " + pot + " -s - -d /root", 2, "archive");
    EXPECT_EQ(api.request("GET", "/v1/pots/" + pot + "/files").status, 422);
    EXPECT_EQ(api.request("PUT", "/v1/pots/" + pot + "/files?path=/root").status, 422) << "an empty body";
}

/// Whatever the pot has put there, nothing of the host is read or written.
TEST_F(CopyTest, APotLeadsNobodyToTheHost) {
    const std::string host = dir.path().string() + "/host";
    fs::create_directory(host);
    write_file(host + "/secret", "secret");
    const std::string pot = start(idle());
    in_pot(pot, "ln -s " + host + " /root/away; ln -s ../../../../../../../.." + host + " /root/up; " +
                    "ln -s /proc/1/root" + host + " /root/magic");
    for (const bool runs : {true, false}) {
        if (!runs) api.stop(pot);
        for (const std::string link : {"away", "up", "magic"}) {
            // Links of procfs are followed by nobody (FreeBSD's has none), the others end inside the pot,
            // where there is no such place.
            const int status =
                runs && link == "magic" && fs::exists(fs::symlink_status("/proc/self/root")) ? 4 : 3;
            expect_failure(copy_in(pot, "/root/" + link + "/deep"), status, "/root/" + link);
            expect_failure(copy_out(pot, "/root/" + link + "/secret"), status, "/root/" + link);
        }
        EXPECT_EQ(read_file(host + "/secret"), "secret");
        EXPECT_EQ(std::distance(fs::directory_iterator(host), fs::directory_iterator()), 1);
    }
}

TEST_F(CopyTest, APotThatMovesItsDirectoriesLeadsNobodyAway) {
    const std::string host = dir.path().string() + "/host";
    fs::create_directory(host);
    const std::string pot =
        start({{"command", sh("mkdir -p /root/a/tree; while :; do mv /root/a/tree /root/b; ln -s " + host +
                              " /root/a/tree; rm /root/a/tree; mv /root/b /root/a/tree; done 2>/dev/null")}});
    for (int i = 0; i < 40; ++i) write_file(dir / ("tree/below/" + std::to_string(i)), "x");
    int whole = 0;
    for (int i = 0; i < 20; ++i) whole += shell(copy_in(pot, "/root/a")).status == 0 ? 1 : 0;
    EXPECT_TRUE(fs::is_empty(host)) << whole << " copies were whole";
    EXPECT_TRUE(api.inspect(pot)["state"] == "running");
    shell("potctl stop -t 0 -p " + pot);
}

TEST_F(CopyTest, AClientThatIsKilledLeavesAPotThatWorks) {
    const std::string pot = create(idle());
    const std::vector<std::string> before = mounts_now();
    HttpConnection client(potd().socket());
    ASSERT_TRUE(client.send(begun_copy(pot)));
    ASSERT_TRUE(wait_until([&] { return is_there(potd(), "marker"); }));
    client.close();
    api.start(pot);  // waits until the copy has let go
    EXPECT_EQ(in_pot(pot, "ls /root/file"), "marker\n") << "what came before stays";
    api.stop(pot);
    expect_ok(copy_in(pot, "/root"));
    EXPECT_EQ(mounts_now(), before);
}

TEST_F(CopyTest, IsAnOperationThatCanBeCancelled) {
    const std::string pot = create(idle());
    HttpConnection client(potd().socket());
    ASSERT_TRUE(client.send(begun_copy(pot)));
    ASSERT_TRUE(wait_until([&] { return is_there(potd(), "marker"); }));
    const Json running = api.expect(200, "GET", "/v1/operations?state=running&pot=" + pot)["items"].at(0);
    EXPECT_EQ(running["kind"], "copy-in");
    EXPECT_EQ(running["progress"]["total"], 1'000'000'000);
    EXPECT_GT(running["progress"]["current"], 0);
    EXPECT_EQ(running["progress"]["unit"], "bytes");
    const Outcome cancelled = shell("potctl operations cancel " + running["id"].get<std::string>());
    EXPECT_EQ(cancelled.status, 0) << cancelled.describe();
    api.start(pot);
    EXPECT_EQ(in_pot(pot, "ls /root/file"), "marker\n") << "what came before stays";
}

TEST_F(CopyTest, ACopyOfAPotThatRunsEndsWithItsRun) {
    const std::string pot = start(idle());
    in_pot(pot, "dd if=/dev/zero of=/root/big bs=1M count=30 2>/dev/null");
    HttpConnection reader(potd().socket());
    ASSERT_EQ(reader.open("GET", "/v1/pots/" + pot + "/files?path=/root").status, 200);
    api.stop(pot);
    while (!reader.read_some(milliseconds(10'000)).empty()) {
    }
    EXPECT_FALSE(reader.complete()) << "it is cut off, not ended";
    api.start(pot);
    EXPECT_EQ(in_pot(pot, "ls /root"), "big\n");
}

class CopyCrashTest : public OwnPotdTest {};

TEST_F(CopyCrashTest, NothingIsLeftOfACopyThatPotdDiedIn) {
    start_potd();
    const std::vector<std::string> before = mounts_now();
    PotApi calls = api();
    const std::string pot =
        calls.create({{"name", "copied"}, {"base", "host"}, {"command", sh("cat /root/file")}})["name"];
    HttpConnection client(potd.socket());
    ASSERT_TRUE(client.send(begun_copy(pot)));
    ASSERT_TRUE(wait_until([&] { return is_there(potd, "marker"); }));
    potd.kill9();
    EXPECT_EQ(mounts_now(), before);
    potd.start();
    PotApi again = api();
    EXPECT_EQ(again.expect(200, "GET", "/v1/pots/copied")["state"], "created");
    const Outcome copied =
        potd.potctl({"copy-in", "-p", "copied", "-s", "/etc/passwd", "-d", "/root/file/marker"});
    EXPECT_EQ(copied.status, 0) << copied.describe();
    again.start("copied");
    again.wait("copied");
    EXPECT_EQ(mounts_now(), before);
}

class CopyLimitTest : public OwnPotdTest {
  protected:
    CopyLimitTest() : OwnPotdTest(limited()) {}
    static PotdOptions limited() {
        PotdOptions options;
        options.extra_config = "pots: {copy_max_size: 1M}\n";
        return options;
    }
};

TEST_F(CopyLimitTest, WhatUnpacksToTooMuchIsCutOff) {
    start_potd();
    api().create({{"name", "small"}, {"base", "host"}, {"command", sh("true")}});
    ProgramOptions options;
    const Outcome copied =
        run_program({"/bin/sh", "-c",
                     "cd " + potd.directory().string() +
                         " && mkdir t && head -c 100000 /dev/zero >t/a && head -c 5000000 /dev/zero >t/b && "
                         "tar -czf t.tgz t/a t/b"},
                    options);
    ASSERT_EQ(copied.status, 0) << copied.describe();
    options.input = read_file(potd.directory() / "t.tgz");
    const Outcome refused = potd.potctl({"copy-in", "-p", "small", "-s", "-", "-d", "/root"}, options);
    EXPECT_EQ(refused.status, 1) << refused.describe();
    EXPECT_THAT(refused.err, HasSubstr("larger than the limit"));
    EXPECT_THAT(refused.err, HasSubstr("1 entry was unpacked before"));
}

}  // namespace
}  // namespace potd::test
