#include "tests/support/temp_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

fs::path default_parent() {
    const char* from_environment = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
    return from_environment != nullptr && *from_environment != '\0' ? from_environment : "/tmp";
}

/// remove_all of libc++ 14 stops at links on FreeBSD, which says EMLINK where it expects ELOOP.
void remove_links(const fs::path& directory) {
    std::vector<fs::path> links;
    std::error_code error;
    for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end; at.increment(error))
        if (at->is_symlink(error)) links.push_back(at->path());
    for (const fs::path& link : links) fs::remove(link, error);
}

}  // namespace

TempDir::TempDir(std::string_view prefix, fs::path parent) {
    if (parent.empty()) parent = default_parent();
    std::string pattern = (parent / (std::string(prefix) + "-XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), pattern);
    path_ = pattern;
}

TempDir::~TempDir() {
    if (const std::error_code error = remove_everything(path_))
        std::cerr << path_.string() << " is left: " << error.message() << "\n";
}

std::error_code remove_everything(const fs::path& path) {
    std::error_code error;
    if (fs::is_symlink(path, error)) {
        fs::remove(path, error);
        return error;
    }
    remove_links(path);
    fs::remove_all(path, error);
    return error;
}

void write_file(const fs::path& file, std::string_view content) {
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << content;
    out.close();
    if (!out) throw std::system_error(errno, std::generic_category(), file.string());
}

std::string noise(std::size_t bytes) {
    std::minstd_rand numbers(1);
    std::string text(bytes, '\0');
    for (char& c : text) c = static_cast<char>(numbers() >> 8U);
    return text;
}

std::string read_file(const fs::path& file) {
    std::error_code error;
    if (fs::is_directory(file, error)) return {};
    // Not by stream iterators: reading a file of a process that has just gone would throw.
    const std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

}  // namespace potd::test
