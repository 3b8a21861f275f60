#include "daemon/platform/linux/base_release.hpp"

#include "core/model/names.hpp"
#include "daemon/platform/linux/base_program.hpp"
#include "daemon/platform/posix/base_tree.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"
#include "daemon/platform/posix/tree_remove.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>

#include <fcntl.h>

namespace potd::platform {
namespace {

constexpr std::size_t shown_lines = 5;

std::vector<std::string> clean_environment() {
    std::vector<std::string> result{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                    "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb",
                                    "DEBIAN_FRONTEND=noninteractive"};
    for (const char* name :
         {"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}) {
        // potd changes its environment in no thread.
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
        if (value != nullptr) result.push_back(std::string(name) + "=" + value);
    }
    return result;
}

/// What the program said last that looks like a reason.
class LastWords {
  public:
    void add(std::string_view line) {
        if (line.starts_with("I: ") || !core::is_text(line)) return;
        lines_.emplace_back(line);
        if (lines_.size() > shown_lines) lines_.pop_front();
    }
    [[nodiscard]] std::string text() const {
        std::string result;
        for (const std::string& line : lines_) result += (result.empty() ? "" : "; ") + line;
        return result.empty() ? "it said nothing" : result;
    }

  private:
    std::deque<std::string> lines_;
};

core::Status clear_directory(int root, std::string_view path, std::string_view suffix) {
    PathOpen how;
    how.flags = O_RDONLY | O_DIRECTORY;
    auto directory = open_in_root(root, path, how);
    if (!directory)
        return directory.error().os_error == ENOENT ? core::Status{} : std::move(directory).error();
    auto names = names_in(directory->get());
    if (!names) return std::move(names).error();
    for (const std::string& name : names.value()) {
        if (!name.ends_with(suffix)) continue;
        if (auto removed = remove_tree(directory->get(), name); !removed) return std::move(removed).error();
    }
    return {};
}

core::Status run_debootstrap(const ReleaseInstall& install, const std::string& program) {
    LastWords last;
    ProgramRun run;
    run.command = {program, "--variant=minbase", install.suite, install.target};
    if (!install.mirror.empty()) run.command.push_back(install.mirror);
    run.environment = clean_environment();
    run.stop = install.stop;
    run.line = [&](std::string_view line) {
        last.add(line);
        if (install.line) install.line(line);
    };
    auto status = run_program(run);
    if (!status) return std::move(status).error();
    if (status.value() == 0) return {};
    return core::error(core::ErrorKind::Unavailable, "debootstrap " + install.suite + " failed with status " +
                                                         std::to_string(status.value()) + ": " + last.text());
}

}  // namespace

bool is_suite(std::string_view suite) {
    constexpr std::size_t longest = 63;
    const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !suite.empty() && suite.size() <= longest && alnum(suite.front()) &&
           std::all_of(suite.begin(), suite.end(),
                       [&](char c) { return alnum(c) || c == '.' || c == '+' || c == '-'; });
}

core::Status install_release(const ReleaseInstall& install) {
    auto program = find_program(install.debootstrap);
    if (!program) {
        return core::error(core::ErrorKind::Unsupported,
                           "debootstrap is not installed on this machine: install the package debootstrap");
    }
    if (auto ran = run_debootstrap(install, program.value()); !ran) return ran;
    auto root = open_directory(install.target);
    if (!root) return std::move(root).error();
    if (auto cleared = clear_directory(root->get(), "dev", ""); !cleared)
        return std::move(cleared).in("/dev");
    auto packages = clear_directory(root->get(), "var/cache/apt/archives", ".deb");
    if (!packages) return std::move(packages).in("package cache");
    if (auto complete = complete_base(root->get()); !complete) return complete;
    return empty_machine_files(root->get());
}

}  // namespace potd::platform
