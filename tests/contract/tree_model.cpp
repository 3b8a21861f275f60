#include "tests/contract/tree_model.hpp"

#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <system_error>
#include <vector>

#include <sys/stat.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using Kind = TreeChange::Kind;

// Few names, so that they meet: what one change made another replaces.
constexpr std::array names{"a", "b", "c"};

std::size_t below(std::mt19937& random, std::size_t end) {
    return random() % end;
}

bool is(const TreeModel& model, const std::string& path, std::string_view kind) {
    const auto found = model.find(path);
    return found != model.end() && found->second.starts_with(kind);
}

std::string octal(unsigned mode) {
    std::array<char, 8> text{};
    return {text.data(), static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%04o", mode))};
}

/// Below the top or one of the directories there are.
std::string any_place(const TreeModel& model, std::mt19937& random) {
    std::vector<std::string> directories{""};
    for (const auto& [path, what] : model)
        if (what.starts_with("dir") && std::count(path.begin(), path.end(), '/') < 3)
            directories.push_back(path + "/");
    return directories[below(random, directories.size())] + names.at(below(random, names.size()));
}

void erase(TreeModel& model, const std::string& path) {
    std::erase_if(model,
                  [&](const auto& item) { return item.first == path || item.first.starts_with(path + "/"); });
}

unsigned mode_of(const fs::path& path) {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0 ? about.st_mode & 07777U : 0;
}

bool set_mode(const fs::path& path, unsigned mode) {
    return ::chmod(path.c_str(), static_cast<mode_t>(mode)) == 0;
}

bool make(const TreeChange& change, const fs::path& path) {
    std::error_code error = remove_everything(path);
    if (error) return false;
    switch (change.kind) {
        case Kind::Write: write_file(path, change.text); return set_mode(path, change.mode);
        case Kind::Directory: return fs::create_directory(path, error) && set_mode(path, change.mode);
        case Kind::Link: fs::create_symlink(change.text, path, error); return !error;
        default: return true;
    }
}

std::string described(const fs::directory_entry& entry) {
    if (entry.is_symlink()) return "link " + fs::read_symlink(entry.path()).string();
    const std::string mode = octal(mode_of(entry.path()));
    if (entry.is_directory()) return "dir " + mode;
    return "file " + mode + " " + read_file(entry.path());
}

}  // namespace

TreeChange any_change(const TreeModel& model, std::mt19937& random, const std::string& text) {
    constexpr std::array modes{0644U, 0600U, 0755U};
    TreeChange change{Kind::Write, any_place(model, random), text, modes.at(below(random, modes.size()))};
    constexpr std::size_t kinds = 8;
    const std::size_t kind = below(random, kinds);
    const bool exists = model.contains(change.path);
    if (kind == 3 || kind == 4) change.kind = Kind::Directory;
    if (kind == 5) change = {Kind::Link, change.path, "to " + text, 0};
    if (kind == 6 && exists) change.kind = Kind::Remove;
    if (kind == 7 && is(model, change.path, "file")) {
        change.kind = below(random, 2) == 0 ? Kind::Mode : Kind::Rename;
        change.text = any_place(model, random);
        // A file that another of its own name, or a directory, is in the way of.
        if (change.text == change.path || is(model, change.text, "dir")) change.kind = Kind::Mode;
    }
    return change;
}

void apply(const TreeChange& change, TreeModel& model) {
    const std::string before = model.contains(change.path) ? model.at(change.path) : "";
    constexpr std::size_t mode_at = 5;  // after "file "
    if (change.kind == Kind::Mode) {
        model[change.path].replace(mode_at, 4, octal(change.mode));
        return;
    }
    erase(model, change.path);
    switch (change.kind) {
        case Kind::Write: model[change.path] = "file " + octal(change.mode) + " " + change.text; break;
        case Kind::Directory: model[change.path] = "dir " + octal(change.mode); break;
        case Kind::Link: model[change.path] = "link " + change.text; break;
        case Kind::Rename: model[change.text] = before; break;
        default: break;
    }
}

bool apply(const TreeChange& change, const fs::path& root) {
    const fs::path path = root / change.path;
    if (change.kind == Kind::Mode) return set_mode(path, change.mode);
    if (change.kind != Kind::Rename) return make(change, path);
    std::error_code error;
    fs::rename(path, root / change.text, error);
    return !error;
}

TreeModel read_tree(const fs::path& root) {
    TreeModel found;
    for (const auto& entry : fs::recursive_directory_iterator(root))
        found[entry.path().lexically_relative(root).string()] = described(entry);
    return found;
}

namespace {

std::string not_as_expected(const std::string& path, const std::string& expected, const std::string& found) {
    return path + ": expected " + expected + ", found " + found;
}

}  // namespace

std::string difference(const TreeModel& expected, const TreeModel& found) {
    for (const auto& [path, what] : expected)
        if (!found.contains(path) || found.at(path) != what)
            return not_as_expected(path, what, found.contains(path) ? found.at(path) : "nothing");
    for (const auto& [path, what] : found)
        if (!expected.contains(path)) return not_as_expected(path, "nothing", what);
    return {};
}

}  // namespace potd::test
