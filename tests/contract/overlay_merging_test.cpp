#include "daemon/platform/linux/overlay_file_system.hpp"
#include "tests/contract/file_system_suite.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

// Layers that are merged under real overlays.

namespace potd {
namespace {

namespace fs = std::filesystem;
using core::SnapshotKey;
using test::read_file;
using test::write_file;

/// All that a pot can see of its files, as text; inode numbers only as far as they say what is one file.
class Portrait {
  public:
    explicit Portrait(fs::path root) : root_(std::move(root)) {}
    std::string text() {
        add(root_, "");
        std::vector<fs::path> all;
        for (const auto& entry : fs::recursive_directory_iterator(root_)) all.push_back(entry.path());
        std::sort(all.begin(), all.end());
        for (const fs::path& path : all) add(path, path.lexically_relative(root_).string());
        return out_.str();
    }

  private:
    void add(const fs::path& path, const std::string& name) {
        struct stat about {};
        if (::lstat(path.c_str(), &about) != 0) std::abort();
        out_ << name << ' ' << std::oct << about.st_mode << std::dec << ' ' << about.st_uid << ':'
             << about.st_gid;
        // Each snapshot puts a new directory on top.
        if (!name.empty()) out_ << ' ' << about.st_mtim.tv_sec << '.' << about.st_mtim.tv_nsec;
        if (S_ISLNK(about.st_mode)) out_ << " -> " << fs::read_symlink(path).string();
        if (S_ISREG(about.st_mode)) {
            out_ << " size " << about.st_size << " blocks " << about.st_blocks << " is "
                 << same_.emplace(about.st_ino, name).first->second << " has "
                 << read_file(path).substr(0, 40);
        }
        add_attributes(path);
        out_ << '\n';
    }
    void add_attributes(const fs::path& path) {
        std::vector<char> list(4096);
        const ssize_t size = ::llistxattr(path.c_str(), list.data(), list.size());
        std::set<std::string> names;
        for (ssize_t at = 0; at < size;
             at += static_cast<ssize_t>(std::string(&list[static_cast<std::size_t>(at)]).size()) + 1)
            names.insert(&list[static_cast<std::size_t>(at)]);
        for (const std::string& name : names) {
            std::vector<char> value(256);
            const ssize_t length = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
            if (length >= 0)
                out_ << ' ' << name << '=' << std::string(value.data(), static_cast<std::size_t>(length));
        }
    }

    fs::path root_;
    std::ostringstream out_;
    std::map<ino_t, std::string> same_;
};

/// What somebody in a pot may do to its files; what the file system refuses is passed over.
class Vandal {
  public:
    Vandal(fs::path root, std::uint32_t seed) : root_(std::move(root)), random_(seed) {}
    void act() {
        const fs::path path = any();
        const std::string text = path.string();
        std::error_code ignored;
        switch (below(16)) {
            case 0:
            case 1:
            case 2: write(path, "text " + std::to_string(below(1000))); break;
            case 3: fs::create_directories(path, ignored); break;
            case 4: fs::remove(path, ignored); break;
            case 5: fs::remove_all(path, ignored); break;
            case 6: static_cast<void>(::rename(text.c_str(), any().c_str())); break;
            case 7: fs::create_hard_link(path, any(), ignored); break;
            case 8: fs::create_symlink("to" + std::to_string(below(9)), path, ignored); break;
            case 9: static_cast<void>(::chmod(text.c_str(), 0500 + below(0300))); break;
            case 10: refused_ += ::lchown(text.c_str(), below(9), below(9)) == 0 ? 0 : 1; break;
            case 11: attribute(text); break;
            case 12: refused_ += ::truncate(text.c_str(), 1 << below(20)) == 0 ? 0 : 1; break;
            case 13: static_cast<void>(::mkfifo(text.c_str(), 0600)); break;
            case 14: replace(path); break;
            default: date(text);
        }
    }

  private:
    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_() % end); }
    fs::path any() {
        fs::path path = root_;
        for (std::uint32_t depth = 1 + below(3); depth > 0; --depth)
            path /= std::string(1, static_cast<char>('a' + below(4)));
        return path;
    }
    static void write(const fs::path& path, const std::string& text) {
        std::error_code ignored;
        if (fs::is_fifo(fs::status(path, ignored))) return;  // nobody reads it
        std::ofstream(path, std::ios::binary) << text;
    }
    void attribute(const std::string& path) {
        const std::string name = below(2) == 0 ? "user.overlay.opaque" : "user.colour";
        const std::string value = below(2) == 0 ? "y" : "green";
        if (below(4) == 0)
            static_cast<void>(::lremovexattr(path.c_str(), name.c_str()));
        else
            static_cast<void>(::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0));
    }
    /// A file by a directory, and the other way round.
    void replace(const fs::path& path) {
        std::error_code ignored;
        const bool was_directory = fs::is_directory(fs::symlink_status(path, ignored));
        fs::remove_all(path, ignored);
        if (was_directory) return write(path, "was a directory");
        fs::create_directory(path, ignored);
        if (below(2) == 0) write(path / "a", "below what was a file");
    }
    void date(const std::string& path) {
        const timespec at{static_cast<time_t>(1'000'000'000 + below(1000)), static_cast<long>(below(1000))};
        const timespec both[2] = {at, at};
        static_cast<void>(::utimensat(AT_FDCWD, path.c_str(), both, AT_SYMLINK_NOFOLLOW));
    }

    fs::path root_;
    std::mt19937 random_;
    int refused_ = 0;  ///< by the file system, of what says so
};

class OverlayMergingTest : public test::FileSystemSuite<test::Overlay> {
  protected:
    void SetUp() override {
        FileSystemSuite::SetUp();
        if (!this->IsSkipped() && ::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
        if (this->IsSkipped()) return;
        for (const char* name : {"a/a/a", "a/b/c", "b/a", "c/d/a", "d"})
            write_file(fs::path(base_.path) / name, std::string("base ") + name);
        with_limits({4, 3});
    }
    void with_limits(platform::OverlayFileSystem::Limits limits) {
        files_.reset();
        executor_.drop();
        auto pots = platform::PotTrees::open(executor_, (dir_ / "state").string(),
                                             [](const std::string& text) { ADD_FAILURE() << text; });
        ASSERT_TRUE(pots);
        auto opened =
            platform::OverlayFileSystem::open(executor_, (dir_ / "state").string(), std::move(*pots), limits);
        ASSERT_TRUE(opened);
        files_ = std::move(*opened);
    }
    std::string portrait(const core::PotId& id) {
        EXPECT_TRUE(in_root(id, [&](const fs::path& root) {
            write_file(dir_ / "portrait", Portrait(root).text());
            return true;
        }));
        return read_file(dir_ / "portrait");
    }
    bool vandalise(const core::PotId& id, std::uint32_t seed) {
        return in_root(id, [&](const fs::path& root) {
            Vandal vandal(root, seed);
            for (int i = 0; i < 12; ++i) vandal.act();
            return true;
        });
    }
    std::size_t layers() const { return names_in("state/layers").size(); }
    std::string stack_of(const core::PotId& id) const {
        return fs::read_symlink(dir_ / "state/pots" / id.text / "lower").string();
    }
    /// As if the kernel had done it.
    void mark(const std::string& name, const std::string& value) {
        for (const std::string& layer : names_in("state/layers")) {
            const fs::path place = dir_ / "state/layers" / layer / "marked";
            if (!fs::exists(place)) continue;
            ASSERT_EQ(::setxattr(place.c_str(), name.c_str(), value.data(), value.size(), 0), 0);
        }
    }
};

TEST_F(OverlayMergingTest, ShowsTheSameWhateverHappenedBefore) {
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        const core::PotId id{"c" + std::to_string(seed)};
        ASSERT_TRUE(create(id));
        std::map<SnapshotKey, std::string> kept;
        std::mt19937 random(seed);
        for (std::uint32_t number = 1; number <= 24; ++number) {
            ASSERT_TRUE(vandalise(id, seed * 1000 + number));
            const std::string before = portrait(id);
            const SnapshotKey key{id, number};
            ASSERT_TRUE(snapshot(key));
            executor_.run();
            ASSERT_EQ(portrait(id), before) << "seed " << seed << ", snapshot " << number;
            kept[key] = before;
            if (kept.size() > 3 || random() % 2 == 0) {
                const auto gone =
                    std::next(kept.begin(), static_cast<std::ptrdiff_t>(random() % kept.size()));
                ASSERT_TRUE(files_->discard(gone->first));
                kept.erase(gone);
            }
        }
        for (const auto& [key, before] : kept) {
            const core::PotId copy{"d" + std::to_string(seed) + std::to_string(key.number)};
            ASSERT_TRUE(clone(key, copy));
            EXPECT_EQ(portrait(copy), before) << "seed " << seed << ", snapshot " << key.number;
            ASSERT_TRUE(files_->discard(copy));
        }
        executor_.run();
        EXPECT_LT(layers(), 12U) << stack_of(id);
        ASSERT_TRUE(files_->discard(id));
        executor_.run();
    }
}

TEST_F(OverlayMergingTest, ManySnapshotsInARow) {
    with_limits({});
    ASSERT_TRUE(create(a_));
    for (std::uint32_t number = 1; number <= 300; ++number) {
        const std::string text = std::to_string(number);
        ASSERT_TRUE(in_root(a_, [&](const fs::path& root) {
            write_file(root / "file", text);
            write_file(root / ("file" + text), text);
            fs::remove(root / ("file" + std::to_string(number - 1)));
            return true;
        }));
        const auto taken = snapshot({a_, number});
        ASSERT_TRUE(taken) << number << ": " << taken.error().message;
        ASSERT_TRUE(files_->discard({a_, number - 1}));
        executor_.run();
    }
    EXPECT_TRUE(in_root(a_, [&](const fs::path& root) {
        return read_file(root / "file") == "300" && read_file(root / "file300") == "300" &&
               !fs::exists(root / "file299") && !fs::exists(root / "file1");
    }));
    EXPECT_LT(layers(), 40U);
}

TEST_F(OverlayMergingTest, LeavesAloneWhatAnotherPotHas) {
    ASSERT_TRUE(create(a_));
    for (std::uint32_t number = 1; number <= 4; ++number) {
        ASSERT_TRUE(vandalise(a_, number));
        ASSERT_TRUE(snapshot({a_, number}));
    }
    ASSERT_TRUE(clone({a_, 4}, b_));
    const std::string stack = stack_of(b_);
    const std::string seen = portrait(b_);
    for (std::uint32_t number = 1; number <= 4; ++number) ASSERT_TRUE(files_->discard({a_, number}));
    for (std::uint32_t number = 5; number <= 20; ++number) {
        ASSERT_TRUE(vandalise(a_, number));
        ASSERT_TRUE(snapshot({a_, number}));
        ASSERT_TRUE(files_->discard({a_, number}));
        executor_.run();
    }
    EXPECT_EQ(stack_of(b_), stack);
    EXPECT_EQ(portrait(b_), seen);
    EXPECT_NE(stack_of(a_).find(stack), std::string::npos) << stack_of(a_);
}

TEST_F(OverlayMergingTest, MergesNothingThatItDoesNotUnderstand) {
    for (const auto& [name, value] : std::map<std::string, std::string>{{"trusted.overlay.redirect", "/a"},
                                                                        {"trusted.overlay.opaque", "x"},
                                                                        {"trusted.overlay.new", "1"}}) {
        ASSERT_TRUE(create(a_));
        std::uint32_t number = 0;
        const auto take = [&] {
            ASSERT_TRUE(in_root(a_, [&](const fs::path& root) {
                write_file(root / "marked/file", std::to_string(number));
                return true;
            }));
            ++number;
            ASSERT_TRUE(snapshot({a_, number}));
            ASSERT_TRUE(files_->discard({a_, number}));
            executor_.run();
        };
        for (int i = 0; i < 4; ++i) take();
        mark(name, value);
        const std::size_t before = layers();
        for (int i = 0; i < 3; ++i) take();
        EXPECT_EQ(layers(), before + 3) << name;
        ASSERT_TRUE(files_->discard(a_));
        executor_.run();
    }
}

TEST_F(OverlayMergingTest, SaysWhyThereIsNoRoomForMore) {
    with_limits({1000, 2});
    ASSERT_TRUE(create(a_));
    for (std::uint32_t number = 1; number <= 64; ++number) ASSERT_TRUE(snapshot({a_, number}));
    const auto refused = snapshot({a_, 65});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Conflict);
    EXPECT_NE(refused.error().message.find("snapshots or clones"), std::string::npos);
    with_limits({});
    ASSERT_TRUE(files_->sweep({a_}, {{a_, 64}}, {}));
    EXPECT_TRUE(snapshot({a_, 65})) << "once the others are gone";
    executor_.run();
    EXPECT_LT(layers(), 60U);
}

}  // namespace
}  // namespace potd
