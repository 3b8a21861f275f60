#include "daemon/platform/freebsd/movable_links.hpp"

#include "daemon/platform/freebsd/bridge_links.hpp"
#include "daemon/platform/freebsd/host_links.hpp"
#include "daemon/platform/freebsd/pure/network_names.hpp"

#include <algorithm>
#include <cstddef>

namespace potd::platform {
namespace {

core::Error not_movable(std::size_t index, const std::string& why) {
    const std::string field = "network.devices[" + std::to_string(index) + "].interface";
    core::Error error = core::error(core::ErrorKind::Conflict, field + ": " + why);
    error.field = field;
    return error;
}

}  // namespace

core::Status check_movable(const std::vector<core::MovedInterface>& devices, const std::string& instance) {
    const auto links = read_host_links();
    const auto ways_out = read_ways_out();
    if (!links || !ways_out) return links ? ways_out.error() : links.error();
    const BridgeLinks bridges(instance);
    for (std::size_t i = 0; i < devices.size(); ++i) {
        const std::string& name = devices[i].interface;
        const auto link = std::find_if(links->begin(), links->end(),
                                       [&](const HostInterface& one) { return one.name == name; });
        if (link == links->end()) return not_movable(i, "the host has no interface '" + name + "'");
        if (link->loopback) return not_movable(i, name + " is a loopback interface of the host");
        if (std::find(ways_out->begin(), ways_out->end(), name) != ways_out->end())
            return not_movable(i, "a default route of the host goes by " + name +
                                      "; expected an interface that it can do without");
        if (bridges.owns(*link) || run_of_note(instance, link->note))
            return not_movable(i, name + " is potd's own, of one of its bridges");
    }
    return {};
}

}  // namespace potd::platform
