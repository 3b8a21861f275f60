#include "daemon/platform/freebsd/host_aliases.hpp"

#include "daemon/platform/freebsd/interface_addresses.hpp"
#include "daemon/platform/posix/file.hpp"

#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include <dirent.h>

namespace potd::platform {
namespace {

constexpr std::string_view unfinished = ".new";  // what write_file_atomic puts behind the name

core::Status check_interfaces(const core::NetworkSpec& network) {
    for (std::size_t i = 0; i < network.interfaces.size(); ++i) {
        const std::string& name = network.interfaces[i].interface;
        if (interface_exists(name)) continue;
        const std::string field = "network.interfaces[" + std::to_string(i) + "].interface";
        core::Error error =
            core::error(core::ErrorKind::Conflict, field + ": the host has no interface '" + name + "'");
        error.field = field;
        return error;
    }
    return {};
}

}  // namespace

core::Status HostAliases::prepare() {
    return make_directory(directory_, 0700);
}

core::Status HostAliases::add(const std::string& run, const core::NetworkSpec& network) {
    // An earlier try at the same run, cut by a crash, may have left its own.
    if (auto gone = remove(run); !gone) return gone;
    if (auto known = check_interfaces(network); !known) return known;
    const auto taken = read_host_addresses();
    if (!taken) return taken.error();
    if (auto free = check_free(network, *taken); !free) return free;
    const AddressRecord record{boot_, host_aliases(network)};
    if (auto written = write_file_atomic(file_of(run), to_text(record)); !written) return written;
    added_.insert(run);
    for (const HostAlias& alias : record.aliases) {
        core::Status added = add_alias(alias);
        if (added) continue;
        core::Error cause = std::move(added).error();
        cause.field = "network";
        if (auto undone = remove(run); !undone) cause.message += "; " + undone.error().message;
        return cause;
    }
    return {};
}

core::Status HostAliases::remove(const std::string& run) {
    const auto text = read_file(file_of(run));
    if (!text) return text.error().kind == core::ErrorKind::NotFound ? core::Status() : text.error();
    const auto record = parse_address_record(*text);
    if (!record) return core::Error(record.error()).in(file_of(run));
    // The addresses of an earlier boot went with it; what is there now is somebody else's.
    if (record->boot == boot_) {
        for (const HostAlias& alias : record->aliases) {
            if (auto gone = remove_alias(alias); !gone) return gone;
        }
    }
    added_.erase(run);
    return remove_file(file_of(run));
}

core::Status HostAliases::sweep(const std::set<std::string>& live) {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory_.c_str()), &::closedir);
    if (!stream) return core::os_error(errno, directory_);
    std::vector<std::string> strays;
    // readdir is safe on a stream of one's own.
    while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe)
        const std::string name = &entry->d_name[0];
        if (entry->d_type == DT_DIR) continue;
        // Cut while it was written: nothing had been done yet.
        if (name.ends_with(unfinished)) {
            if (auto gone = remove_file(file_of(name)); !gone) return gone;
            continue;
        }
        if (!live.contains(name) && !added_.contains(name)) strays.push_back(name);
    }
    core::Status result;
    for (const std::string& run : strays) {
        core::Status gone = remove(run);
        if (!gone && result) result = std::move(gone);
    }
    return result;
}

}  // namespace potd::platform
