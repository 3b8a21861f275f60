#include "client/command/spec_file.hpp"

#include "client/base/descriptor.hpp"
#include "client/command/yaml_end.hpp"
#include "client/text/decimal.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

namespace potd::client {
namespace {

constexpr std::size_t largest_file = 1U << 20U;
constexpr int deepest_file = 64;

Result<std::string> read_text(int fd) {
    std::string text;
    std::array<char, 16384> chunk;  // NOLINT: filled by read
    for (;;) {
        const ssize_t count = ::read(fd, chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed(std::generic_category().message(errno));
        if (count == 0) return text;
        text.append(chunk.data(), static_cast<std::size_t>(count));
        if (text.size() > largest_file) return failed("larger than 1 MiB");
    }
}

bool reads_as(const std::string& text, std::int64_t& number) {
    const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
    const auto parsed = std::from_chars(begin, text.data() + text.size(), number);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

Value plain_scalar(const std::string& text) {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    if (std::string_view("+-.0123456789").find(text.front()) != std::string_view::npos) {
        std::int64_t whole = 0;
        if (reads_as(text, whole)) return whole;
        if (const auto broken = decimal(text)) return *broken;
    }
    return text;
}

Failure at_line(const YAML::Mark& mark, const std::string& why) {
    return usage("line " + std::to_string(mark.line + 1) + ": " + why);
}

/// Makes values of what yaml-cpp read. Anchors and their aliases can make very much of a small file.
class Converter {
  public:
    Result<Value> convert(const YAML::Node& node, int depth) {
        if (depth > deepest_file) return at_line(node.Mark(), "nested too deeply");
        if (!take(node.IsScalar() ? node.Scalar().size() : 0)) return too_large(node);
        if (node.IsMap()) return convert_map(node, depth);
        if (node.IsSequence()) return convert_sequence(node, depth);
        if (!node.IsScalar()) return Value();
        // yaml-cpp marks quoted scalars with the tag "!".
        return node.Tag() == "!" ? Value(node.Scalar()) : plain_scalar(node.Scalar());
    }

  private:
    Result<Value> convert_map(const YAML::Node& node, int depth) {
        Value::Object members;
        std::set<std::string> seen;
        for (const auto& entry : node) {
            if (!entry.first.IsScalar()) return at_line(entry.first.Mark(), "a name is expected");
            const std::string& text = entry.first.Scalar();
            if (!take(text.size())) return too_large(entry.first);
            if (!seen.insert(text).second) return at_line(entry.first.Mark(), "'" + text + "' stands twice");
            auto value = convert(entry.second, depth + 1);
            if (!value) return value;
            members.emplace_back(text, std::move(*value));
        }
        return Value(std::move(members));
    }

    Result<Value> convert_sequence(const YAML::Node& node, int depth) {
        Value::Array items;
        for (const auto& item : node) {
            auto value = convert(item, depth + 1);
            if (!value) return value;
            items.push_back(std::move(*value));
        }
        return Value(std::move(items));
    }

    /// A value counts by its text and a little more, which is what an empty one costs.
    bool take(std::size_t size) {
        constexpr std::size_t more = 16;
        if (size + more > left_) return false;
        left_ -= size + more;
        return true;
    }

    static Failure too_large(const YAML::Node& node) {
        return at_line(node.Mark(), "larger than 4 MiB with what its aliases stand for");
    }

    std::size_t left_ = std::size_t{4} << 20U;
};

}  // namespace

Result<std::vector<Value>> parse_yaml_documents(const std::string& text) {
    try {
        check_yaml_end(text);
        std::vector<Value> documents;
        Converter converter;
        for (const auto& document : YAML::LoadAll(text)) {
            auto value = converter.convert(document, 0);
            if (!value) return value.failure();
            documents.push_back(std::move(*value));
        }
        return documents;
    } catch (const YAML::Exception& error) {
        return at_line(error.mark, error.msg);
    }
}

Result<Value> parse_yaml(const std::string& text) {
    auto documents = parse_yaml_documents(text);
    if (!documents) return documents.failure();
    if (documents->size() > 1) return usage("more than one document");
    return documents->empty() ? Value() : std::move(documents->front());
}

Result<std::vector<Value>> read_yaml_file(const std::string& path) {
    const Descriptor file(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return failed(path + ": " + std::generic_category().message(errno));
    const auto text = read_text(file.get());
    if (!text) return failed(path + ": " + text.failure().why);
    auto documents = parse_yaml_documents(*text);
    if (!documents) documents.failure().why.insert(0, path + ": ");
    return documents;
}

Result<Value> read_spec_file(const std::string& path) {
    auto documents = read_yaml_file(path);
    if (!documents) return documents.failure();
    if (documents->size() > 1) return usage(path + ": more than one document");
    if (documents->empty() || !documents->front().is_object()) return usage(path + ": not a pot's spec");
    return std::move(documents->front());
}

}  // namespace potd::client
