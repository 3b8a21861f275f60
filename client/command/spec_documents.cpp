#include "client/command/spec_documents.hpp"

#include "client/command/spec_file.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

namespace potd::client {
namespace {

bool is_spec_name(const std::filesystem::path& path) {
    const std::string extension = path.extension();
    return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

Result<std::vector<std::string>> files_of(const std::string& path) {
    std::error_code problem;
    if (path == "-" || !std::filesystem::is_directory(path, problem)) return std::vector{path};
    std::vector<std::string> files;
    std::filesystem::directory_iterator at(path, problem);
    for (const std::filesystem::directory_iterator end; !problem && at != end; at.increment(problem)) {
        if (is_spec_name(at->path()) && !at->is_directory(problem)) files.push_back(at->path());
    }
    if (problem) return failed(path + ": " + problem.message());
    if (files.empty()) return failed(path + ": no *.yaml, *.yml or *.json is in it");
    std::sort(files.begin(), files.end());
    return files;
}

Status take(const std::string& place, const Value& document, std::vector<SpecDocument>& found) {
    if (document.is_array()) {
        for (std::size_t i = 0; i < document.items().size(); ++i) {
            auto taken = take(place + " [" + std::to_string(i + 1) + "]", document.items()[i], found);
            if (!taken) return taken;
        }
        return Done{};
    }
    if (!document.is_object()) return usage(place + ": neither a pot's spec nor a list of them");
    if (document["name"].text().empty()) return usage(place + ": the spec has no name");
    const Value& labels = document["labels"];
    if (!labels.is_null() && !labels.is_object()) return usage(place + ": labels is no map of texts");
    found.push_back({place, document});
    return Done{};
}

/// Puts a document behind what it needs, which `open` holds on the way.
class Ordering {
  public:
    explicit Ordering(std::vector<SpecDocument> documents) : documents_(std::move(documents)) {}

    Result<std::vector<SpecDocument>> order() {
        for (const auto& document : documents_) {
            if (auto placed = place(document); !placed) return placed.failure();
        }
        return std::move(ordered_);
    }

  private:
    Status place(const SpecDocument& document) {
        if (done_.contains(document.name())) return Done{};
        if (!open_.insert(document.name()).second)
            return usage(document.place + ": pot " + document.name() +
                         " depends on itself, by depends_on or parent");
        for (const auto& needed : document.spec["depends_on"].items()) {
            if (auto placed = place_named(needed.text()); !placed) return placed;
        }
        if (auto placed = place_named(document.spec["parent"].text()); !placed) return placed;
        done_.insert(document.name());
        ordered_.push_back(document);
        return Done{};
    }

    Status place_named(const std::string& name) {
        for (const auto& document : documents_) {
            if (document.name() == name) return place(document);
        }
        return Done{};
    }

    std::vector<SpecDocument> documents_, ordered_;
    std::set<std::string> open_, done_;
};

bool says_nothing(const Value& value) {
    const bool empty = value.items().empty() && value.members().empty();
    return value.is_null() || ((value.is_object() || value.is_array()) && empty);
}

/// Without members that say nothing; a list keeps all it has.
Value trimmed(const Value& value) {
    if (value.is_object()) {
        Value out = Value::object();
        for (const auto& [name, member] : value.members()) {
            Value inner = trimmed(member);
            if (!says_nothing(inner)) out.set(name, std::move(inner));
        }
        return out;
    }
    if (!value.is_array()) return value;
    Value out = Value::array();
    for (const auto& item : value.items()) out.push(trimmed(item));
    return out;
}

}  // namespace

Result<std::vector<SpecDocument>> read_spec_documents(const std::string& path) {
    const auto files = files_of(path);
    if (!files) return files.failure();
    std::vector<SpecDocument> found;
    for (const auto& file : *files) {
        const auto documents = read_yaml_file(file);
        if (!documents) return documents.failure();
        for (std::size_t i = 0; i < documents->size(); ++i) {
            const Value& document = (*documents)[i];
            if (document.is_null()) continue;  // "---" at the end of a file begins one more
            const std::string number = documents->size() > 1 ? " (" + std::to_string(i + 1) + ")" : "";
            if (auto taken = take(file + number, document, found); !taken) return taken.failure();
        }
    }
    if (found.empty()) return failed(path + ": no spec is in it");
    return found;
}

Result<std::vector<SpecDocument>> in_order(std::vector<SpecDocument> documents) {
    for (std::size_t i = 0; i < documents.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (documents[i].name() == documents[j].name())
                return usage(documents[i].place + ": pot " + documents[i].name() + " stands in " +
                             documents[j].place + " already");
        }
    }
    return Ordering(std::move(documents)).order();
}

Value without(const Value& object, const std::vector<std::string_view>& names) {
    Value out = Value::object();
    for (const auto& [name, value] : object.members()) {
        if (std::find(names.begin(), names.end(), name) == names.end()) out.set(name, value);
    }
    return out;
}

Value spec_to_write(const Value& pot, bool keep_mark) {
    Value spec = pot["spec"];
    if (!keep_mark) spec.set("labels", without(spec["labels"], {apply_label}));
    return trimmed(spec);
}

}  // namespace potd::client
