#include "tests/integration/client/potctl_fixture.hpp"

#include <filesystem>

namespace potd::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PotctlCopyTest : public PotctlTest {
  protected:
    PotctlCopyTest() {
        std::filesystem::create_directory(dir_ / "tree");
        write_file(dir_ / "tree/one", "1");
        std::filesystem::create_directory(dir_ / "out");
    }
    [[nodiscard]] std::string path(const std::string& name) const { return (dir_ / name).string(); }
    [[nodiscard]] static std::string url(const std::string& path, const std::string& more = {}) {
        return "/v1/pots/web/files?path=" + path + more;
    }
    /// Takes a body in chunks and answers.
    void take(const std::string& line) {
        potd_.handle(line, [this](FakePeer& peer, const FakeRequest& /*request*/) {
            peer.send("HTTP/1.1 100 Continue\r\n\r\n");
            for (;;) {
                std::string size;
                while (!size.ends_with("\r\n")) {
                    const std::string byte = peer.read_exactly(1);
                    if (byte.empty()) return;
                    size += byte;
                }
                const std::size_t length = std::stoul(size, nullptr, 16);
                received_ += peer.read_exactly(length);
                static_cast<void>(peer.read_exactly(2));
                if (length == 0) break;
            }
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{\"entries\":2,\"bytes\":1}\n");
        });
    }

    TempDir dir_;
    std::string received_;
};

TEST_F(PotctlCopyTest, CopiesIntoADirectory) {
    take("PUT " + url("%2Fsrv"));
    const auto result = potctl({"copy-in", "-p", "web", "-s", path("tree"), "-d", "/srv"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out + result.err, "");
    potd_.finish();
    EXPECT_THAT(received_, HasSubstr("tree/one"));
    EXPECT_THAT(potd_.requests().at(0).head, HasSubstr("Expect: 100-continue"));
    EXPECT_THAT(potd_.requests().at(0).head, HasSubstr("Content-Type: application/x-tar"));
}

TEST_F(PotctlCopyTest, CopiesUnderAnotherName) {
    potd_.answer("PUT " + url("%2Fsrv%2Fnew"), 404, problem(404, "not_found", "/srv/new: not there", "path"));
    take("PUT " + url("%2Fsrv", "&rename=new"));
    EXPECT_EQ(potctl({"copy-in", "-p", "web", "-s", path("tree"), "-d", "/srv/new"}).status, 0);
    potd_.finish();
    EXPECT_THAT(received_, HasSubstr("tree/one"));
}

TEST_F(PotctlCopyTest, MakesParents) {
    potd_.answer("PUT " + url("%2Fa%2Fb"), 404, problem(404, "not_found", "/a/b: not there", "path"));
    take("PUT " + url("%2Fa", "&rename=b&parents=true"));
    EXPECT_EQ(potctl({"copy-in", "-c", "-p", "web", "-s", path("tree"), "-d", "/a/b"}).status, 0);
}

TEST_F(PotctlCopyTest, OnlyAMissingPlaceIsTriedAgain) {
    potd_.answer("PUT " + url("%2Fsrv"), 409, problem(409, "conflict", "pot web is starting"));
    const auto result = potctl({"copy-in", "-p", "web", "-s", path("tree"), "-d", "/srv"});
    EXPECT_EQ(result.status, 4);
    EXPECT_EQ(result.err, "potctl: copy-in web: pot web is starting\n");
    EXPECT_THAT(potd_.lines(), ElementsAre("PUT " + url("%2Fsrv")));
}

TEST_F(PotctlCopyTest, AnArchiveOnStandardInputGoesAsItIs) {
    take("PUT " + url("%2Fsrv"));
    EXPECT_EQ(potctl({"copy-in", "-p", "web", "-s", "-", "-d", "/srv"}, "bytes").status, 0);
    potd_.finish();
    EXPECT_EQ(received_, "bytes");
}

TEST_F(PotctlCopyTest, WhatPotdSaysInTheMiddleIsTheError) {
    potd_.handle("PUT " + url("%2Fsrv"), [](FakePeer& peer, const FakeRequest& /*request*/) {
        peer.send("HTTP/1.1 100 Continue\r\n\r\n");
        static_cast<void>(peer.read_exactly(10));
        const std::string body =
            problem(507, "resource_exhausted", "no space left; 1 entry was unpacked before");
        peer.send("HTTP/1.1 507 Insufficient Storage\r\nConnection: close\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body);
        while (!peer.read_exactly(1).empty()) {
        }
    });
    const auto result =
        potctl({"copy-in", "-p", "web", "-s", "-", "-d", "/srv"}, std::string(3'000'000, 'x'));
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.err, "potctl: copy-in web: no space left; 1 entry was unpacked before\n");
}

TEST_F(PotctlCopyTest, CopiesOut) {
    const std::string archive =
        run_program({{"/bin/tar", "-C", path(""), "-cf", "-", "tree"}, {}, {}, false, {}}).out;
    potd_.handle("GET " + url("%2Fsrv%2Ftree"), [&](FakePeer& peer, const FakeRequest& /*request*/) {
        peer.begin_chunks("application/x-tar");
        peer.send_chunk(archive);
        peer.end_chunks();
    });
    const auto result = potctl({"copy-out", "-p", "web", "-s", "/srv/tree", "-d", path("out")});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(read_file(dir_ / "out/tree/one"), "1");
    EXPECT_EQ(potctl({"copy-out", "-p", "web", "-s", "/srv/tree", "-d", "-"}).out, archive);
}

TEST_F(PotctlCopyTest, AnArchiveThatIsCutOffIsAnError) {
    potd_.handle("GET " + url("%2Fsrv"), [](FakePeer& peer, const FakeRequest& /*request*/) {
        peer.begin_chunks("application/x-tar");
        peer.send_chunk("beginning");
        peer.hang_up();
    });
    const auto result = potctl({"copy-out", "-p", "web", "-s", "/srv", "-d", "-"});
    EXPECT_NE(result.status, 0);
    EXPECT_EQ(result.out, "beginning");
    EXPECT_THAT(result.err, HasSubstr("potctl: copy-out web: "));
}

TEST_F(PotctlCopyTest, BadInputReachesNobody) {
    EXPECT_EQ(potctl({"copy-in", "-p", "web", "-s", path("none"), "-d", "/srv"}).status, 3);
    EXPECT_EQ(potctl({"copy-in", "-p", "web", "-s", path("tree"), "-d", "srv"}).status, 2);
    EXPECT_EQ(potctl({"copy-in", "-p", "web", "-s", "/", "-d", "/srv"}).status, 2);
    EXPECT_EQ(potctl({"copy-in", "-p", "web", "-s", path("tree")}).status, 2);
    EXPECT_EQ(potctl({"copy-in", "-s", path("tree"), "-d", "/srv"}).status, 2);
    EXPECT_EQ(potctl({"copy-out", "-p", "web", "-s", "srv", "-d", path("out")}).status, 2);
    EXPECT_EQ(potctl({"copy-out", "-p", "web", "-s", "/srv", "-d", path("none")}).status, 2);
    EXPECT_TRUE(potd_.requests().empty());
}

}  // namespace
}  // namespace potd::test
