#include "daemon/platform/freebsd/pure/cable_figures.hpp"

#include "core/base/bounded.hpp"

#include <cstddef>

namespace potd::platform {
namespace {

core::Traffic seen_from_other_end(const core::Traffic& host) {
    core::Traffic pot;
    pot.rx_bytes = host.tx_bytes;
    pot.tx_bytes = host.rx_bytes;
    pot.rx_packets = host.tx_packets;
    pot.tx_packets = host.rx_packets;
    pot.rx_dropped = host.tx_dropped;
    pot.tx_dropped = host.rx_dropped;
    return pot;
}

void add(core::Traffic& total, const core::Traffic& one) {
    using core::Traffic;
    for (const auto figure : {&Traffic::rx_bytes, &Traffic::tx_bytes, &Traffic::rx_packets,
                              &Traffic::tx_packets, &Traffic::rx_dropped, &Traffic::tx_dropped})
        total.*figure = core::bounded_sum(total.*figure, one.*figure);
}

}  // namespace

core::NetworkFigures figures_of_pot(const std::vector<std::string>& cables, const LinkFigures& links) {
    core::NetworkFigures figures;
    for (std::size_t i = 0; i < cables.size(); ++i) {
        const auto found = links.find(cables[i]);
        if (found == links.end()) continue;
        figures.interfaces.push_back({"eth" + std::to_string(i), seen_from_other_end(found->second)});
        add(figures.total, figures.interfaces.back().traffic);
    }
    return figures;
}

}  // namespace potd::platform
