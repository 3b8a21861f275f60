#include "daemon/platform/posix/zfs.hpp"

#include "daemon/platform/posix/zfs_program.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <optional>
#include <system_error>

namespace potd::platform {
namespace {

constexpr std::size_t columns = 13;

std::string column_names() {
    return std::string("name,type,origin,mountpoint,mounted,createtxg,referenced,refquota,defer_destroy,") +
           zfs_instance_property + "," + zfs_pot_property + "," + zfs_base_property + "," +
           zfs_volume_property;
}

/// The next piece of `text` up to `end`, which goes as well.
std::string_view cut(std::string_view& text, char end) {
    const std::size_t at = text.find(end);
    const std::string_view piece = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return piece;
}

std::string text_of(std::string_view cell) {
    return cell == "-" ? std::string() : std::string(cell);
}

template <class Number>
bool number_of(std::string_view cell, Number& into) {
    const auto [end, problem] = std::from_chars(cell.data(), cell.data() + cell.size(), into);
    return problem == std::errc() && end == cell.data() + cell.size();
}

/// None if there are more or fewer cells.
std::optional<std::array<std::string_view, columns>> cells_of(std::string_view line) {
    std::array<std::string_view, columns> cells;
    for (std::size_t i = 0; i < columns; ++i) {
        const bool last = line.find('\t') == std::string_view::npos;
        if (last != (i + 1 == columns)) return std::nullopt;
        cells.at(i) = cut(line, '\t');
    }
    return cells;
}

std::optional<ZfsEntry> entry_of(std::string_view line) {
    const auto found = cells_of(line);
    if (!found) return std::nullopt;
    const auto& cells = *found;
    ZfsEntry entry;
    entry.name = cells[0];
    entry.is_snapshot = cells[1] == "snapshot";
    entry.origin = text_of(cells[2]);
    entry.mountpoint = text_of(cells[3]);
    entry.mounted = cells[4] == "yes";
    const bool quota = text_of(cells[7]).empty() || number_of(cells[7], entry.quota);
    const bool numbers = number_of(cells[5], entry.created) && number_of(cells[6], entry.referenced) && quota;
    entry.deferred = cells[8] == "on";
    entry.instance = text_of(cells[9]);
    entry.pot = text_of(cells[10]);
    entry.base = text_of(cells[11]);
    entry.volume = text_of(cells[12]);
    if (!numbers || (!entry.is_snapshot && cells[1] != "filesystem")) return std::nullopt;
    return entry;
}

core::ErrorKind kind_of(std::string_view said) {
    struct Meaning {
        std::string_view words;
        core::ErrorKind kind;
    };
    static constexpr std::array<Meaning, 14> meanings{{
        {"does not exist", core::ErrorKind::NotFound},
        {"not a ZFS filesystem", core::ErrorKind::NotFound},
        {"could not find any snapshots", core::ErrorKind::NotFound},
        {"already exists", core::ErrorKind::Conflict},
        {"must specify -F to overwrite", core::ErrorKind::Conflict},
        {"is busy", core::ErrorKind::Conflict},
        {"has children", core::ErrorKind::Conflict},
        {"has dependent clones", core::ErrorKind::Conflict},
        {"more recent snapshots", core::ErrorKind::Conflict},
        {"less than current used", core::ErrorKind::Conflict},
        {"ermission denied", core::ErrorKind::PermissionDenied},
        {"out of space", core::ErrorKind::ResourceExhausted},
        {"quota exceeded", core::ErrorKind::ResourceExhausted},
        {"cannot be loaded", core::ErrorKind::Unsupported},
    }};
    for (const Meaning& meaning : meanings) {
        if (said.find(meaning.words) != std::string_view::npos) return meaning.kind;
    }
    return core::ErrorKind::Internal;
}

std::string assignment(const std::string& name, const std::string& value) {
    return name + "=" + value;
}

void add_options(std::vector<std::string>& arguments, const ZfsProperties& properties) {
    for (const auto& [name, value] : properties) {
        arguments.emplace_back("-o");
        arguments.push_back(assignment(name, value));
    }
}

}  // namespace

std::string ZfsEntry::snapshot() const {
    const std::size_t at = name.find('@');
    return at == std::string::npos ? std::string() : name.substr(at + 1);
}

core::Result<std::vector<ZfsEntry>> parse_zfs_list(std::string_view text) {
    std::vector<ZfsEntry> entries;
    while (!text.empty()) {
        const std::string_view line = cut(text, '\n');
        auto entry = entry_of(line);
        if (!entry)
            return core::error(core::ErrorKind::Internal,
                               "zfs list printed what is no line of its: '" + std::string(line) + "'");
        entries.push_back(*std::move(entry));
    }
    return entries;
}

core::Error zfs_error(int status, std::string_view said) {
    // "use '-R' to destroy the following datasets:" and the like is for people at a terminal.
    std::string message;
    for (std::string_view rest = said; !rest.empty();) {
        const std::string_view line = cut(rest, '\n');
        if (line.starts_with("use '-") || line.starts_with("usage:")) break;
        if (!line.empty()) message += (message.empty() ? "" : "; ") + std::string(line);
    }
    if (message.empty()) message = "ended with status " + std::to_string(status) + " and no words";
    const core::ErrorKind kind = kind_of(message);
    return core::error(kind, std::move(message));
}

core::Result<std::string> Zfs::run(std::vector<std::string> arguments) const {
    const std::string what = "zfs " + arguments.front();
    arguments.insert(arguments.begin(), program_);
    auto end = run_host_program(arguments, patience_);
    if (!end) return std::move(end).error().in(what);
    if (end->status != 0) return zfs_error(end->status, end->errors).in(what);
    return std::move(end->output);
}

core::Status Zfs::act(std::vector<std::string> arguments) const {
    auto done = run(std::move(arguments));
    return done ? core::Status() : core::Status(std::move(done).error());
}

core::Result<std::vector<ZfsEntry>> Zfs::list(const std::string& dataset, Depth depth) const {
    std::vector<std::string> arguments{"list", "-H", "-p", "-t", "filesystem,snapshot", "-o", column_names()};
    if (depth == Depth::Everything) arguments.emplace_back("-r");
    if (depth != Depth::Everything) {
        arguments.emplace_back("-d");
        arguments.emplace_back(depth == Depth::Children ? "1" : "0");
    }
    arguments.push_back(dataset);
    auto text = run(std::move(arguments));
    if (!text) return std::move(text).error();
    return parse_zfs_list(text.value());
}

core::Result<ZfsEntry> Zfs::at_path(const std::string& path) const {
    auto text = run({"list", "-H", "-p", "-t", "filesystem", "-o", column_names(), path});
    if (!text) return std::move(text).error();
    auto entries = parse_zfs_list(text.value());
    if (!entries) return std::move(entries).error();
    if (entries->size() != 1) return core::error(core::ErrorKind::NotFound, path + " lies on no zfs");
    return std::move(entries->front());
}

core::Status Zfs::create(const std::string& dataset, const ZfsProperties& properties) const {
    std::vector<std::string> arguments{"create"};
    add_options(arguments, properties);
    arguments.push_back(dataset);
    return act(std::move(arguments));
}

core::Status Zfs::clone(const std::string& snapshot, const std::string& dataset,
                        const ZfsProperties& properties) const {
    std::vector<std::string> arguments{"clone"};
    add_options(arguments, properties);
    arguments.push_back(snapshot);
    arguments.push_back(dataset);
    return act(std::move(arguments));
}

core::Status Zfs::snapshot(const std::string& name) const {
    return act({"snapshot", name});
}

core::Status Zfs::rollback(const std::string& snapshot) const {
    return act({"rollback", snapshot});
}

core::Status Zfs::destroy(const std::string& name, Destroy how) const {
    std::vector<std::string> arguments{"destroy"};
    // Of a file system that something still has open: by then nothing of potd's should.
    if (name.find('@') == std::string::npos) arguments.emplace_back("-f");
    if (how.below) arguments.emplace_back("-r");
    if (how.deferred) arguments.emplace_back("-d");
    arguments.push_back(name);
    return act(std::move(arguments));
}

core::Status Zfs::rename(const std::string& from, const std::string& to) const {
    if (from.find('@') != std::string::npos) return act({"rename", from, to});
    return act({"rename", "-f", from, to});
}

core::Status Zfs::promote(const std::string& dataset) const {
    return act({"promote", dataset});
}

core::Status Zfs::set(const std::string& dataset, const ZfsProperties& properties) const {
    std::vector<std::string> arguments{"set"};
    arguments.reserve(properties.size() + 2);
    for (const auto& [name, value] : properties) arguments.push_back(assignment(name, value));
    arguments.push_back(dataset);
    return act(std::move(arguments));
}

core::Status Zfs::copy(const std::string& snapshot, const std::string& dataset,
                       const ZfsProperties& properties, const PipeWatch& watch) const {
    std::vector<std::string> receive{program_, "receive", "-u"};
    add_options(receive, properties);
    receive.push_back(dataset);
    const auto ends = pipe_programs({program_, "send", snapshot}, receive, watch);
    if (!ends) return core::Status(ends.error()).in("zfs send | zfs receive");
    const auto& [sent, received] = *ends;
    // A sender whose receiver has failed dies of that.
    const bool cut = sent.status == 128 + SIGPIPE;
    if (sent.status != 0 && !(cut && received.status != 0))
        return zfs_error(sent.status, sent.errors).in("zfs send");
    if (received.status != 0) return zfs_error(received.status, received.errors).in("zfs receive");
    return {};
}

core::Status Zfs::mount(const std::string& dataset) const {
    return act({"mount", dataset});
}

}  // namespace potd::platform
