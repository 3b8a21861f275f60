#include "daemon/platform/linux/cgroup_meter.hpp"

#include <optional>

namespace potd::platform {
namespace {

core::Error no_groups_of_it() {
    return core::error(core::ErrorKind::NotFound, "the pot is not running");
}

}  // namespace

core::Result<core::RunFigures> CgroupMeter::figures(const core::RunKey& key) {
    return with_network(key, counters_.figures(core::kernel_name(key)));
}

core::Result<core::RunFigures> CgroupMeter::moving_figures(const core::RunKey& key) {
    return with_network(key, counters_.moving_figures(core::kernel_name(key)));
}

core::Result<core::RunFigures> CgroupMeter::with_network(const core::RunKey& key,
                                                         std::optional<core::RunFigures> figures) {
    if (!figures) return no_groups_of_it();
    if (network_) figures->network = network_->figures(key);
    return *std::move(figures);
}

core::Result<core::RunLoad> CgroupMeter::load(const core::RunKey& key) {
    const auto load = counters_.load(core::kernel_name(key));
    if (!load) return no_groups_of_it();
    return *load;
}

}  // namespace potd::platform
