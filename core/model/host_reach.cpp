#include "core/model/host_reach.hpp"

#include "core/model/attributes.hpp"

#include <algorithm>
#include <array>

namespace potd::core {
namespace {

constexpr std::array<std::string_view, host_reaches> reach_words{
    "hooks",      "directories", "datasets",     "capabilities", "seccomp",
    "parameters", "devices",     "host-network", "ports",        "private-bridges"};

Status denied(HostReach reach, const std::string& field, std::string_view what) {
    Error refused = error(ErrorKind::PermissionDenied,
                          field + ": " + std::string(what) + " needs the role admin, or '" +
                              std::string(to_string(reach)) + "' in access.policy of potd's configuration");
    refused.field = field;
    return refused;
}

/// What reaches the host without more words; says nothing of what is allowed.
class Looker {
  public:
    Looker(const PotSpec& spec, const PotSpec* before, HostReaches allowed)
        : spec_(spec), before_(before), allowed_(allowed) {}

    Status look() {
        Status status = hooks();
        if (status) status = mounts();
        if (status) status = security();
        if (status) status = parameters();
        if (status) status = network();
        if (status) status = ports();
        return status;
    }

  private:
    [[nodiscard]] bool is_free(HostReach reach) const {
        return allowed_.test(static_cast<std::size_t>(reach));
    }

    Status hooks() const {
        if (is_free(HostReach::Hooks) || (before_ != nullptr && before_->hooks == spec_.hooks)) return {};
        for (const auto& [stage, name] : {std::pair{HookStage::Prestart, "hooks.prestart"},
                                          std::pair{HookStage::Poststart, "hooks.poststart"},
                                          std::pair{HookStage::Prestop, "hooks.prestop"},
                                          std::pair{HookStage::Poststop, "hooks.poststop"}}) {
            const auto& wanted = spec_.hooks.of(stage);
            const bool same = before_ != nullptr && before_->hooks.of(stage) == wanted;
            if (!wanted.empty() && !same) return denied(HostReach::Hooks, name, "a program of the host");
        }
        return {};
    }

    Status mounts() const {
        for (std::size_t i = 0; i < spec_.mounts.size(); ++i) {
            const MountSpec& mount = spec_.mounts[i];
            const bool had = before_ != nullptr && std::find(before_->mounts.begin(), before_->mounts.end(),
                                                             mount) != before_->mounts.end();
            if (had) continue;
            if (auto status = check_reach(mount, allowed_, "mounts[" + std::to_string(i) + "]"); !status)
                return status;
        }
        return {};
    }

    Status security() const {
        const SecuritySpec& wanted = spec_.security;
        const SecuritySpec* const had = before_ == nullptr ? nullptr : &before_->security;
        if (!is_free(HostReach::Capabilities)) {
            for (const std::string& one : wanted.add_capabilities) {
                const bool same =
                    had != nullptr && std::find(had->add_capabilities.begin(), had->add_capabilities.end(),
                                                one) != had->add_capabilities.end();
                if (!same)
                    return denied(HostReach::Capabilities, "security.capabilities.add",
                                  "the capability " + one);
            }
            // With all capabilities of the default set back in a pot that had given them up nothing is gained
            // beyond what a new pot has.
        }
        const bool opened = wanted.seccomp == SeccompMode::Unconfined &&
                            (had == nullptr || had->seccomp != SeccompMode::Unconfined);
        if (opened && !is_free(HostReach::Seccomp))
            return denied(HostReach::Seccomp, "security.seccomp", "unconfined");
        return {};
    }

    Status parameters() const {
        if (is_free(HostReach::Parameters)) return {};
        for (const auto& [name, value] : spec_.attributes) {
            if (name == no_etc_hosts) continue;
            if (before_ != nullptr) {
                const auto had = before_->attributes.find(name);
                if (had != before_->attributes.end() && had->second == value) continue;
            }
            return denied(HostReach::Parameters, "attributes." + name, "a parameter of the jail");
        }
        const bool same = before_ != nullptr && before_->limits.rctl == spec_.limits.rctl;
        if (!spec_.limits.rctl.empty() && !same)
            return denied(HostReach::Parameters, "limits.rctl", "a rule of rctl(8) by its own name");
        return {};
    }

    Status network() const {
        const NetworkSpec& wanted = spec_.network;
        const NetworkSpec* const had = before_ == nullptr ? nullptr : &before_->network;
        if (had != nullptr && *had == wanted) return {};
        const bool hosts = wanted.type == NetworkType::Inherit || wanted.type == NetworkType::Alias;
        const bool same = had != nullptr && had->type == wanted.type && had->interfaces == wanted.interfaces;
        if (hosts && !same && !is_free(HostReach::HostNetwork))
            return denied(HostReach::HostNetwork, "network.type",
                          wanted.type == NetworkType::Alias ? "alias, on the host's interfaces,"
                                                            : "inherit, the host's own network,");
        const bool same_devices = had != nullptr && had->devices == wanted.devices;
        if (!wanted.devices.empty() && !same_devices && !is_free(HostReach::Devices))
            return denied(HostReach::Devices, "network.devices", "an interface of the host");
        return {};
    }

    Status ports() const {
        if (is_free(HostReach::Ports)) return {};
        constexpr int first_unprivileged = 1024;
        for (std::size_t i = 0; i < spec_.ports.size(); ++i) {
            const PublishedPort& port = spec_.ports[i];
            if (!port.host || *port.host >= first_unprivileged) continue;
            const bool had = before_ != nullptr && std::find(before_->ports.begin(), before_->ports.end(),
                                                             port) != before_->ports.end();
            if (!had)
                return denied(HostReach::Ports, "ports[" + std::to_string(i) + "].host",
                              std::to_string(*port.host) + ", a port of the host below 1024,");
        }
        return {};
    }

    const PotSpec& spec_;
    const PotSpec* before_;
    HostReaches allowed_;
};

}  // namespace

std::string_view to_string(HostReach reach) noexcept {
    return reach_words.at(static_cast<std::size_t>(reach));
}

std::optional<HostReach> host_reach_from(std::string_view text) noexcept {
    const auto* const found = std::find(reach_words.begin(), reach_words.end(), text);
    if (found == reach_words.end()) return std::nullopt;
    return static_cast<HostReach>(found - reach_words.begin());
}

Status check_reach(const PotSpec& spec, const PotSpec* before, HostReaches allowed) {
    return Looker(spec, before, allowed).look();
}

Status check_reach(const MountSpec& mount, HostReaches allowed, std::string_view field) {
    const auto is_free = [&](HostReach reach) { return allowed.test(static_cast<std::size_t>(reach)); };
    const std::string place = field.empty() ? std::string() : std::string(field) + ".";
    if (mount.kind == MountSpec::Kind::Directory && !is_free(HostReach::Directories))
        return denied(HostReach::Directories, place + "dir", "a directory of the host");
    if (mount.kind == MountSpec::Kind::Dataset && !is_free(HostReach::Datasets))
        return denied(HostReach::Datasets, place + "dataset", "a dataset of the host");
    return {};
}

}  // namespace potd::core
