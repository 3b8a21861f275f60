#include "daemon/platform/linux/host_devices.hpp"

#include "daemon/platform/linux/host_network.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"
#include "daemon/platform/linux/netlink_socket.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>

namespace potd::platform {
namespace {

constexpr const char* network_ending = ".net";
constexpr const char* record_ending = ".moved";
constexpr std::uint32_t own_loopback = 1;  // of every network namespace

core::Error device_conflict(std::size_t index, const std::string& what) {
    const std::string field = "network.devices[" + std::to_string(index) + "].interface";
    core::Error error = core::error(core::ErrorKind::Conflict, field + ": " + what);
    error.field = field;
    return error;
}

const HostInterface* named(const HostNetwork& host, const std::string& name) {
    const auto found = std::find_if(host.interfaces.begin(), host.interfaces.end(),
                                    [&](const HostInterface& one) { return one.name == name; });
    return found == host.interfaces.end() ? nullptr : &*found;
}

const HostInterface* numbered(const HostNetwork& host, std::uint32_t index) {
    const auto found = std::find_if(host.interfaces.begin(), host.interfaces.end(),
                                    [&](const HostInterface& one) { return one.index == index; });
    return found == host.interfaces.end() ? nullptr : &*found;
}

/// On a thread of its own, which may go to another network.
core::Status elsewhere(const std::function<core::Status()>& act) {
    core::Status done;
    std::thread([&] { done = act(); }).join();
    return done;
}

/// A namespace that the mount at `path` holds, and a socket that speaks for it.
core::Result<NetlinkSocket> make_network(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return core::os_error(errno, path);
    std::optional<NetlinkSocket> inside;
    core::Status made = elsewhere([&]() -> core::Status {
        if (::unshare(CLONE_NEWNET) != 0) return core::os_error(errno, "make a network namespace");
        if (::mount("/proc/thread-self/ns/net", path.c_str(), nullptr, MS_BIND, nullptr) != 0)
            return core::os_error(errno, "mount a network namespace at " + path);
        auto opened = NetlinkSocket::open();
        if (!opened) return std::move(opened).error();
        inside = *std::move(opened);
        return inside->ask(raise_link(own_loopback));
    });
    if (!made) return std::move(made).error();
    return *std::move(inside);
}

std::span<const std::byte> octets_of(const core::IpAddress& address) {
    return std::as_bytes(std::span(address.bytes)).first(static_cast<std::size_t>(address.bits() / 8));
}

core::Status set_up_inside(NetlinkSocket& inside, std::uint32_t index, const core::MovedInterface& wanted) {
    core::Status done = inside.ask(raise_link(index));
    for (const core::InterfaceAddress& one : wanted.addresses) {
        const int prefix = one.prefix.value_or(one.address.bits());
        if (done)
            done = inside.ask(add_address(index, octets_of(one.address), static_cast<std::uint8_t>(prefix)));
    }
    for (const core::IpAddress& gateway : wanted.gateways) {
        if (done) done = inside.ask(add_default_route(index, octets_of(gateway)));
    }
    return done;
}

bool is_network(const UniqueFd& fd) {
    struct statfs kind {};
    return fd && ::fstatfs(fd.get(), &kind) == 0 && kind.f_type == NSFS_MAGIC;
}

core::Result<NetlinkSocket> open_inside(const UniqueFd& network) {
    std::optional<NetlinkSocket> inside;
    core::Status opened = elsewhere([&]() -> core::Status {
        if (::setns(network.get(), CLONE_NEWNET) != 0)
            return core::os_error(errno, "enter the network of a pot");
        auto socket = NetlinkSocket::open();
        if (!socket) return std::move(socket).error();
        inside = *std::move(socket);
        return {};
    });
    if (!opened) return std::move(opened).error();
    return *std::move(inside);
}

UniqueFd own_network_of_host() {
    return UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
}

}  // namespace

HostDevices::HostDevices(Options options) : options_(std::move(options)), bridges_(options_.instance) {}

core::Status HostDevices::prepare() const {
    return make_directory(options_.directory, 0700);
}

std::string HostDevices::place(const std::string& run, const char* ending) const {
    return options_.directory + "/" + run + ending;
}

void HostDevices::say(const std::string& text) const {
    if (options_.problem) options_.problem(text);
}

core::Result<std::vector<HostDevices::Moved>> HostDevices::choose(
    const std::vector<core::MovedInterface>& devices) const {
    const auto host = read_host_network();
    if (!host) return host.error();
    std::vector<Moved> chosen;
    for (std::size_t i = 0; i < devices.size(); ++i) {
        const std::string& name = devices[i].interface;
        const HostInterface* const link = named(*host, name);
        if (link == nullptr) return device_conflict(i, "the host has no interface '" + name + "'");
        if (link->loopback) return device_conflict(i, name + " is the host's loopback interface");
        if (link->default_route)
            return device_conflict(i, "a default route of the host goes by " + name +
                                          "; expected an interface that it can do without");
        const HostInterface* const master = link->master == 0 ? nullptr : numbered(*host, link->master);
        if (bridges_.owns(*link) || (master != nullptr && bridges_.owns(*master)))
            return device_conflict(i, name + " is potd's own, of one of its bridges");
        chosen.push_back({link->index, link->up, name});
    }
    return chosen;
}

core::Result<std::string> HostDevices::lend(const std::string& run,
                                            const std::vector<core::MovedInterface>& devices) const {
    // A potd that was killed amid a launch is followed by one that launches the run again.
    if (core::Status back = take_back(run); !back) return std::move(back).error();
    const auto chosen = choose(devices);
    if (!chosen) return chosen.error();
    std::string record;
    for (const Moved& one : *chosen)
        record += std::to_string(one.index) + (one.up ? " up " : " down ") + one.interface + "\n";
    if (auto written = write_file_atomic(place(run, record_ending), record); !written)
        return std::move(written).error();
    const std::string path = place(run, network_ending);
    auto inside = make_network(path);
    if (!inside) return std::move(inside).error();
    auto host = NetlinkSocket::open();
    if (!host) return std::move(host).error();
    const UniqueFd network(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!network) return core::os_error(errno, path);
    for (std::size_t i = 0; i < devices.size(); ++i) {
        const std::uint32_t index = chosen->at(i).index;
        core::Status moved = host->ask(move_link(index, network.get(), core::name_in_pot(devices[i])));
        if (!moved && moved.error().os_error == EINVAL)
            return device_conflict(i, devices[i].interface +
                                          " stays in its network: the kernel moves no such "
                                          "interface");
        if (moved) moved = set_up_inside(*inside, index, devices[i]);
        if (!moved) return std::move(moved).error().in("move " + devices[i].interface + " into the pot");
    }
    return path;
}

/// Whether it is on the host by its own name; not one that is gone, nor one whose name another has.
core::Result<bool> HostDevices::bring_out(NetlinkSocket& inside, int home, const Moved& one) const {
    const std::string on_the_way = "potd" + std::to_string(one.index);
    core::Status back = inside.ask(lower_link(one.index));
    if (!back && back.error().os_error == ENODEV) return false;
    if (back) back = inside.ask(rename_link(one.index, on_the_way));
    if (back) back = inside.ask(move_link(one.index, home, one.interface));
    if (back) return true;
    if (::if_nametoindex(on_the_way.c_str()) == 0)
        return std::move(back).error().in("take " + one.interface + " back from a pot");
    say("the interface " + one.interface + " is back from a pot as " + on_the_way + ": " +
        back.error().message);
    return false;
}

/// By a name that nobody has: the one it has in the pot may be another's on the host, and the kernel renames
/// only what has arrived.
core::Status HostDevices::return_to_host(const std::string& network, const std::vector<Moved>& moved) const {
    const UniqueFd pot(::open(network.c_str(), O_RDONLY | O_CLOEXEC));
    if (!is_network(pot)) return {};
    const UniqueFd home = own_network_of_host();
    if (!home) return core::os_error(errno, "open the host's network");
    auto inside = open_inside(pot);
    auto host = NetlinkSocket::open();
    if (!inside || !host) return inside ? std::move(host).error() : std::move(inside).error();
    for (const Moved& one : moved) {
        const auto is_back = bring_out(*inside, home.get(), one);
        if (!is_back) return is_back.error();
        if (!*is_back) continue;
        const std::uint32_t index = one.up ? ::if_nametoindex(one.interface.c_str()) : 0;
        if (index == 0) continue;
        if (core::Status up = host->ask(raise_link(index)); !up)
            say(one.interface + ": " + up.error().message);
    }
    return {};
}

core::Status HostDevices::take_back(const std::string& run) const {
    const std::string record = place(run, record_ending);
    const std::string network = place(run, network_ending);
    const auto text = read_file(record);
    if (!text && text.error().kind != core::ErrorKind::NotFound) return text.error();
    std::vector<Moved> moved;
    for (const std::string_view line : split(text ? std::string_view(*text) : std::string_view(), '\n')) {
        const auto words = split_blanks(line);
        const auto index = words.size() == 3 ? parse_number(words[0]) : std::nullopt;
        if (index)
            moved.push_back({static_cast<std::uint32_t>(*index), words[1] == "up", std::string(words[2])});
    }
    if (core::Status back = return_to_host(network, moved); !back) return back;
    if (::umount2(network.c_str(), MNT_DETACH) != 0 && errno != ENOENT && errno != EINVAL)
        return core::os_error(errno, "unmount " + network);
    core::Status gone = remove_file(network);
    return gone ? remove_file(record) : std::move(gone);
}

core::Status HostDevices::sweep(const std::set<std::string>& live) const {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(options_.directory.c_str()), &::closedir);
    if (!stream) return core::os_error(errno, options_.directory);
    std::set<std::string> over;
    // readdir is safe on a stream of one's own.
    while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe)
        const std::string_view name(&entry->d_name[0]);
        for (const std::string_view ending : {network_ending, record_ending}) {
            if (!name.ends_with(ending)) continue;
            const std::string run(name.substr(0, name.size() - ending.size()));
            if (!live.contains(run)) over.insert(run);
        }
    }
    core::Status swept;
    for (const std::string& run : over) {
        core::Status back = take_back(run);
        if (!back) swept = std::move(back);
    }
    return swept;
}

}  // namespace potd::platform
