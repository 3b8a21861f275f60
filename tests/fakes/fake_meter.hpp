#pragma once

#include "core/port/meter.hpp"
#include "core/port/pressure_gauge.hpp"
#include "core/port/process_lister.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace potd::fakes {

/// Says what the test says, of every run; of a load, what it says of that pot.
class FakeMeter : public core::Meter {
  public:
    core::Result<core::RunFigures> figures(const core::RunKey& key) override {
        looked.push_back(key.pot);
        if (gone.contains(key.pot)) return core::error(core::ErrorKind::NotFound, "the pot is not running");
        ++whole;
        return now;
    }
    core::Result<core::RunFigures> moving_figures(const core::RunKey& key) override {
        auto moving = figures(key);
        if (!moving) return moving;
        --whole;
        moving->memory_peak = moving->memory_limit = moving->memory_kernel = moving->pids_limit = {};
        return moving;
    }
    core::Result<core::RunLoad> load(const core::RunKey& key) override {
        ++asked;
        const auto found = loads.find(key.pot);
        if (found != loads.end()) return found->second;
        return core::error(core::ErrorKind::NotFound, "the pot is not running");
    }
    core::RunFigures now;
    std::vector<core::PotId> looked;  ///< for figures of either kind
    int whole = 0;                    ///< of them for all
    std::set<core::PotId> gone;       ///< have none
    std::map<core::PotId, core::RunLoad> loads;
    int asked = 0;  ///< for loads
};

/// Lists what the test says, of every run; when the test says so if it holds back.
class FakeProcessLister : public core::ProcessLister {
  public:
    void list(const core::RunKey& /*key*/, core::Reply<std::vector<core::ProcessRow>> reply) override {
        if (!holds_back) return reply(rows);
        held.push_back(std::move(reply));
    }
    std::vector<core::ProcessRow> rows;
    bool holds_back = false;
    std::vector<core::Reply<std::vector<core::ProcessRow>>> held;  ///< for the test to call
};

/// A machine as short as the test says.
class FakePressureGauge : public core::PressureGauge {
  public:
    FakePressureGauge() {
        now.memory_total = std::int64_t{1} << 30;
        for (auto& figure : now.figures) figure = 100;
        for (const auto stalls :
             {core::HostFigure::MemorySome10, core::HostFigure::MemorySome60, core::HostFigure::MemoryFull10,
              core::HostFigure::MemoryFull60, core::HostFigure::Refaults})
            set(stalls, 0);
    }
    core::Result<Reading> read() override {
        if (error) return *error;
        return now;
    }
    [[nodiscard]] std::string missing(core::HostFigure figure) const override {
        return now.figures[core::place_of(figure)] ? "" : "nobody counts it";
    }
    [[nodiscard]] std::string no_reclaim() const override { return cannot_reclaim; }
    void reclaim(const core::RunKey& key, std::int64_t bytes, core::Reply<void> reply) override {
        reclaimed.emplace_back(key, bytes);
        replies.push_back(std::move(reply));
    }
    void set(core::HostFigure figure, std::optional<double> value) {
        now.figures[core::place_of(figure)] = value;
    }

    Reading now;
    std::optional<core::Error> error;
    std::string cannot_reclaim;
    std::vector<std::pair<core::RunKey, std::int64_t>> reclaimed;
    std::vector<core::Reply<void>> replies;  ///< for the test to call
};

}  // namespace potd::fakes
