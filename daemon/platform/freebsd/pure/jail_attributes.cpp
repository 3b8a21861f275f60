#include "daemon/platform/freebsd/pure/jail_attributes.hpp"

#include "core/model/attributes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace potd::platform {
namespace {

/// One of pot's that is a parameter of jail_set(2).
struct Translated {
    std::string_view attribute, parameter,
        normal;  ///< `normal`: the value when it is not given; empty = none
};

constexpr std::array translated{Translated{"enforce_statfs", "enforce_statfs", "2"},
                                Translated{"mount", "allow.mount", ""},
                                Translated{"linprocfs", "allow.mount.linprocfs", ""},
                                Translated{"nullfs", "allow.mount.nullfs", ""},
                                Translated{"tmpfs", "allow.mount.tmpfs", ""},
                                Translated{"zfs", "allow.mount.zfs", ""},
                                Translated{"raw_sockets", "allow.raw_sockets", ""},
                                Translated{"mlock", "allow.mlock", ""},
                                Translated{"sysvshm", "sysvshm", "new"},
                                Translated{"sysvsem", "sysvsem", "new"},
                                Translated{"sysvmsg", "sysvmsg", "new"},
                                Translated{"children", "children.max", ""}};

/// Parameters that potd sets by itself, or that are only to be read; where they are to be given instead.
struct Reserved {
    std::string_view parameter, instead;
};

constexpr std::array reserved{Reserved{"jid", ""},
                              Reserved{"name", ""},
                              Reserved{"path", ""},
                              Reserved{"parent", ""},
                              Reserved{"persist", "persistent"},
                              Reserved{"dying", ""},
                              Reserved{"cpuset.id", "limits.cpuset"},
                              Reserved{"children.cur", ""},
                              Reserved{"children.max", "attributes.children"},
                              Reserved{"host", "hostname"},
                              Reserved{"host.hostname", "hostname"},
                              Reserved{"vnet", "network.type"},
                              Reserved{"ip4", "network.type"},
                              Reserved{"ip4.addr", "network.type"},
                              Reserved{"ip6", "network.type"},
                              Reserved{"ip6.addr", "network.type"},
                              Reserved{"osrelease", ""},
                              Reserved{"devfs_ruleset", "attributes.devfs_ruleset"},
                              Reserved{"enforce_statfs", "attributes.enforce_statfs"},
                              Reserved{"linux", "attributes.linux"}};

core::Error unsupported(const std::string& field, const std::string& why) {
    core::Error error = core::error(core::ErrorKind::Unsupported, field + ": " + why);
    error.field = field;
    return error;
}

core::Status refuse_reserved(std::string_view parameter, const std::string& field) {
    const auto* const found = std::find_if(reserved.begin(), reserved.end(),
                                           [&](const Reserved& each) { return each.parameter == parameter; });
    if (found == reserved.end()) return {};
    const std::string_view instead = found->instead;
    return unsupported(
        field, instead.empty() ? "potd sets this parameter itself" : "is given as " + std::string(instead));
}

class Resolver {
  public:
    Resolver(const std::map<std::string, std::string>& given, const JailParameterKinds& known)
        : given_(given), known_(known) {}

    core::Result<JailAttributes> run() {
        result_.device_rules = default_devfs_rules();
        add_fixed();
        for (const Translated& each : translated) {
            if (each.normal.empty() || given_.contains(std::string(each.attribute))) continue;
            if (auto added = add_parameter(each.parameter, each.normal, "attributes"); !added)
                return std::move(added).error();
        }
        for (const auto& [name, value] : given_) {
            if (name == core::no_etc_hosts) continue;
            if (auto taken = take(name, value, "attributes." + name); !taken) return std::move(taken).error();
        }
        return std::move(result_);
    }

  private:
    /// As pot always does; what makes a jail more than it should be is off by the kernel's own default.
    void add_fixed() {
        result_.parameters.push_back(jail_flag("allow.set_hostname", false));
        result_.parameters.push_back(jail_flag("allow.socket_af"));
        result_.parameters.push_back(jail_flag("allow.chflags"));
    }

    core::Status add_parameter(std::string_view name, std::string_view value, const std::string& field) {
        auto parameter = parse_jail_parameter(known_, name, value, field);
        if (!parameter) return std::move(parameter).error();
        result_.parameters.push_back(std::move(parameter).value());
        return {};
    }

    core::Status take(const std::string& name, const std::string& value, const std::string& field) {
        constexpr std::string_view prefix = "jail.";
        const auto* const pot_name =
            std::find_if(translated.begin(), translated.end(),
                         [&](const Translated& each) { return each.attribute == name; });
        if (pot_name != translated.end()) return add_parameter(pot_name->parameter, value, field);
        if (name.starts_with(prefix)) {
            const std::string parameter = name.substr(prefix.size());
            if (auto free = refuse_reserved(parameter, field); !free) return free;
            return add_parameter(parameter, value, field);
        }
        if (name == "devfs_ruleset") return take_ruleset(value, field);
        return take_switch(name, value, field);
    }

    core::Status take_ruleset(const std::string& value, const std::string& field) {
        std::uint16_t number = 0;
        const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (failure != std::errc{} || end != value.data() + value.size() || number == 0)
            return core::invalid_field(field, value, "the number of a ruleset of this machine, 1 to 65535");
        DeviceRule rule;
        rule.include = number;
        result_.device_rules = {rule};
        result_.included_ruleset = number;
        return {};
    }

    core::Status take_switch(const std::string& name, const std::string& value, const std::string& field) {
        bool* const target = name == "procfs"    ? &result_.procfs
                             : name == "fdescfs" ? &result_.fdescfs
                             : name == "linux"   ? &result_.linux
                                                 : nullptr;
        if (target == nullptr)
            return unsupported(field, "is no attribute of a jail; others are given as attributes.jail.NAME");
        const auto on = parse_switch(value, field);
        if (!on) return on.error();
        *target = on.value();
        if (name == "linux" && on.value()) return add_parameter("linux", "new", field);
        return {};
    }

    const std::map<std::string, std::string>& given_;
    const JailParameterKinds& known_;
    JailAttributes result_;
};

}  // namespace

core::Result<JailAttributes> resolve_attributes(const std::map<std::string, std::string>& given,
                                                const JailParameterKinds& known) {
    return Resolver(given, known).run();
}

}  // namespace potd::platform
