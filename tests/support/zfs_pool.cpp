#include "tests/support/zfs_pool.hpp"

#include "daemon/platform/posix/base_program.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

namespace potd::test {
namespace {

constexpr std::chrono::seconds zfs_patience{60};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

}  // namespace

ZfsPool::ZfsPool() {
    const char* real = std::getenv("POTD_TEST_ZPOOL");  // NOLINT(concurrency-mt-unsafe)
    if (real != nullptr && *real != '\0') {
        name_ = real;
        const auto found = platform::find_program("zfs");
        program_ = found ? found.value() : "/sbin/zfs";
    } else if (const std::string binary = zfs_stand_in(); !binary.empty()) {
        use_stand_in(binary);
    }
}

void ZfsPool::use_stand_in(const std::string& binary) {
    stand_in_ = std::make_unique<TempDir>("potd-zfs");
    for (const char* link : {"zfs", "zpool"}) std::filesystem::create_symlink(binary, *stand_in_ / link);
    program_ = (*stand_in_ / "zfs").string();
    const auto made =
        platform::run_host_program({(*stand_in_ / "zpool").string(), "create", "tank"}, zfs_patience);
    if (made && made->status == 0) name_ = "tank";
}

ZfsPool::~ZfsPool() = default;

std::string ZfsPool::new_dataset() {
    return name_ + "/potd-test-" + std::to_string(::getpid()) + "-" + std::to_string(++datasets_);
}

platform::ProgramEnd ZfsPool::run(const std::vector<std::string>& words) const {
    std::vector<std::string> command{program_};
    command.insert(command.end(), words.begin(), words.end());
    auto end = platform::run_host_program(command, zfs_patience);
    if (!end) throw std::runtime_error(program_ + ": " + end.error().message);
    return std::move(end).value();
}

bool ZfsPool::zfs(const std::vector<std::string>& words) const {
    const auto end = run(words);
    std::cerr << end.errors;
    return end.status == 0;
}

std::vector<std::string> ZfsPool::names_below(const std::string& dataset) const {
    const auto end = run({"list", "-H", "-p", "-r", "-t", "filesystem,snapshot", "-o", "name", dataset});
    if (end.status != 0) throw std::runtime_error(end.errors);
    std::vector<std::string> names;
    for (const std::string& line : lines_of(end.output)) {
        if (line.size() > dataset.size()) names.push_back(line.substr(dataset.size() + 1));
    }
    return names;
}

void ZfsPool::sync() const {
    if (!is_real()) return;
    const auto zpool = platform::find_program("zpool");
    if (zpool) static_cast<void>(platform::run_host_program({zpool.value(), "sync", name_}, zfs_patience));
}

void ZfsPool::cut_after(unsigned calls) const {
    std::ofstream(*stand_in_ / "store/cut") << calls << '\n';
}

void ZfsPool::mend() const {
    std::filesystem::remove(*stand_in_ / "store/cut");
    std::filesystem::remove(*stand_in_ / "store/was-cut");
}

bool ZfsPool::is_whole() const {
    return !std::filesystem::exists(*stand_in_ / "store/was-cut");
}

std::vector<std::string> ZfsPool::take_calls() const {
    const auto file = *stand_in_ / "store/calls";
    auto calls = lines_of(read_file(file));
    std::filesystem::remove(file);
    return calls;
}

ZfsPool& zfs_pool() {
    static ZfsPool pool;
    return pool;
}

}  // namespace potd::test
