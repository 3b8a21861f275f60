#include "client/command/network_options.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace potd::client {
namespace {

bool is_ipv6(std::string_view address) {
    return address == "slaac" || address.find(':') != std::string_view::npos;
}

/// "public-bridge", or "private-bridge", or one that -B makes likely.
bool is_on_bridges(const Value& network, bool names_bridges) {
    const std::string& type = network["type"].text();
    return type.empty() ? names_bridges : type == "public-bridge" || type == "private-bridge";
}

class NetworkBuilder {
  public:
    NetworkBuilder(const Arguments& arguments, Value& spec) : arguments_(arguments), spec_(spec) {}

    Status build() {
        const auto bridges = arguments_.values("bridge");
        const bool bridged = is_on_bridges(spec_["network"], !bridges.empty());
        if (!bridges.empty()) take_bridges(bridges);
        for (const auto& text : arguments_.values("ip")) {
            auto done = bridged ? bridge_address(text) : host_address(text);
            if (!done) return done;
        }
        if (!hosts_.empty()) put_hosts();
        if (!further_.items().empty()) network().set("interfaces", further_);
        if (Status done = take_devices(); !done) return done;
        if (const auto mac = arguments_.value("mac")) network().set("mac", *mac);
        return take_ports();
    }

  private:
    Value& network() { return spec_.at("network"); }
    [[nodiscard]] bool is_public() const { return spec_["network"]["type"].text() == "public-bridge"; }

    /// The public one goes without saying, so with it all that are named come beside it.
    void take_bridges(const std::vector<std::string>& bridges) {
        const std::size_t first = is_public() ? 0 : 1;
        if (!is_public()) network().set("bridge", bridges.front());
        for (std::size_t i = first; i < bridges.size(); ++i) {
            Value one;
            one.set("bridge", bridges[i]);
            further_.push(std::move(one));
        }
    }

    /// "auto", "ADDRESS" or "slaac", of the first bridge, or "BRIDGE|ADDRESS".
    Status bridge_address(const std::string& text) {
        if (text == "auto") {
            network().set("ipv4", Value());
            network().set("ipv6", Value());
            return Done{};
        }
        const std::size_t bar = text.find('|');
        if (bar == std::string::npos) return set_address(network(), text, text);
        const std::string bridge = text.substr(0, bar);
        const std::string first = is_public() ? "public" : spec_["network"]["bridge"].text();
        if (bridge == first) return set_address(network(), text.substr(bar + 1), text);
        Value::Array all = further_.items();
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Value& one) { return one["bridge"].text() == bridge; });
        if (found == all.end())
            return usage("-i/--ip: '" + text + "' is on no bridge of the pot", "-B " + bridge + " names it");
        auto done = set_address(*found, text.substr(bar + 1), text);
        further_ = Value(std::move(all));
        return done;
    }

    static Status set_address(Value& interface, const std::string& address, const std::string& text) {
        const std::string_view family = is_ipv6(address) ? "ipv6" : "ipv4";
        if (!interface[family].is_null() && interface[family].text() != "auto" &&
            interface[family].text() != address)
            return usage("-i/--ip: '" + text + "' is a second address of its family on one bridge",
                         "one of each family");
        interface.set(family, address);
        return Done{};
    }

    /// "INTERFACE|ADDRESS", as pot has it for alias; those of one interface stand together in the spec.
    Status host_address(const std::string& text) {
        const std::size_t bar = text.find('|');
        if (bar == std::string::npos) {
            if (spec_["network"]["type"].text() == "alias")
                return usage("-i/--ip: '" + text + "' names no interface",
                             "INTERFACE|ADDRESS, like eth0|10.0.0.2");
            return bridge_address(text);
        }
        const std::string name = text.substr(0, bar);
        auto known =
            std::find_if(hosts_.begin(), hosts_.end(), [&](const auto& each) { return each.first == name; });
        if (known == hosts_.end()) known = hosts_.emplace(known, name, std::vector<std::string>());
        known->second.push_back(text.substr(bar + 1));
        return Done{};
    }

    void put_hosts() {
        Value list = Value::array();
        for (const auto& [name, addresses] : hosts_) {
            Value one;
            one.set("interface", name);
            one.set("addresses", addresses);
            list.push(std::move(one));
        }
        network().set("interfaces", std::move(list));
    }

    /// "INTERFACE[=NAME][|ADDRESS[@GATEWAY]]...", or "none" for no more of them.
    Status take_devices() {
        const auto texts = arguments_.values("device");
        if (texts.empty()) return Done{};
        Value list = Value::array();
        for (const auto& text : texts) {
            if (text != "none") list.push(device_from(text));
        }
        if (!list.items().empty() && list.items().size() != texts.size())
            return usage("--device: 'none' and interfaces exclude each other");
        network().set("devices", std::move(list));
        return Done{};
    }

    static Value device_from(const std::string& text) {
        const std::size_t bar = std::min(text.find('|'), text.size());
        const std::string link = text.substr(0, bar);
        const std::size_t equals = link.find('=');
        Value device;
        device.set("interface", link.substr(0, equals));
        if (equals != std::string::npos) device.set("name", link.substr(equals + 1));
        std::vector<std::string> addresses, gateways;
        for (std::size_t at = bar + 1; at <= text.size();) {
            const std::size_t end = std::min(text.find('|', at), text.size());
            const std::string word = text.substr(at, end - at);
            const std::size_t gateway = word.find('@');
            addresses.push_back(word.substr(0, gateway));
            if (gateway != std::string::npos) gateways.push_back(word.substr(gateway + 1));
            at = end + 1;
        }
        if (!addresses.empty()) device.set("addresses", addresses);
        if (!gateways.empty()) device.set("gateways", gateways);
        return device;
    }

    Status take_ports() {
        const auto texts = arguments_.values("publish");
        if (texts.empty()) return Done{};
        const bool none = std::find(texts.begin(), texts.end(), "none") != texts.end();
        if (none && texts.size() > 1) return usage("--publish: 'none' and ports exclude each other");
        spec_.set("ports", none ? Value::array() : Value(texts));
        return Done{};
    }

    const Arguments& arguments_;
    Value& spec_;
    Value further_ = Value::array();  ///< interfaces beside the first
    std::vector<std::pair<std::string, std::vector<std::string>>> hosts_;
};

}  // namespace

Status network_from_options(const Arguments& arguments, Value& spec) {
    return NetworkBuilder(arguments, spec).build();
}

void leave_network_of_source(Value& changes) {
    const std::string type = changes["network"]["type"].text();
    if (type.empty()) return;
    Value& network = changes.at("network");
    for (const std::string_view field : {"stack", "bridge", "ipv4", "ipv6", "mac"}) {
        if (network[field].is_null()) network.set(field, Value());
    }
    if (network["devices"].is_null()) network.set("devices", Value::array());
    if (type != "alias" && network["interfaces"].is_null()) network.set("interfaces", Value::array());
    if (is_on_bridges(network, false)) return;
    if (changes["ports"].is_null()) changes.set("ports", Value::array());
    for (const std::string_view field : {"network_rx", "network_tx"}) {
        if (changes["limits"][field].is_null()) changes.at("limits").set(field, Value());
    }
}

}  // namespace potd::client
