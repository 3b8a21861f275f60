#include "daemon/config/file.hpp"

#include "core/base/shortened.hpp"
#include "core/model/names.hpp"
#include "daemon/config/access_grants.hpp"
#include "daemon/config/document_count.hpp"
#include "daemon/config/keys.hpp"
#include "daemon/config/pressure_rules.hpp"
#include "daemon/config/suggestion.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace potd::config {
namespace {

using core::ErrorKind;
using core::Status;

constexpr std::size_t largest_text = std::size_t{1} << 20U;
constexpr int most_problems = 20;

/// The beginning of a long text, in whole characters and one line.
std::string beginning(std::string_view text, std::size_t longest) {
    std::string shown = core::shortened(text, longest);
    std::replace(shown.begin(), shown.end(), '\n', ' ');
    return shown;
}

std::string in_quotes(std::string_view text) {
    return "\"" + beginning(text, 60) + "\"";
}

std::string joined(std::string_view prefix, std::string_view key) {
    return prefix.empty() ? std::string(key) : std::string(prefix) + "." + std::string(key);
}

/// Walks the tree and collects what is wrong with it.
class Reader {
  public:
    Reader(std::string_view file, Config& config) : file_(file), config_(config) {}

    void read(const YAML::Node& root) {
        if (root.IsNull()) return;
        if (root.IsMap()) {
            read_map(root, "");
        } else {
            complain(root.Mark(), "expected keys with values such as \"instance: potd\"");
        }
    }

    void complain(const YAML::Mark& mark, const std::string& what) {
        if (++count_ > most_problems) return;
        problems_ += problems_.empty() ? "" : "\n";
        problems_ += file_;
        if (!mark.is_null()) {
            problems_ += ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
        }
        // A key may be as long as the file.
        problems_ += ": " + beginning(what, 400);
    }

    [[nodiscard]] Status outcome() && {
        if (problems_.empty()) return {};
        if (count_ > most_problems)
            problems_ += "\n… and " + std::to_string(count_ - most_problems) + " more";
        return core::error(ErrorKind::InvalidArgument, std::move(problems_));
    }

  private:
    void read_map(const YAML::Node& map, const std::string& prefix) {
        std::set<std::string> seen;
        for (const auto& entry : map) {
            if (!entry.first.IsScalar()) {
                complain(entry.first.Mark(), "expected a word as key");
            } else if (!seen.insert(entry.first.Scalar()).second) {
                complain(entry.first.Mark(), joined(prefix, entry.first.Scalar()) + ": is given twice");
            } else {
                read_entry(entry.first, entry.second, joined(prefix, entry.first.Scalar()));
            }
        }
    }

    void read_entry(const YAML::Node& name, const YAML::Node& value, const std::string& path) {
        const Key* const key = find_key(path);
        if (path == pressure_rules_key) {
            read_pressure_rules(
                value, config_.pressure,
                [this](const YAML::Mark& mark, const std::string& what) { complain(mark, what); });
        } else if (Grants* const grants = grants_of(config_, path)) {
            read_grants(value, path, *grants,
                        [this](const YAML::Mark& mark, const std::string& what) { complain(mark, what); });
        } else if (key != nullptr) {
            read_value(value, *key, name.Mark());
        } else if (!is_section(path)) {
            complain(name.Mark(), path + ": unknown key" + suggestion(path));
        } else if (value.IsMap()) {
            read_map(value, path);
        } else if (!value.IsNull()) {
            complain(value.Mark(), path + ": expected keys below it");
        }
    }

    void read_value(const YAML::Node& value, const Key& key, const YAML::Mark& name) {
        const std::string expected = "expected " + std::string(key.expected);
        if (value.IsNull()) {
            complain(name, std::string(key.path) + ": has no value; " + expected);
        } else if (!value.IsScalar()) {
            complain(value.Mark(),
                     std::string(key.path) + ": is a " + (value.IsMap() ? "map" : "list") + "; " + expected);
        } else if (!key.apply(config_, value.Scalar())) {
            complain(value.Mark(),
                     std::string(key.path) + ": " + in_quotes(value.Scalar()) + "; " + expected);
        }
    }

    static bool is_section(const std::string& path) {
        return std::any_of(keys().begin(), keys().end(),
                           [&](const Key& key) { return key.path.starts_with(path + "."); });
    }

    /// The keys and sections beside the unknown one are what could be meant.
    static std::string suggestion(const std::string& path) {
        const std::size_t dot = path.rfind('.');
        const std::size_t start = dot == std::string::npos ? 0 : dot + 1;
        std::set<std::string_view> siblings;
        for (const Key& key : keys()) {
            if (key.path.substr(0, start) != std::string_view(path).substr(0, start)) continue;
            const std::string_view rest = key.path.substr(start);
            siblings.insert(rest.substr(0, rest.find('.')));
        }
        const std::vector<std::string_view> words(siblings.begin(), siblings.end());
        return did_you_mean(std::string_view(path).substr(start), words);
    }

    std::string_view file_;
    Config& config_;
    std::string problems_;
    int count_ = 0;
};

}  // namespace

Status read_text(const std::string& text, std::string_view file, Config& config) {
    Reader reader(file, config);
    if (text.size() > largest_text) {
        reader.complain(YAML::Mark::null_mark(), "is larger than 1 MiB");
        return std::move(reader).outcome();
    }
    // yaml-cpp would guess another encoding, and read some nonsense as an empty document.
    if (!core::is_text(text)) {
        reader.complain(YAML::Mark::null_mark(), "is not a text in UTF-8");
        return std::move(reader).outcome();
    }
    try {
        check_one_document(text);
        reader.read(YAML::Load(text));
    } catch (const YAML::Exception& problem) {
        reader.complain(problem.mark, problem.msg);
    }
    return std::move(reader).outcome();
}

Status read_file(const std::filesystem::path& file, Config& config) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error) return core::os_error(error.value(), file.string());
    if (std::filesystem::is_directory(status)) {
        return core::error(ErrorKind::InvalidArgument, file.string() + ": is a directory");
    }
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    std::string text(largest_text + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (!in.is_open() || in.bad()) return core::os_error(errno != 0 ? errno : EIO, file.string());
    return read_text(text, file.string(), config);
}

}  // namespace potd::config
