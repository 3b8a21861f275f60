#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>

namespace potd::test {

/// What is below a directory, as text by path: "file 0644 TEXT", "dir 0755", "link TARGET".
using TreeModel = std::map<std::string, std::string>;

/// One change by chance: made to the model here and to a directory anywhere, it has the same outcome.
struct TreeChange {
    enum class Kind { Write, Directory, Link, Remove, Rename, Mode };
    Kind kind = Kind::Write;
    std::string path;  ///< what is there is replaced, whatever it is
    std::string text;  ///< of a file, the target of a link, the new name
    unsigned mode = 0;
};

/// One that is possible in `model`.
[[nodiscard]] TreeChange any_change(const TreeModel& model, std::mt19937& random, const std::string& text);
void apply(const TreeChange& change, TreeModel& model);
/// False if the system refused it.
[[nodiscard]] bool apply(const TreeChange& change, const std::filesystem::path& root);
[[nodiscard]] TreeModel read_tree(const std::filesystem::path& root);
/// The first path that differs, with both sides; empty: none does.
[[nodiscard]] std::string difference(const TreeModel& expected, const TreeModel& found);

}  // namespace potd::test
