#include "api/route/stats_routes.hpp"

#include "api/convert/records.hpp"
#include "api/route/live_run.hpp"
#include "api/route/process_filter.hpp"
#include "api/route/reply.hpp"

#include <cmath>
#include <limits>
#include <memory>

namespace potd::api {
namespace {

using Sample = StatsRoutes::Sample;

constexpr core::milliseconds stream_period{1000};
constexpr std::size_t samples_kept = 4096;

core::Result<ProcessFilter> filter_of(const Query& query) {
    const auto pid = query.number("pid", 1, std::numeric_limits<std::int32_t>::max());
    if (!pid) return pid.error();
    const auto pattern = query.text("pattern");
    return ProcessFilter::make(*pid ? std::optional<std::int64_t>(**pid) : std::nullopt,
                               pattern ? std::optional<std::string>(*pattern) : std::nullopt);
}

/// Of one CPU, since `before`; without one, since the start of the run.
std::optional<double> cpu_percent(const core::Run& run, const std::optional<Sample>& before,
                                  const Sample& now, core::WallTime wall) {
    std::int64_t ms = 0;
    std::int64_t ns = now.usage_ns;
    if (before && before->run == now.run) {
        ms = now.at_ms - before->at_ms;
        ns -= before->usage_ns;
    } else if (run.started_at) {
        ms = wall.ms - run.started_at->ms;
    }
    if (ms <= 0 || ns < 0) return std::nullopt;
    const double percent = static_cast<double>(ns) / (static_cast<double>(ms) * 1e6) * 100;
    return std::round(percent * 100) / 100;
}

/// Figures of one pot, again and again.
class Gauge {
  public:
    Gauge(core::PotService& pots, core::Meter& meter, core::Clock& clock, core::PotId pot)
        : pots_(pots), meter_(meter), clock_(clock), pot_(std::move(pot)) {}

    core::Result<wire::Stats> read(std::optional<Sample>& before) {
        const core::PotPtr pot = pots_.find(pot_.text);
        if (!pot) return unknown_pot(pot_.text);
        auto key = live_run(*pot);
        if (!key) return std::move(key).error();
        auto figures = meter_.figures(*key);
        if (!figures) return std::move(figures).error();
        wire::Stats stats = to_wire(*figures);
        stats.time = core::format_time(clock_.wall());
        if (figures->cpu_usage_ns) {
            const Sample now{key->run, clock_.steady().ms, *figures->cpu_usage_ns};
            stats.cpu.percent = cpu_percent(*pot->run, before, now, clock_.wall());
            if (!before || before->run != now.run || before->at_ms != now.at_ms) before = now;
        }
        return stats;
    }

  private:
    core::PotService& pots_;
    core::Meter& meter_;
    core::Clock& clock_;
    core::PotId pot_;
};

/// One Stats per second until the run ends. A client that is slow gets fewer.
class StatsSource : public BodySource {
  public:
    StatsSource(Gauge gauge, core::Clock& clock, core::Timers& timers)
        : gauge_(std::move(gauge)), clock_(clock), timers_(timers) {}
    ~StatsSource() override { timers_.cancel(timer_); }

    void next(Ready ready) override {
        if (std::exchange(first_, false)) return tell(ready);
        timer_ = timers_.arm(clock_.steady().plus(stream_period), [this, ready = std::move(ready)] {
            const Ready kept = ready;  // the timer's function may be gone once it was called
            timer_ = 0;
            tell(kept);
        });
    }
    [[nodiscard]] bool endless() const override { return true; }

  private:
    void tell(const Ready& ready) {
        const auto stats = gauge_.read(before_);
        if (!stats) return ready(std::optional<std::string>{});
        ready(std::optional<std::string>(wire::encode(*stats) + "\n"));
    }

    Gauge gauge_;
    core::Clock& clock_;
    core::Timers& timers_;
    core::Timers::Id timer_ = 0;
    std::optional<Sample> before_;
    bool first_ = true;
};

}  // namespace

void StatsRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/pots/{name}/stats",
                {"stream"},
                {},
                {json_type, ndjson_type},
                [this](Exchange& exchange) { stats(exchange); }});
    router.add({Method::Get,
                "/v1/pots/{name}/processes",
                {"pid", "pattern"},
                {},
                {json_type},
                [this](Exchange& exchange) { processes(exchange); }});
}

void StatsRoutes::stats(Exchange& exchange) {
    const auto stream = value_or_fail(exchange, exchange.query().flag("stream"));
    if (!stream) return;
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    Gauge gauge(pots_, meter_, clock_, pot->id);
    std::optional<Sample> before;
    if (const auto known = samples_.find(pot->id); known != samples_.end()) before = known->second;
    const auto stats = gauge.read(before);
    if (!stats) return exchange.fail(stats.error(), name);
    if (*stream) {
        return exchange.stream(ndjson_type, std::make_unique<StatsSource>(std::move(gauge), clock_, timers_));
    }
    if (samples_.size() >= samples_kept) samples_.clear();
    if (before) samples_[pot->id] = *before;
    answer_json(exchange, *stats);
}

void StatsRoutes::processes(Exchange& exchange) {
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    const auto key = live_run(*pot);
    if (!key) return exchange.fail(key.error(), name);
    const auto filter = value_or_fail(exchange, filter_of(exchange.query()));
    if (!filter) return;
    const auto rows = meter_.processes(*key);
    if (!rows) return exchange.fail(rows.error(), name);
    wire::ProcessList body;
    for (const core::ProcessRow& row : *rows)
        if (filter->takes(row.pid, row.name)) body.items.push_back(to_wire(row));
    answer_json(exchange, body);
}

}  // namespace potd::api
