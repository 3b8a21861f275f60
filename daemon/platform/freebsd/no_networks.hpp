#pragma once

#include "core/port/networks.hpp"

namespace potd::platform {

/// Where potd has no bridges yet: there are none, and none can be made.
class NoNetworks final : public core::Networks {
  public:
    [[nodiscard]] core::Status check() const override {
        return core::error(core::ErrorKind::Unsupported,
                           "this version of potd has no bridges on FreeBSD; use alias or inherit");
    }
    [[nodiscard]] core::Result<std::vector<core::TakenNetwork>> taken() const override {
        return check().error();
    }
    [[nodiscard]] core::Status raise(const core::Bridge&) override { return check(); }
    [[nodiscard]] core::Status remove(const std::string&) override { return {}; }
    [[nodiscard]] core::Status connect(const core::RunKey&, const core::Connections&) override {
        return check();
    }
    [[nodiscard]] core::Status check_free(const std::vector<core::PortForward>&) const override { return {}; }
    [[nodiscard]] core::Status change_ports(const core::RunKey&,
                                            const std::vector<core::PortForward>&) override {
        return check();
    }
    [[nodiscard]] core::Status disconnect(const core::RunKey&) override { return {}; }
    [[nodiscard]] core::Status settle(const std::vector<core::Bridge>&, const Live&) override { return {}; }
};

}  // namespace potd::platform
