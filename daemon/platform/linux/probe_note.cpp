#include "daemon/platform/linux/probe_note.hpp"

#include "daemon/platform/posix/base_tree.hpp"
#include "daemon/platform/posix/safe_path.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include <sys/stat.h>

namespace potd::platform {
namespace {

std::string circumstances(const std::string& directory) {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    struct stat about {};
    if (!(file >> boot) || ::stat(directory.c_str(), &about) != 0) return {};
    return boot + " " + std::to_string(about.st_dev) + "\n";
}

}  // namespace

ProbeNote::ProbeNote(std::string directory, std::string name)
    : directory_(std::move(directory)), name_(std::move(name)), now_(circumstances(directory_)) {}

bool ProbeNote::holds() const {
    std::ifstream file(directory_ + "/" + name_);
    const std::string before{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return !now_.empty() && before == now_;
}

core::Status ProbeNote::write() const {
    auto directory = open_directory(directory_);
    if (!directory) return std::move(directory).error();
    return write_base_file(directory->get(), name_, now_).in(directory_);
}

}  // namespace potd::platform
