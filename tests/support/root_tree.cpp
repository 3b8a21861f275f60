#include "tests/support/root_tree.hpp"

#include "tests/support/temp_dir.hpp"

#include <sstream>
#include <stdexcept>
#include <string>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

void copy_file_into(const fs::path& root, const fs::path& file) {
    const fs::path target = root / file.relative_path();
    if (fs::exists(target)) return;
    fs::create_directories(target.parent_path());
    fs::copy_file(file, target);
}

/// Libraries as ldd(1) prints them: "name => /path (address)" or "/path (address)". FreeBSD's begins with
/// "/program:" and leaves out who loads them.
void copy_libraries(const fs::path& root, const fs::path& program) {
    const fs::path loader = "/libexec/ld-elf.so.1";
    if (fs::exists(loader)) copy_file_into(root, loader);
    std::istringstream lines(run_program({"ldd", program.string()}).out);
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find('/');
        if (begin == std::string::npos || line.ends_with(':')) continue;
        copy_file_into(root, line.substr(begin, line.find(' ', begin) - begin));
    }
}

}  // namespace

void copy_program(const fs::path& root, const fs::path& program) {
    copy_file_into(root, program);
    copy_libraries(root, program);
}

void make_root_tree(const fs::path& root, const Argv& programs) {
    for (const char* directory :
         {"dev", "proc", "sys", "etc", "root", "run", "var", "mnt", "usr/bin", "usr/sbin"}) {
        fs::create_directories(root / directory);
    }
    fs::create_directories(root / "tmp");
    fs::permissions(root / "tmp", fs::perms::all | fs::perms::sticky_bit);
    for (const char* link : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
        const fs::path host = fs::path("/") / link;
        if (!fs::is_symlink(host)) continue;
        fs::create_directories(root / "usr" / link);
        fs::create_symlink(fs::read_symlink(host), root / link);
    }
    write_file(
        root / "etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n");
    write_file(root / "etc/group", "root:x:0:\ndaemon:x:1:\ntesters:x:77:daemon\nnogroup:x:65534:\n");
    for (const std::string& name : programs) {
        const std::string path = name.front() == '/' ? name : find_program(name);
        if (path.empty()) throw std::runtime_error(name + " is not installed");
        copy_program(root, path);
    }
}

}  // namespace potd::test
