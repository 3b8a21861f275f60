#include "client/command/copy_progress.hpp"
#include "client/command/table.hpp"
#include "client/command/tar_privileges.hpp"
#include "client/command/tar_program.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <system_error>

#include <unistd.h>

namespace potd::client {
namespace {

constexpr Option copy_out_options[] = {
    pot_option,
    {'s', "source", "PATH", "a file or directory in the pot; absolute"},
    {'d', "destination", "DIR", "an existing directory, or - for a tar archive on standard output",
     Completes::Directories},
    {0, "preserve", "", "keep setuid and setgid bits; an archive has them in any case"},
    {'F', "force", "", "as in pot, where it allows to copy out of a pot that runs; not needed"},
};

/// False if whoever reads has left.
Result<bool> write_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(to, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EPIPE) return false;
        if (written < 0) return failed("cannot write: " + std::generic_category().message(errno));
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Through `privileges`, if given.
Status receive(Stream& stream, int to, TarPrivileges* privileges) {
    CopyProgress progress;
    std::string piece;
    std::string dropped;
    for (;;) {
        piece.clear();
        const auto more = stream.body.read(stream.connection, piece);
        if (!more) return more.failure();
        if (!*more) return Done{};
        dropped.clear();
        if (privileges != nullptr) {
            if (auto good = privileges->drop(piece, dropped); !good) return good;
        }
        const auto written = write_all(to, privileges != nullptr ? dropped : piece);
        if (!written) return written.failure();
        if (!*written) return failed("nobody takes the archive");
        progress.add(piece.size());
    }
}

Status unpack(Stream& stream, const std::string& directory, bool preserve) {
    auto tar = TarProgram::unpack(directory);
    if (!tar) return tar.failure();
    TarPrivileges privileges;
    auto received = receive(stream, tar->pipe(), preserve ? nullptr : &privileges);
    auto unpacked = tar->finish();
    // Why it is cut off says more than that it is.
    return received ? unpacked : received;
}

Result<int> run_copy_out(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto source = invocation.required("source");
    if (!source) return source.failure();
    const auto destination = invocation.required("destination");
    if (!destination) return destination.failure();
    if (!source->starts_with('/')) return usage("-s: expected an absolute path inside the pot");
    const bool is_stream = *destination == "-";
    std::error_code error;
    if (!is_stream && !std::filesystem::is_directory(*destination, error))
        return usage("-d: " + *destination + " is not an existing directory");
    if (is_stream && ::isatty(STDOUT_FILENO) != 0)
        return usage("an archive is nothing for a terminal", "redirect standard output");
    static_cast<void>(::signal(SIGPIPE, SIG_IGN));
    auto stream =
        invocation.api().stream(pot_url(*pot, "/files?path=" + url_escape(*source)), "application/x-tar");
    if (!stream) return stream.failure();
    auto copied = is_stream ? receive(*stream, STDOUT_FILENO, nullptr)
                            : unpack(*stream, *destination, invocation.has("preserve"));
    if (!copied) return copied.failure();
    return exit_code::ok;
}

}  // namespace

const Command copy_out_command{
    "copy-out",
    "",
    Section::Objects,
    Operands::Pot,
    "[-p] POT -s PATH -d DIR [--preserve]",
    "copy a file or directory out of a pot",
    "Into the directory, under its own name. Modes and links are kept, as root also owners; but no setuid "
    "and setgid "
    "bits without --preserve: what the pot's root has made so would run as the host's. The pot may run.",
    copy_out_options,
    run_copy_out};

}  // namespace potd::client
