#include "client/command/invocation.hpp"

#include "client/output/json_text.hpp"
#include "client/output/yaml_text.hpp"
#include "client/terminal/terminal.hpp"
#include "client/text/width.hpp"

#include <charconv>
#include <cstdlib>

#include <unistd.h>

namespace potd::client {
namespace {

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    return value == nullptr ? std::string_view() : value;
}

Status check_pot(const std::string& name) {
    if (!name.empty() && name.find('/') == std::string::npos && name != "." && name != "..") return Done{};
    return usage("'" + name + "' is not a name of a pot");
}

}  // namespace

Result<std::string> Invocation::required(std::string_view option) const {
    if (auto found = value(option)) return *std::move(found);
    return usage("--" + std::string(option) + " is missing", "potctl help " + std::string(command_.name));
}

Result<std::string> Invocation::optional_pot() const {
    const auto option = value("pot");
    const auto& names = arguments_.positionals;
    if (option && !names.empty() && names.front() != *option) {
        return usage("two pots are named: '" + *option + "' and '" + names.front() + "'");
    }
    if (!option && names.empty()) return std::string();
    std::string name = option ? *option : names.front();
    if (auto fine = check_pot(name); !fine) return fine.failure();
    return name;
}

Result<std::string> Invocation::pot() const {
    auto name = optional_pot();
    if (name && name->empty()) return usage("which pot?", "potctl help " + std::string(command_.name));
    return name;
}

Result<std::vector<std::string>> Invocation::pots() const {
    std::vector<std::string> names = arguments_.values("pot");
    names.insert(names.end(), arguments_.positionals.begin(), arguments_.positionals.end());
    if (names.empty()) return usage("which pot?", "potctl help " + std::string(command_.name));
    for (const auto& name : names) {
        if (auto fine = check_pot(name); !fine) return fine.failure();
    }
    return names;
}

void Invocation::note(std::string_view text) {
    err_.write("potctl: " + harmless(text) + '\n');
}

void Invocation::note_failure(const std::string& pot, const Failure& failure) {
    err_.write(error_line(std::string(command_.name) + ' ' + pot, failure) + '\n');
}

bool Invocation::print_document(const Value& document) {
    const auto format = value("format");
    if (!format || *format == "table") return false;
    print(*format == "json" ? pretty_json(document) : yaml_text(document));
    return true;
}

int Invocation::print_list(const Value& list, const std::function<Table(const Value::Array&)>& table) {
    if (has("quiet")) {
        for (const auto& item : list["items"].items()) print_line(harmless(item["name"].text()));
    } else if (!print_document(list)) {
        print(table(list["items"].items()));
    }
    return exit_code::ok;
}

TableStyle Invocation::style() {
    TableStyle style;
    const auto window = window_size(STDOUT_FILENO);
    if (window) style.width = static_cast<std::size_t>(window->columns);
    const std::string_view columns = environment("COLUMNS");
    std::size_t given = 0;
    const auto parsed = std::from_chars(columns.data(), columns.data() + columns.size(), given);
    if (parsed.ec == std::errc() && given >= 20 && given <= 1000) style.width = given;
    style.colour = window && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    return style;
}

std::string error_line(std::string_view what, const Failure& failure) {
    std::string line = "potctl: ";
    if (!what.empty()) line += harmless(what) + ": ";
    line += harmless(failure.why);
    if (!failure.hint.empty()) line += " (" + harmless(failure.hint) + ")";
    return line;
}

Result<int> for_each_pot(Invocation& invocation, const std::function<Status(const std::string& pot)>& act) {
    const auto names = invocation.pots();
    if (!names) return names.failure();
    int exit = exit_code::ok;
    for (const auto& name : *names) {
        const auto done = act(name);
        if (done) continue;
        // Of one the caller tells.
        if (names->size() == 1) return done.failure();
        invocation.note_failure(name, done.failure());
        if (exit == exit_code::ok) exit = done.failure().exit;
    }
    return exit;
}

}  // namespace potd::client
