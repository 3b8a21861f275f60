#include "core/model/names.hpp"
#include "daemon/platform/freebsd/pure/release_manifest.hpp"
#include "daemon/platform/posix/archive_unpack.hpp"
#include "daemon/platform/posix/base_program.hpp"
#include "daemon/platform/posix/base_release.hpp"
#include "daemon/platform/posix/base_tree.hpp"
#include "daemon/platform/posix/file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/utsname.h>

namespace potd::platform {
namespace {

constexpr const char* default_mirror = "https://download.freebsd.org/releases";
constexpr const char* base_set = "base.txz";

core::Error refuse(std::string_view field, const std::string& value, std::string_view expected) {
    return core::invalid_field(field, core::is_text(value) ? value : "(not UTF-8)", expected);
}

/// A file beside the tree that goes with this object; after a crash the store's sweep takes it.
class Download {
  public:
    explicit Download(std::string path) : path_(std::move(path)) {}
    Download(const Download&) = delete;
    Download& operator=(const Download&) = delete;
    ~Download() { static_cast<void>(remove_file(path_)); }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// Runs a program of the base system; its last line goes into the error.
core::Result<std::string> last_line_of(const BaseBuild& build, std::vector<std::string> command) {
    auto program = find_program(command.front());
    if (!program) return core::error(core::ErrorKind::Unsupported, std::move(program).error().message);
    const std::string name = command.front();
    command.front() = *program;
    std::string last;
    ProgramRun run;
    run.command = std::move(command);
    run.environment = installer_environment();
    run.stop = build.stop.get();
    run.line = [&](std::string_view line) {
        last = line;
        if (build.line) build.line(line);
    };
    auto status = run_program(run);
    if (!status) return std::move(status).error();
    if (*status == 0) return last;
    return core::error(core::ErrorKind::Unavailable,
                       name + " failed with status " + std::to_string(*status) + ": " +
                           (core::is_text(last) && !last.empty() ? last : "it said nothing"));
}

core::Status fetch(const BaseBuild& build, const std::string& address, const std::string& path) {
    const std::string program = build.options.installer.empty() ? "fetch" : build.options.installer;
    auto fetched = last_line_of(build, {program, "-q", "-o", path, address});
    return fetched ? core::Status() : std::move(fetched).error().in(address);
}

/// The checksum that the release's MANIFEST gives for the base set.
core::Result<std::string> expected_sum(const BaseBuild& build, const std::string& folder) {
    const Download manifest(build.path + ".MANIFEST");
    if (auto fetched = fetch(build, folder + "/MANIFEST", manifest.path()); !fetched)
        return std::move(fetched).error();
    const auto text = read_file(manifest.path());
    if (!text) return text.error();
    const auto sums = parse_manifest(*text);
    const auto found = sums ? sums->find(base_set) : decltype(sums->find(base_set)){};
    if (sums && found != sums->end()) return found->second;
    return core::error(core::ErrorKind::Unavailable, folder + "/MANIFEST holds no checksum of " + base_set);
}

core::Status check_sum(const BaseBuild& build, const std::string& path, const std::string& expected) {
    auto found = last_line_of(build, {"sha256", "-q", path});
    if (!found) return std::move(found).error();
    if (*found == expected) return {};
    return core::error(core::ErrorKind::Unavailable, std::string(base_set) + " has the SHA-256 " + *found +
                                                         ", but its MANIFEST says " + expected);
}

core::Status unpack(const BaseBuild& build, const std::string& path, int tree) {
    const UniqueFd archive(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!archive) return core::os_error(errno, path);
    UnpackOptions options;
    options.max_bytes = build.options.max_bytes;
    options.stop = &build.stop->flag();
    return unpack_archive(archive.get(), tree, options).in(base_set);
}

std::string machine_name() {
    utsname names{};
    return ::uname(&names) == 0 ? std::string(&names.machine[0]) : std::string();
}

std::string folder_of(const BaseBuild& build) {
    std::string mirror = build.request.mirror.empty() ? build.options.mirror : build.request.mirror;
    if (mirror.empty()) mirror = default_mirror;
    return release_folder(mirror, machine_name(), full_release(build.request.release).value_or(""));
}

}  // namespace

core::Status check_release(const core::BaseRequest& request) {
    if (!full_release(request.release))
        return refuse("release", request.release, "a FreeBSD release like 14.1 or 14.1-RELEASE");
    if (request.mirror.empty() || is_release_mirror(request.mirror)) return {};
    return refuse(
        "mirror", request.mirror,
        "an address like https://host/releases, or file:///folder with MANIFEST and base.txz in it");
}

core::Status fill_release(const BaseBuild& build, int tree) {
    const std::string folder = folder_of(build);
    auto expected = expected_sum(build, folder);
    if (!expected) return std::move(expected).error();
    const Download archive(build.path + "." + base_set);
    auto done = fetch(build, folder + "/" + base_set, archive.path());
    if (done) done = check_sum(build, archive.path(), *expected);
    if (done) done = unpack(build, archive.path(), tree);
    return done ? empty_machine_files(tree) : done;
}

}  // namespace potd::platform
