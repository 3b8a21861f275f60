#include "client/command/contexts.hpp"

#include "client/base/descriptor.hpp"
#include "client/command/spec_file.hpp"
#include "client/output/sink.hpp"
#include "client/output/yaml_text.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generated/places.hpp"

namespace potd::client {
namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    return value == nullptr ? "" : value;
}

std::string system_reason(int error) {
    return std::generic_category().message(error);
}

Result<Contexts> contexts_of(const Value& document, const std::string& path) {
    Contexts contexts;
    contexts.current = document["current"].text();
    for (const auto& item : document["contexts"].items()) {
        Context context{item["name"].text(),
                        item["url"].text(),
                        item["token"].text(),
                        {item["cacert"].text(), item["cert"].text(), item["key"].text()}};
        if (context.name.empty() || context.url.empty())
            return failed(path + ": a context has no name or no url");
        contexts.all.push_back(std::move(context));
    }
    if (!contexts.current.empty() && contexts.find(contexts.current) == nullptr)
        return failed(path + ": the current context '" + contexts.current + "' is not among the contexts");
    return contexts;
}

Result<Context> context_of_file(const std::string& name) {
    const auto path = contexts_path();
    if (!path) return path.failure();
    const auto contexts = read_contexts(*path);
    if (!contexts) return contexts.failure();
    const Context* found = contexts->find(name);
    if (found != nullptr) return *found;
    return usage("there is no context '" + name + "' in " + *path, "potctl context list");
}

/// The current one; of nobody with a home directory, or a file, none.
Result<Context> current_context() {
    const Context here{"", std::string(default_api_socket), "", {}};
    const auto path = contexts_path();
    if (!path) return here;
    const auto contexts = read_contexts(*path);
    if (!contexts) return contexts.failure();
    const Context* found = contexts->find(contexts->current);
    return found == nullptr ? here : *found;
}

Result<Context> find_context(const Typed& typed) {
    if (typed.url) return Context{"", *typed.url, "", {}};
    if (typed.context) return context_of_file(*typed.context);
    if (const std::string url = variable("POTD_URL"); !url.empty()) return Context{"", url, "", {}};
    if (const std::string name = variable("POTD_CONTEXT"); !name.empty()) return context_of_file(name);
    return current_context();
}

void take(const std::optional<std::string>& typed, const char* name, std::string& file) {
    if (typed) file = *typed;
    if (file.empty()) file = variable(name);
}

}  // namespace

Result<std::string> token_in(const std::string& file) {
    std::string token;
    std::ifstream opened(file);
    if (file != "-" && !opened)
        return failed("--token-file: " + file + ": " + std::generic_category().message(errno));
    std::istream& stream = file == "-" ? std::cin : opened;
    std::getline(stream, token);
    // Of a file that was made on Windows, or by hand.
    while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
    if (token.empty()) return failed("--token-file: no token is in " + file);
    return token;
}

const Context* Contexts::find(std::string_view name) const {
    for (const auto& context : all) {
        if (context.name == name) return &context;
    }
    return nullptr;
}

Result<std::string> contexts_path() {
    if (const std::string home = variable("XDG_CONFIG_HOME"); !home.empty())
        return home + "/potctl/config.yaml";
    if (const std::string home = variable("HOME"); !home.empty()) return home + "/.config/potctl/config.yaml";
    return failed("neither XDG_CONFIG_HOME nor HOME is set: there is no place for contexts");
}

Result<Contexts> read_contexts(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return Contexts{};
        return failed(path + ": " + system_reason(errno));
    }
    const auto documents = read_yaml_file(path);
    if (!documents) return documents.failure();
    auto contexts = documents->empty() ? Contexts{} : contexts_of(documents->front(), path);
    if (!contexts) return contexts;
    for (const auto& context : contexts->all) {
        if (!context.token.empty() && (found.st_mode & 077U) != 0)
            return failed(path + " holds a token and others may read it", "chmod 600 " + path);
    }
    return contexts;
}

Status write_contexts(const std::string& path, const Contexts& contexts) {
    Value items = Value::array();
    for (const auto& context : contexts.all) {
        Value item;
        item.set("name", context.name);
        item.set("url", context.url);
        const TlsFiles& files = context.files;
        for (const auto& [name, text] :
             {std::pair("token", &context.token), std::pair("cacert", &files.cacert),
              std::pair("cert", &files.cert), std::pair("key", &files.key)}) {
            if (!text->empty()) item.set(name, *text);
        }
        items.push(std::move(item));
    }
    Value document;
    document.set("current", contexts.current);
    document.set("contexts", std::move(items));
    const std::filesystem::path directory = std::filesystem::path(path).parent_path();
    std::error_code problem;
    std::filesystem::create_directories(directory, problem);
    if (problem) return failed(directory.string() + ": " + problem.message());
    std::string part = path + ".XXXXXX";
    Descriptor file(::mkostemp(part.data(), O_CLOEXEC));
    if (!file) return failed(part + ": " + system_reason(errno));
    Sink sink(file.get());
    sink.write(yaml_text(document));
    int error = sink.error();
    if (error == 0 && ::rename(part.c_str(), path.c_str()) != 0) error = errno;
    if (error == 0) return Done{};
    ::unlink(part.c_str());
    return failed(path + ": " + system_reason(error));
}

Result<Context> choose_context(const Typed& typed) {
    auto chosen = find_context(typed);
    if (!chosen) return chosen;
    if (typed.token) chosen->token = *typed.token;
    if (chosen->token.empty()) chosen->token = variable("POTD_TOKEN");
    take(typed.cacert, "POTD_CACERT", chosen->files.cacert);
    // A certificate goes with its key, wherever both are said.
    if (typed.cert) chosen->files.key.clear();
    const bool by_variable = !typed.cert && chosen->files.cert.empty();
    take(typed.cert, "POTD_CERT", chosen->files.cert);
    if (typed.key || by_variable) take(typed.key, "POTD_KEY", chosen->files.key);
    if (!chosen->files.key.empty() && chosen->files.cert.empty())
        return usage("a key is of no use without its certificate", "--cert FILE");
    return chosen;
}

}  // namespace potd::client
