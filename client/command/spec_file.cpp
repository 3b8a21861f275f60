#include "client/command/spec_file.hpp"

#include "client/base/descriptor.hpp"
#include "client/text/decimal.hpp"

#include <array>
#include <cerrno>
#include <charconv>
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

Result<Value> convert(const YAML::Node& node, int depth) {
    if (depth > deepest_file) return at_line(node.Mark(), "nested too deeply");
    if (node.IsMap()) {
        Value object = Value::object();
        for (const auto& entry : node) {
            if (!entry.first.IsScalar()) return at_line(entry.first.Mark(), "a name is expected");
            const std::string& name = entry.first.Scalar();
            if (!object[name].is_null()) return at_line(entry.first.Mark(), "'" + name + "' stands twice");
            auto value = convert(entry.second, depth + 1);
            if (!value) return value;
            object.set(name, std::move(*value));
        }
        return object;
    }
    if (node.IsSequence()) {
        Value array = Value::array();
        for (const auto& item : node) {
            auto value = convert(item, depth + 1);
            if (!value) return value;
            array.push(std::move(*value));
        }
        return array;
    }
    if (!node.IsScalar()) return Value();
    // yaml-cpp marks quoted scalars with the tag "!".
    return node.Tag() == "!" ? Value(node.Scalar()) : plain_scalar(node.Scalar());
}

}  // namespace

Result<std::vector<Value>> parse_yaml_documents(const std::string& text) {
    try {
        std::vector<Value> documents;
        for (const auto& document : YAML::LoadAll(text)) {
            auto value = convert(document, 0);
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
