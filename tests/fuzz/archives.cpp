// Archives of bases and of files that go into pots. They are written below a directory of their own; the
// sentinel beside it says whether one got out.

#include "daemon/platform/posix/archive_unpack.hpp"
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

namespace potd::fuzz {
namespace {

namespace fs = std::filesystem;

platform::UniqueFd opened(const fs::path& path, int flags) {
    platform::UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC));  // NOLINT: variadic in POSIX
    require(fd.get() >= 0, "a file of the test's own can be opened");
    return fd;
}

}  // namespace

void read_archive(std::string_view input) {
    const test::TempDir temp;
    const fs::path root = fs::path(temp.path()) / "root";
    fs::create_directory(root);
    const fs::path archive = fs::path(temp.path()) / "archive";
    std::ofstream(archive, std::ios::binary) << input;
    const auto file = opened(archive, O_RDONLY);
    const auto directory = opened(root, O_RDONLY | O_DIRECTORY);
    platform::UnpackOptions options;
    options.max_bytes = 1 << 20;
    (void)platform::unpack_archive(file.get(), directory.get(), options);
    const auto beside = std::distance(fs::directory_iterator(temp.path()), fs::directory_iterator{});
    require(beside == 2, "nothing is unpacked beside the root");
}

}  // namespace potd::fuzz
