#include "daemon/platform/posix/flavour_directories.hpp"

#include "core/model/flavour.hpp"
#include "core/model/names.hpp"
#include "daemon/platform/posix/file.hpp"

#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view script_suffix = ".sh";

using Listed = std::map<std::string, core::FlavourEntry>;

bool is_script_name(std::string_view name) {
    return name.size() > script_suffix.size() && name.ends_with(script_suffix);
}

bool is_flavour_file(const fs::path& path) {
    std::error_code problem;
    return fs::is_regular_file(path, problem);
}

core::Error listing_failed(const std::string& directory, const std::error_code& problem) {
    return core::os_error(problem.value(), directory);
}

core::Status list_directory(const std::string& directory, Listed& listed) {
    std::error_code problem;
    fs::directory_iterator entry(directory, fs::directory_options::none, problem);
    if (problem.value() == ENOENT || problem.value() == ENOTDIR) return {};
    Listed found;
    for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
        std::string name = entry->path().filename();
        if (!is_flavour_file(entry->path())) continue;
        const bool is_script = is_script_name(name);
        if (is_script) name.erase(name.size() - script_suffix.size());
        if (!core::check_name(name)) continue;
        core::FlavourEntry& flavour = found[name];
        flavour.name = name;
        flavour.directory = directory;
        (is_script ? flavour.has_script : flavour.has_commands) = true;
    }
    if (problem) return listing_failed(directory, problem);
    listed.merge(found);
    return {};
}

core::Result<std::vector<core::FlavourEntry>> list_all(const std::vector<std::string>& directories) {
    Listed listed;
    for (const std::string& directory : directories) {
        if (core::Status read = list_directory(directory, listed); !read) return std::move(read).error();
    }
    std::vector<core::FlavourEntry> flavours;
    for (auto& [name, flavour] : listed) flavours.push_back(std::move(flavour));
    return flavours;
}

core::Status read_part(const std::string& path, std::size_t limit, std::optional<std::string>& into) {
    if (!is_flavour_file(path)) return {};
    auto text = read_file(path, limit);
    if (!text) return std::move(text).error();
    into = *std::move(text);
    return {};
}

/// Without parts if there is none in that directory.
core::Result<core::FlavourText> read_in(const std::string& directory, const std::string& name) {
    core::FlavourText flavour;
    const bool script_alone = is_script_name(name);
    flavour.directory = directory;
    flavour.name = script_alone ? name.substr(0, name.size() - script_suffix.size()) : name;
    const std::string path = directory + "/" + flavour.name;
    core::Status read;
    if (!script_alone) read = read_part(path, core::longest_flavour_commands, flavour.commands);
    if (read)
        read = read_part(path + std::string(script_suffix), core::longest_flavour_script, flavour.script);
    if (!read) return std::move(read).error();
    return flavour;
}

core::Result<core::FlavourText> read_one(const std::string& wanted,
                                         const std::vector<std::string>& directories) {
    const fs::path path(wanted);
    const bool is_path = path.is_absolute();
    const std::vector<std::string> places =
        is_path ? std::vector<std::string>{path.parent_path().string()} : directories;
    const std::string name = path.filename();
    for (const std::string& directory : places) {
        auto flavour = read_in(directory, name);
        if (!flavour || flavour->commands || flavour->script) return flavour;
    }
    std::string text = "there is no flavour '" + name + "' in";
    for (const std::string& directory : places) text += " " + directory;
    return core::error(core::ErrorKind::NotFound, text);
}

core::Result<std::vector<core::FlavourText>> read_all(const std::vector<std::string>& wanted,
                                                      const std::vector<std::string>& directories) {
    std::vector<core::FlavourText> flavours;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto one = read_one(wanted[i], directories);
        if (one) {
            flavours.push_back(*std::move(one));
            continue;
        }
        const std::string field = "flavours[" + std::to_string(i) + "]";
        core::Error error = std::move(one).error().in(field);
        error.field = field;
        return error;
    }
    return flavours;
}

}  // namespace

void FlavourDirectories::list(core::Reply<std::vector<core::FlavourEntry>> reply) {
    const auto result =
        std::make_shared<core::Result<std::vector<core::FlavourEntry>>>(std::vector<core::FlavourEntry>());
    executor_.blocking([result, directories = directories_] { *result = list_all(directories); },
                       [result, reply = std::move(reply)] { reply(std::move(*result)); });
}

void FlavourDirectories::read(std::vector<std::string> wanted,
                              core::Reply<std::vector<core::FlavourText>> reply) {
    const auto result =
        std::make_shared<core::Result<std::vector<core::FlavourText>>>(std::vector<core::FlavourText>());
    executor_.blocking([result, wanted = std::move(wanted),
                        directories = directories_] { *result = read_all(wanted, directories); },
                       [result, reply = std::move(reply)] { reply(std::move(*result)); });
}

}  // namespace potd::platform
