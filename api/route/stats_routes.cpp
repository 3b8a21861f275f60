#include "api/route/stats_routes.hpp"

#include "api/convert/figures.hpp"
#include "api/convert/records.hpp"
#include "api/route/live_run.hpp"
#include "api/route/process_filter.hpp"
#include "api/route/reply.hpp"
#include "api/route/stats_history_query.hpp"

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace potd::api {
namespace {

constexpr core::milliseconds stream_period{1000};
/// How old the figures of a list are that need not be read anew.
constexpr core::milliseconds fresh_enough{1000};

core::Result<ProcessFilter> filter_of(const Query& query) {
    const auto pid = query.number("pid", 1, std::numeric_limits<std::int32_t>::max());
    if (!pid) return pid.error();
    const auto pattern = query.text("pattern");
    return ProcessFilter::make(*pid ? std::optional<std::int64_t>(**pid) : std::nullopt,
                               pattern ? std::optional<std::string>(*pattern) : std::nullopt);
}

/// One Stats per second until the run ends. A client that is slow gets fewer.
class StatsSource : public BodySource {
  public:
    struct Parts {
        core::PotService& pots;
        core::FigureSampler& figures;
        core::Clock& clock;
        core::Timers& timers;
    };
    StatsSource(Parts parts, core::PotId pot) : parts_(parts), pot_(std::move(pot)) {}
    ~StatsSource() override { parts_.timers.cancel(timer_); }

    void next(Ready ready) override {
        if (std::exchange(first_, false)) return tell(ready);
        const core::SteadyTime due = parts_.clock.steady().plus(stream_period);
        timer_ = parts_.timers.arm(due, [this, ready = std::move(ready)] {
            const Ready kept = ready;  // the timer's function may be gone once it was called
            timer_ = 0;
            tell(kept);
        });
    }
    [[nodiscard]] bool endless() const override { return true; }

  private:
    void tell(const Ready& ready) {
        const core::PotPtr pot = parts_.pots.with_id(pot_.text);
        const auto sample = pot ? parts_.figures.read(*pot) : unknown_pot(pot_.text);
        if (!sample) return ready(std::optional<std::string>{});
        ready(std::optional<std::string>(wire::encode(to_wire(*pot, *sample, parts_.clock)) + "\n"));
    }

    Parts parts_;
    core::PotId pot_;
    core::Timers::Id timer_ = 0;
    bool first_ = true;
};

}  // namespace

void StatsRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/stats",
                {core::Role::Viewer, Reach::Shown},
                {"limit", "after"},
                {},
                {json_type},
                [this](Exchange& exchange) { list(exchange); }});
    router.add({Method::Get,
                "/v1/pots/{name}/stats",
                {core::Role::Viewer, Reach::Pot},
                {"stream"},
                {},
                {json_type, ndjson_type},
                [this](Exchange& exchange) { stats(exchange); }});
    router.add({Method::Get,
                "/v1/pots/{name}/stats/history",
                {core::Role::Viewer, Reach::Pot},
                {"since", "step", "limit", "after"},
                {},
                {json_type},
                [this](Exchange& exchange) { history(exchange); }});
    router.add({Method::Get,
                "/v1/pots/{name}/processes",
                {core::Role::Operator, Reach::Pot},
                {"pid", "pattern"},
                {},
                {json_type},
                [this](Exchange& exchange) { processes(exchange); }});
}

void StatsRoutes::list(Exchange& exchange) {
    const auto page = value_or_fail(exchange, page_query(exchange.query()));
    if (!page) return;
    std::vector<core::PotPtr> running;
    bool more = false;
    for (const core::PotPtr& pot : pots_.list(page->after, pots_.count())) {
        if (!live_run(*pot) || !exchange.principal()->sees(pot->spec.labels)) continue;
        more = running.size() == page->limit;
        if (more) break;
        running.push_back(pot);
    }
    figures_.refresh(running, fresh_enough);
    wire::StatsList body;
    for (const core::PotPtr& pot : running)
        if (const auto* const sample = figures_.latest(*pot))
            body.items.push_back(to_wire(*pot, *sample, clock_));
    if (more) body.next = running.back()->spec.name;
    answer_json(exchange, body);
}

void StatsRoutes::stats(Exchange& exchange) {
    const auto stream = value_or_fail(exchange, exchange.query().flag("stream"));
    if (!stream) return;
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    const auto sample = figures_.read(*pot);
    if (!sample) return exchange.fail(sample.error(), name);
    if (*stream) {
        return exchange.stream(
            ndjson_type,
            std::make_unique<StatsSource>(StatsSource::Parts{pots_, figures_, clock_, timers_}, pot->id));
    }
    answer_json(exchange, to_wire(*pot, *sample, clock_));
}

void StatsRoutes::history(Exchange& exchange) {
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    const auto query = value_or_fail(exchange, stats_history_query(exchange.query()));
    if (!query) return;
    wire::StatsHistory body;
    body.interval = core::format_duration(figures_.options().interval);
    core::SteadyTime last;
    for (const auto& moment : figures_.history(pot->id, query->since, query->step)) {
        if (moment.point.at <= query->after) continue;
        if (body.items.size() == query->limit) {
            body.next = std::to_string(last.ms);
            break;
        }
        body.items.push_back(to_wire(*pot, moment));
        last = moment.point.at;
    }
    answer_json(exchange, body);
}

void StatsRoutes::processes(Exchange& exchange) {
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    const auto key = live_run(*pot);
    if (!key) return exchange.fail(key.error(), name);
    auto filter = value_or_fail(exchange, filter_of(exchange.query()));
    if (!filter) return;
    const auto answer = [filter = *std::move(filter)](const Later& later,
                                                      const std::vector<core::ProcessRow>& rows) {
        wire::ProcessList body;
        for (const core::ProcessRow& row : rows)
            if (filter.takes(row.pid, row.name)) body.items.push_back(to_wire(row));
        answer_json(later, body);
    };
    processes_.list(*key, on_reply<std::vector<core::ProcessRow>>(exchange.later(), name, answer));
}

}  // namespace potd::api
