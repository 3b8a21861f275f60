#include "client/command/async.hpp"
#include "client/command/flavours.hpp"
#include "client/command/local_path.hpp"
#include "client/command/table.hpp"

#include <unistd.h>

namespace potd::client {
namespace {

constexpr Option create_base_options[] = {
    {'r', "release", "RELEASE",
     "a Debian suite on Linux, for instance bookworm; a FreeBSD release on FreeBSD"},
    {0, "host", "", "the machine's own userland, read-only"},
    {0, "tarball", "FILE", "an archive of a root file system", Completes::Files},
    {0, "directory", "DIR", "a copy of a directory", Completes::Directories},
    {'p', "pot", "POT", "the files of a pot that does not run", Completes::Pots},
    {'s', "snapshot", "SNAPSHOT", "with -p: those of this snapshot, by name or number, or of the newest"},
    {'b', "base", "BASE", "its name; else the release, or host"},
    {0, "mirror", "URL", "where to fetch the release from"},
    {0, "base-pot", "", "with a base pot, which only a release has by itself"},
    {0, "no-base-pot", "", "without one"},
    {'q', "quiet", "", "say nothing unless it fails"},
    async_option,
};

Result<Value> base_request(const Invocation& invocation) {
    Value body = Value::object();
    int sources = 0;
    for (const std::string_view source : {"release", "tarball", "directory", "pot"}) {
        const auto value = invocation.value(source);
        if (!value) continue;
        const bool is_path = source == "tarball" || source == "directory";
        body.set(source, is_path ? absolute_path(*value) : *value);
        ++sources;
    }
    if (invocation.has("host")) {
        body.set("host", true);
        ++sources;
    }
    if (sources != 1) return usage("one of -r, --host, --tarball, --directory and -p is needed");
    if (const auto snapshot = invocation.value("snapshot")) {
        if (!invocation.has("pot")) return usage("-s is a snapshot of the pot that -p names");
        body.set("snapshot", *snapshot);
    }
    if (auto name = invocation.value("base")) body.set("name", *name);
    if (auto mirror = invocation.value("mirror")) body.set("mirror", *mirror);
    const bool with = invocation.has("base-pot");
    if (with && invocation.has("no-base-pot"))
        return usage("--base-pot and --no-base-pot exclude each other");
    if (with || invocation.has("no-base-pot")) body.set("base_pot", with);
    return body;
}

Result<int> run_create_base(Invocation& invocation) {
    const auto body = base_request(invocation);
    if (!body) return body.failure();
    const bool quiet = invocation.has("quiet");
    const bool async = invocation.has("async");
    prefer_async(invocation);
    const bool shown = !quiet && !async && ::isatty(STDERR_FILENO) != 0;
    const auto base =
        shown ? post_awaited(invocation, "/v1/bases", *body) : invocation.api().post("/v1/bases", *body);
    if (!base) return base.failure();
    print_operation(invocation, *base);
    if (!quiet && !async) invocation.print_line((*base)["name"].text());
    return exit_code::ok;
}

}  // namespace

const Command create_base_command{
    "create-base",
    "",
    Section::Objects,
    Operands::None,
    "-r RELEASE | --host | --tarball FILE | --directory DIR | -p POT [-s SNAPSHOT] [-b BASE] [--base-pot | "
    "--no-base-pot] [--async]",
    "install a base to build pots on",
    "Returns when the base is whole and prints its name; on a terminal it says meanwhile how far that is. "
    "Paths are on the machine where potd runs. A release "
    "comes with a base pot, a pot of level 0 named base-BASE (base-13_2 of 13.2): the writable view of the "
    "base. It goes with the base and not without it.",
    create_base_options,
    run_create_base};

}  // namespace potd::client
