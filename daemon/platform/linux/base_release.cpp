#include "daemon/platform/linux/base_release.hpp"

#include "core/model/names.hpp"
#include "daemon/platform/linux/base_mirror.hpp"
#include "daemon/platform/posix/base_program.hpp"
#include "daemon/platform/posix/base_release.hpp"
#include "daemon/platform/posix/base_tree.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"
#include "daemon/platform/posix/tree_remove.hpp"

#include <algorithm>
#include <deque>

#include <fcntl.h>

namespace potd::platform {
namespace {

constexpr std::size_t shown_lines = 5;

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
    run.environment = installer_environment();
    run.environment.emplace_back("DEBIAN_FRONTEND=noninteractive");
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

core::Status refuse(std::string_view field, const std::string& value, std::string_view expected) {
    return core::invalid_field(field, core::is_text(value) ? value : "(not UTF-8)", expected);
}

}  // namespace

core::Status check_release(const core::BaseRequest& request) {
    if (!is_suite(request.release)) return refuse("release", request.release, "a Debian suite like bookworm");
    if (request.mirror.empty() || is_mirror(request.mirror)) return {};
    return refuse("mirror", request.mirror, "an address like https://host/debian");
}

core::Status fill_release(const BaseBuild& build, int) {
    ReleaseInstall install;
    install.debootstrap = build.options.installer.empty() ? "debootstrap" : build.options.installer;
    install.suite = build.request.release;
    install.mirror = build.request.mirror.empty() ? build.options.mirror : build.request.mirror;
    if (install.mirror.empty()) install.mirror = machine_mirror(build.options.package_sources, install.suite);
    install.target = build.path;
    install.line = build.line;
    install.stop = build.stop.get();
    return install_release(install);
}

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
