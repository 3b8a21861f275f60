#include "api/convert/figures.hpp"

#include "api/convert/records.hpp"

namespace potd::api {

using core::KeptFigure;

wire::Stats to_wire(const core::Pot& pot, const core::FigureSampler::Sample& sample,
                    const core::Clock& clock) {
    wire::Stats out = to_wire(sample.figures);
    out.name = pot.spec.name;
    out.run = sample.run;
    const std::int64_t age = clock.steady().ms - sample.at.ms;
    out.time = core::format_time({clock.wall().ms - age});
    out.cpu.percent = sample.cpu_percent;
    return out;
}

wire::Stats to_wire(const core::Pot& pot, const core::FigureSampler::Moment& moment) {
    const core::FigurePoint& point = moment.point;
    wire::Stats out;
    out.name = pot.spec.name;
    out.run = point.run;
    out.time = core::format_time(moment.time);
    out.cpu.usage_ns = point[KeptFigure::CpuUsage];
    out.cpu.percent = moment.cpu_percent;
    out.cpu.throttled_ns = point[KeptFigure::CpuThrottled];
    out.memory.current = point[KeptFigure::Memory];
    out.memory.swap = point[KeptFigure::Swap];
    out.memory.working_set = point[KeptFigure::WorkingSet];
    out.memory.major_page_faults = point[KeptFigure::MajorFaults];
    out.pids.current = point[KeptFigure::Pids];
    out.io.read_bytes = point[KeptFigure::Read];
    out.io.write_bytes = point[KeptFigure::Written];
    out.network.rx_bytes = point[KeptFigure::Received];
    out.network.tx_bytes = point[KeptFigure::Sent];
    return out;
}

}  // namespace potd::api
