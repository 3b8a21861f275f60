#include "tests/support/program.hpp"
#include "tests/system/own_network.hpp"

#include <algorithm>
#include <memory>
#include <regex>
#include <set>
#include <sstream>

#include <net/if.h>

namespace potd::test {
namespace {

std::string pfctl(const Argv& words) {
    Argv all{"/sbin/pfctl"};
    all.insert(all.end(), words.begin(), words.end());
    return run_program(all).out;
}

std::set<std::string> anchors() {
    std::istringstream words(pfctl({"-a", "potd", "-s", "Anchors"}));
    std::set<std::string> found;
    for (std::string anchor; words >> anchor;) found.insert(anchor);
    return found;
}

}  // namespace

/// The machine itself, where its rules lead to potd's: what potd makes has names of its own, and the anchors
/// of potd are all that is flushed.
std::shared_ptr<void> own_network() {
    const std::string lines = "\n" + pfctl({"-s", "nat"}) + pfctl({"-s", "rules"});
    for (const char* line : {"nat-anchor \"potd/*\"", "rdr-anchor \"potd/*\"", "\nanchor \"potd/*\""})
        if (lines.find(line) == std::string::npos) return nullptr;
    return std::make_shared<int>();
}

std::string spare_interface() {
    return {};
}

std::string spare_uplink() {
    return {};
}

void flush_own_network() {
    for (const std::string& anchor : anchors()) {
        for (const char* what : {"nat", "rules"}) static_cast<void>(pfctl({"-a", anchor, "-F", what}));
    }
}

std::vector<std::string> own_network_objects() {
    std::set<std::string> found;
    const std::unique_ptr<struct if_nameindex, void (*)(struct if_nameindex*)> all(::if_nameindex(),
                                                                                   &::if_freenameindex);
    for (const struct if_nameindex* one = all.get(); one != nullptr && one->if_index != 0; ++one)
        found.insert("interface " + std::string(one->if_name));
    static const std::regex port("rdr [^\n]*proto (tcp|udp|sctp) [^\n]* port = ([0-9a-z-]+)");
    for (const std::string& anchor : anchors()) {
        const std::string text = pfctl({"-a", anchor, "-P", "-s", "nat"});
        if (!text.empty()) found.insert("table " + anchor);
        for (std::sregex_iterator it(text.begin(), text.end(), port), end; it != end; ++it)
            found.insert("port " + it->str(1) + " " + it->str(2));
    }
    return {found.begin(), found.end()};
}

}  // namespace potd::test
