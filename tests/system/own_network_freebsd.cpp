#include "tests/support/program.hpp"
#include "tests/system/own_network.hpp"

#include <algorithm>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

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

Outcome ifconfig(const Argv& words) {
    Argv all{"/sbin/ifconfig"};
    all.insert(all.end(), words.begin(), words.end());
    return run_program(all);
}

/// An end of a cable whose other end nobody has.
class SpareEnd {
  public:
    explicit SpareEnd(std::string name) : name_(std::move(name)) {
        std::string made = ifconfig({"epair", "create"}).out;
        while (!made.empty() && made.back() == '\n') made.pop_back();
        if (ifconfig({made, "name", name_}).status != 0) throw std::runtime_error("no " + name_);
    }
    ~SpareEnd() { static_cast<void>(ifconfig({name_, "destroy"})); }
    SpareEnd(const SpareEnd&) = delete;
    SpareEnd& operator=(const SpareEnd&) = delete;

  private:
    std::string name_;
};

struct Spares {
    SpareEnd device{spare_interface()}, uplink{spare_uplink()};
};

/// "up NAME" and "member NAME", as ifconfig(8) tells of all interfaces.
void add_states(std::set<std::string>& found) {
    const std::string text = ifconfig({"-a"}).out;
    static const std::regex up("(^|\n)([^\\s:]+): flags=[0-9a-f]+<UP[,>]"), member("\n\tmember: (\\S+) ");
    for (std::sregex_iterator it(text.begin(), text.end(), up), end; it != end; ++it)
        found.insert("up " + it->str(2));
    for (std::sregex_iterator it(text.begin(), text.end(), member), end; it != end; ++it)
        found.insert("member " + it->str(1));
}

/// Of the bridge that it is on, if it is on one.
void take_off_bridge(const std::string& link) {
    std::istringstream bridges(ifconfig({"-g", "bridge"}).out);
    for (std::string bridge; bridges >> bridge;) static_cast<void>(ifconfig({bridge, "deletem", link}));
}

}  // namespace

/// The machine itself, where its rules lead to potd's: what potd makes has names of its own, and the anchors
/// of potd are all that is flushed.
std::shared_ptr<void> own_network() {
    const std::string lines = "\n" + pfctl({"-s", "nat"}) + pfctl({"-s", "rules"});
    for (const char* line : {"nat-anchor \"potd/*\"", "rdr-anchor \"potd/*\"", "\nanchor \"potd/*\""})
        if (lines.find(line) == std::string::npos) return nullptr;
    return std::make_shared<Spares>();
}

std::string spare_interface() {
    return "potdspare0";
}

std::string spare_uplink() {
    return "potdspare1";
}

void flush_own_network() {
    for (const std::string& anchor : anchors()) {
        for (const char* what : {"nat", "rules"}) static_cast<void>(pfctl({"-a", anchor, "-F", what}));
    }
    take_off_bridge(spare_uplink());
}

std::vector<std::string> own_network_objects() {
    std::set<std::string> found;
    const std::unique_ptr<struct if_nameindex, void (*)(struct if_nameindex*)> all(::if_nameindex(),
                                                                                   &::if_freenameindex);
    for (const struct if_nameindex* one = all.get(); one != nullptr && one->if_index != 0; ++one)
        found.insert("interface " + std::string(one->if_name));
    add_states(found);
    static const std::regex port("rdr [^\n]*proto (tcp|udp|sctp) [^\n]* port = ([0-9a-z-]+)");
    static const std::regex open(
        "pass in [^\n]*proto (tcp|udp|sctp) from any to (\\S*:\\S*) port = ([0-9]+) ");
    for (const std::string& anchor : anchors()) {
        const std::string filters = pfctl({"-a", anchor, "-P", "-s", "rules"});
        for (std::sregex_iterator it(filters.begin(), filters.end(), open), end; it != end; ++it)
            found.insert("open " + it->str(2) + " " + it->str(1) + " " + it->str(3));
        const std::string text = pfctl({"-a", anchor, "-P", "-s", "nat"});
        if (!text.empty()) found.insert("table " + anchor);
        for (std::sregex_iterator it(text.begin(), text.end(), port), end; it != end; ++it)
            found.insert("port " + it->str(1) + " " + it->str(2));
    }
    return {found.begin(), found.end()};
}

}  // namespace potd::test
