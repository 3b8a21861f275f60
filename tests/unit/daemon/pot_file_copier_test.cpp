#include "daemon/platform/posix/pot_file_copier.hpp"

#include "tests/support/poll_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using test::read_file;
using test::write_file;
using Archive = std::unique_ptr<core::PieceSource>;

/// Hands a text out in pieces of this size, at once or through the loop.
class TextSource final : public core::PieceSource {
  public:
    TextSource(core::Executor& executor, std::string text, bool later)
        : executor_(executor), text_(std::move(text)), later_(later) {}
    void next(Ready ready) override {
        ++asked;
        std::optional<std::string> piece;
        if (at_ < text_.size()) piece = text_.substr(at_, 10'000);
        at_ += 10'000;
        if (!later_) return ready(std::move(piece));
        executor_.post([ready = std::move(ready), piece] { ready(piece); });
    }
    int asked = 0;

  private:
    core::Executor& executor_;
    std::string text_;
    bool later_;
    std::size_t at_ = 0;
};

class PotFileCopierTest : public ::testing::Test {
  protected:
    PotFileCopierTest() {
        fs::create_directories(root("from/below"));
        fs::create_directory(root("to"));
        write_file(root("from/below/file"), std::string(5'000'000, 'x'));
    }
    [[nodiscard]] fs::path root(const std::string& name) const { return dir_ / "root" / name; }
    [[nodiscard]] core::PotPlace place(const std::string& path) const {
        core::PotPlace place;
        place.root.path = dir_ / "root";
        place.path = path;
        return place;
    }
    core::Result<Archive> open(const std::string& path) {
        std::optional<core::Result<Archive>> opened;
        copier.copy_out(
            place(path), [&](core::Result<Archive> archive) { opened.emplace(std::move(archive)); },
            [this] { ++over; });
        EXPECT_TRUE(loop.run_until([&] { return opened.has_value(); }));
        return std::move(*opened);
    }
    core::Result<std::string> read(core::PieceSource& archive) {
        std::string all;
        for (;;) {
            std::optional<core::Result<std::optional<std::string>>> piece;
            archive.next([&](const auto& got) { piece.emplace(got); });
            EXPECT_TRUE(loop.run_until([&] { return piece.has_value(); }));
            if (!*piece) return piece->error();
            if (!**piece) return all;
            EXPECT_LE((**piece)->size(), 256U * 1024);
            all += ***piece;
        }
    }
    core::Result<core::CopiedIn> copy(const core::CopyIn& request,
                                      const std::shared_ptr<core::PieceSource>& source) {
        std::optional<core::Result<core::CopiedIn>> done;
        copier.copy_in(request, source, [&](const auto& result) { done.emplace(result); });
        EXPECT_TRUE(loop.run_until([&] { return done.has_value(); }));
        return *done;
    }

    test::TempDir dir_;
    test::PollLoop loop;
    PotFileCopier copier{loop, loop};
    int over = 0;
};

TEST_F(PotFileCopierTest, CopiesOutAndInAgain) {
    auto archive = open("/from");
    ASSERT_TRUE(archive);
    const auto bytes = read(**archive);
    ASSERT_TRUE(bytes);
    EXPECT_TRUE(loop.run_until([&] { return over == 1; }));
    for (const bool later : {false, true}) {
        core::CopyIn request{place("/to"), later ? "later" : "", false, 0};
        const auto copied = copy(request, std::make_shared<TextSource>(loop, *bytes, later));
        ASSERT_TRUE(copied) << copied.error().message;
        EXPECT_EQ(copied->entries, 3);
        EXPECT_EQ(copied->bytes, 5'000'000);
        EXPECT_EQ(read_file(root(later ? "to/later/below/file" : "to/from/below/file")),
                  std::string(5'000'000, 'x'));
    }
}

TEST_F(PotFileCopierTest, AsksForNothingBeforeThePlaceIsFound) {
    const auto source = std::make_shared<TextSource>(loop, "x", false);
    const auto missing = copy({place("/nowhere"), {}, false, 0}, source);
    EXPECT_EQ(missing.error().kind, core::ErrorKind::NotFound);
    EXPECT_EQ(missing.error().field, "path");
    const auto file = copy({place("/from/below/file"), {}, false, 0}, source);
    EXPECT_EQ(file.error().kind, core::ErrorKind::Conflict);
    EXPECT_EQ(file.error().field, "path");
    EXPECT_EQ(source->asked, 0);
    EXPECT_EQ(open("/nowhere").error().kind, core::ErrorKind::NotFound);
    EXPECT_EQ(over, 1);
}

TEST_F(PotFileCopierTest, MakesDirectoriesWhereAsked) {
    const auto source = std::make_shared<TextSource>(loop, "no archive", false);
    EXPECT_FALSE(copy({place("/new/place"), {}, true, 0}, source));
    EXPECT_TRUE(fs::is_directory(root("new/place")));
    EXPECT_GT(source->asked, 0);
}

TEST_F(PotFileCopierTest, TellsHowMuchCameBeforeAnError) {
    auto archive = open("/from");
    const auto bytes = read(**archive);
    const auto cut = std::make_shared<TextSource>(loop, bytes->substr(0, 1'000'000), true);
    const auto copied = copy({place("/to"), {}, false, 0}, cut);
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error().kind, core::ErrorKind::InvalidArgument);
    EXPECT_NE(copied.error().message.find("2 entries were unpacked before"), std::string::npos)
        << copied.error().message;
}

TEST_F(PotFileCopierTest, ACopyNobodyReadsEnds) {
    auto archive = open("/from");
    ASSERT_TRUE(archive);
    EXPECT_EQ(over, 0) << "more than what is held ready is to be read";
    archive->reset();
    EXPECT_TRUE(loop.run_until([&] { return over == 1; }));
}

TEST_F(PotFileCopierTest, SoManyAtATimeAndNoMore) {
    std::vector<Archive> held;
    for (std::size_t i = 0; i < PotFileCopier::most_copies; ++i) held.push_back(*open("/from"));
    EXPECT_EQ(open("/from").error().kind, core::ErrorKind::Unavailable);
    held.pop_back();
    EXPECT_TRUE(loop.run_until([&] { return over == 2; }));
    EXPECT_TRUE(open("/from").ok());
}

TEST_F(PotFileCopierTest, ShutdownWaitsForNoClient) {
    auto archive = open("/from");
    class Silent final : public core::PieceSource {
        void next(Ready ready) override { ready_ = std::move(ready); }
        Ready ready_;
    };
    copier.copy_in({place("/to"), {}, false, 0}, std::make_shared<Silent>(), [](const auto&) {});
    copier.stop();
    std::optional<bool> good;
    while (!good.has_value()) {
        (*archive)->next([&](const auto& piece) {
            if (!piece) good = false;
        });
        loop.run_ready();
    }
    EXPECT_FALSE(*good) << "it is cut off";
}

}  // namespace
}  // namespace potd::platform
