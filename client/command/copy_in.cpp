#include "client/command/copy_progress.hpp"
#include "client/command/table.hpp"
#include "client/command/tar_program.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <system_error>

#include <unistd.h>

namespace potd::client {
namespace {

namespace fs = std::filesystem;

constexpr Option copy_in_options[] = {
    pot_option,
    {'s', "source", "FILE", "a file or directory, or - for a tar archive on standard input",
     Completes::Files},
    {'d', "destination", "PATH", "where in the pot; absolute"},
    {'c', "create-parents", "", "make the directory that the destination is in"},
    {'F', "force", "", "as in pot, where it allows to copy into a pot that runs; not needed"},
};

/// What is copied: `name` in `directory`.
struct CopySource {
    bool is_stream = false;
    bool is_directory = false;
    std::string directory;
    std::string name;
};

Result<CopySource> find_source(const std::string& given) {
    CopySource source;
    source.is_stream = given == "-";
    if (source.is_stream) return source;
    std::error_code error;
    fs::path path = fs::absolute(given, error);
    if (path.has_parent_path() && !path.has_filename()) path = path.parent_path();
    // "." and ".." have a name, too.
    if (path.filename() == "." || path.filename() == "..") path = fs::canonical(path, error);
    const auto about = fs::symlink_status(path, error);
    if (about.type() == fs::file_type::not_found || about.type() == fs::file_type::none) {
        Failure missing = usage(given + ": " + (error ? error.message() : "there is no such file"));
        missing.exit = exit_code::not_found;
        return missing;
    }
    if (!path.has_filename()) return usage("-s: give a file or directory below /");
    source.is_directory = about.type() == fs::file_type::directory;
    source.directory = path.parent_path();
    source.name = path.filename();
    return source;
}

std::string files_url(const std::string& pot, const std::string& path) {
    return pot_url(pot, "/files?path=" + url_escape(path));
}

/// As cp does it: into the destination if that is a directory, else under its name.
Result<Upload> open_destination(Invocation& invocation, const std::string& pot, const CopySource& source,
                                const std::string& destination) {
    constexpr std::string_view type = "application/x-tar";
    if (source.is_stream && invocation.has("create-parents"))
        return invocation.api().upload(files_url(pot, destination) + "&parents=true", type);
    auto into = invocation.api().upload(files_url(pot, destination), type);
    if (into || into.failure().field != "path" || source.is_stream) return into;
    const bool missing = into.failure().exit == exit_code::not_found;
    const bool is_other = into.failure().exit == exit_code::conflict && !source.is_directory;
    const fs::path path(destination);
    if ((!missing && !is_other) || !path.has_filename()) return into;
    std::string target =
        files_url(pot, path.parent_path()) + "&rename=" + url_escape(path.filename().string());
    if (invocation.has("create-parents")) target += "&parents=true";
    return invocation.api().upload(target, type);
}

/// True once all of it is sent; false if potd wanted no more.
Result<bool> send_all(int from, Upload& upload) {
    std::array<char, 256 * 1024> chunk;  // NOLINT: filled by read
    CopyProgress progress;
    for (;;) {
        const ssize_t got = ::read(from, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("cannot read the archive: " + std::generic_category().message(errno));
        if (got == 0) return true;
        const auto sent = upload.send({chunk.data(), static_cast<std::size_t>(got)});
        if (!sent) return sent.failure();
        if (!*sent) return false;
        progress.add(static_cast<std::size_t>(got));
    }
}

Status copy(const CopySource& source, Upload upload) {
    std::optional<TarProgram> tar;
    if (!source.is_stream) {
        auto started = TarProgram::pack(source.directory, source.name);
        if (!started) return started.failure();
        tar.emplace(std::move(*started));
    }
    const auto sent = send_all(tar ? tar->pipe() : STDIN_FILENO, upload);
    if (!sent) return sent.failure();
    // An archive that tar did not finish is not ended either.
    if (*sent && tar) {
        if (auto packed = tar->finish(); !packed) return packed.failure();
    }
    const auto answer = *sent ? upload.finish() : upload.answer();
    if (!answer) return answer.failure();
    return Done{};
}

Result<int> run_copy_in(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto from = invocation.required("source");
    if (!from) return from.failure();
    const auto destination = invocation.required("destination");
    if (!destination) return destination.failure();
    if (!destination->starts_with('/')) return usage("-d: expected an absolute path inside the pot");
    const auto source = find_source(*from);
    if (!source) return source.failure();
    static_cast<void>(::signal(SIGPIPE, SIG_IGN));
    auto upload = open_destination(invocation, *pot, *source, *destination);
    if (!upload) return upload.failure();
    if (auto copied = copy(*source, std::move(*upload)); !copied) return copied.failure();
    return exit_code::ok;
}

}  // namespace

const Command copy_in_command{
    "copy-in",
    "",
    Section::Objects,
    Operands::Pot,
    "[-p] POT -s FILE -d PATH [-c]",
    "copy a file or directory into a pot",
    "Into the destination if that is a directory, else under its name. Owners, modes and links are kept. The "
    "pot "
    "may run. Files that are there are replaced; what was copied before an error stays.",
    copy_in_options,
    run_copy_in};

}  // namespace potd::client
