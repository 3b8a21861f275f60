#include "tests/support/btrfs_image.hpp"

#include "tests/support/own_mounts.hpp"

#include <string>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {
namespace {

constexpr off_t image_size = 512L << 20;  // sparse

bool runs(std::vector<std::string> words) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t quiet;
    ::posix_spawn_file_actions_init(&quiet);
    ::posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const bool spawned = ::posix_spawnp(&child, argv[0], &quiet, nullptr, argv.data(), environ) == 0;
    ::posix_spawn_file_actions_destroy(&quiet);
    int status = 0;
    return spawned && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool make_file(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool made = fd >= 0 && ::ftruncate(fd, image_size) == 0;
    if (fd >= 0) ::close(fd);
    return made;
}

}  // namespace

BtrfsImage::BtrfsImage() : place_(directory_ / "mounted") {
    const std::filesystem::path image = directory_ / "image";
    std::filesystem::create_directory(place_);
    mounted_ = ::geteuid() == 0 && have_own_mounts() && make_file(image) &&
               runs({"mkfs.btrfs", "-q", image.string()}) &&
               runs({"mount", "-t", "btrfs", "-o", "loop", image.string(), place_.string()});
}

BtrfsImage::~BtrfsImage() {
    if (mounted_) static_cast<void>(::umount2(place_.c_str(), MNT_DETACH));
}

}  // namespace potd::test
