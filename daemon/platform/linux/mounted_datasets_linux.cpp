#include "daemon/platform/posix/mounted_datasets.hpp"

#include <fstream>
#include <sstream>

namespace potd::platform {
namespace {

/// Blanks and the like are written as \\ooo there (proc_pid_mountinfo(5)).
std::string decoded(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digit = [&](std::size_t at) {
            return at < text.size() && text[at] >= '0' && text[at] <= '7';
        };
        const bool octal = text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3);
        plain +=
            octal ? static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0')
                  : text[i];
        if (octal) i += 3;
    }
    return plain;
}

struct TableLine {
    std::string root, place, type, source;
};

TableLine read_line(const std::string& line) {
    TableLine mount;
    std::istringstream words(line);
    std::string number, parent, device, word;
    words >> number >> parent >> device >> mount.root >> mount.place;
    while (words >> word && word != "-") continue;
    words >> mount.type >> mount.source;
    mount.place = decoded(mount.place);
    mount.source = decoded(mount.source);
    return mount;
}

bool kernel_knows(const std::string& file_system) {
    std::ifstream list("/proc/filesystems");
    for (std::string line; std::getline(list, line);) {
        if (line.substr(line.rfind('\t') + 1) == file_system) return true;
    }
    return false;
}

}  // namespace

core::Result<std::string> MountedDatasets::mountpoint(const std::string& dataset) const {
    std::ifstream table("/proc/self/mountinfo");
    for (std::string line; std::getline(table, line);) {
        const TableLine mount = read_line(line);
        if (mount.type == file_system_ && mount.source == dataset && mount.root == "/") return mount.place;
    }
    if (!kernel_knows(file_system_))
        return core::error(core::ErrorKind::Unsupported, "this machine has no ZFS");
    return core::error(core::ErrorKind::NotFound, "the dataset " + dataset + " is not mounted");
}

}  // namespace potd::platform
