#include "tests/support/leak_check.hpp"

#include "tests/support/binaries.hpp"
#include "tests/support/system.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string_view>

#include <unistd.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

bool strict() {
    const char* chosen = std::getenv("POTD_LEAK_STRICT");  // NOLINT(concurrency-mt-unsafe)
    return chosen != nullptr && std::string_view(chosen) == "1";
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

void add_processes(std::vector<std::string>& found, bool all) {
    for (const Process& process : processes()) {
        const bool is_ours = has(process.belongs, test_token()) || has(process.command, test_token()) ||
                             has(process.belongs, binary_directory() + "/pot");
        const bool is_potd = process.name == "potd" || process.name == "potmon";
        if (process.pid == ::getpid() || !(is_ours || (all && is_potd))) continue;
        if (process.state == 'Z' && process.parent == 1) continue;  // ended; init alone can take it away
        found.push_back("process " + std::to_string(process.pid) + " of " + std::to_string(process.parent) +
                        " " + process.state + " " + process.name + ": " + process.command);
    }
}

void add_files(std::vector<std::string>& found) {
    std::error_code error;
    for (const char* place : {"/tmp", "/dev/shm", "/run", "/var/tmp"}) {
        for (fs::directory_iterator it(place, error), end; !error && it != end; it.increment(error)) {
            if (has(it->path().filename(), test_token())) found.push_back("file " + it->path().string());
        }
    }
}

}  // namespace

std::vector<std::string> LeakCheck::snapshot() {
    std::vector<std::string> found;
    const bool all = strict();
    add_processes(found, all);
    for (std::string& object : kernel_objects()) {
        if (all || has(object, test_token())) found.push_back(std::move(object));
    }
    add_files(found);
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::string> LeakCheck::leftovers() const {
    std::vector<std::string> extra;
    static_cast<void>(wait_until([&] {
        const auto now = snapshot();
        extra.clear();
        std::set_difference(now.begin(), now.end(), before_.begin(), before_.end(),
                            std::back_inserter(extra));
        return extra.empty();
    }));
    return extra;
}

}  // namespace potd::test
