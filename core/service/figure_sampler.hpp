#pragma once

#include "core/figures/figure_series.hpp"
#include "core/port/clock.hpp"
#include "core/port/meter.hpp"
#include "core/service/pot_service.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace potd::core {

/// Reads the figures of all pots that run again and again, a few at a time so that the loop is never held for
/// long, and remembers them for a while; in memory alone. Loop thread only.
class FigureSampler {
  public:
    struct Ports {
        Meter& meter;
        PotService& pots;
        Clock& clock;
        Timers& timers;
    };
    struct Options {
        milliseconds interval{5'000};  ///< between two samples of a pot
        milliseconds kept{3'600'000};  ///< how long they are remembered; 0: not at all
        /// Bytes that all that is remembered may take; beyond it the oldest of all pots go.
        std::size_t max_size = std::size_t{32} << 20;
        friend bool operator==(const Options&, const Options&) = default;
    };

    /// The figures of a live run at one moment.
    struct Sample {
        std::uint32_t run = 0;
        SteadyTime at;
        RunFigures figures;
        /// Of one CPU, since a moment at least half a second before; of a run that nobody has looked at
        /// since its start.
        std::optional<double> cpu_percent;
    };
    /// One of the past.
    struct Moment {
        FigurePoint point;
        WallTime time;                      ///< by the clock as it goes now, so never out of order
        std::optional<double> cpu_percent;  ///< since the moment before; unset for a run's first
    };

    FigureSampler(Ports ports, Options options) : ports_(ports), options_(options) {}
    ~FigureSampler() { stop(); }
    FigureSampler(const FigureSampler&) = delete;
    FigureSampler& operator=(const FigureSampler&) = delete;

    /// At start-up, once the pots are taken over.
    void begin();
    void stop();
    void set_options(Options options);
    [[nodiscard]] const Options& options() const { return options_; }

    /// The last sample of the live run; null if there is none yet. Valid until the loop goes on.
    [[nodiscard]] const Sample* latest(const Pot& pot) const;
    /// As latest(), of now. Errors as of Meter::figures, Conflict if nothing of the pot runs.
    [[nodiscard]] Result<Sample> read(const Pot& pot);
    /// Reads anew those of them whose last sample is older than `age`, the oldest first and only as many as
    /// are read at a time anyway.
    void refresh(const std::vector<PotPtr>& pots, milliseconds age);

    /// What is remembered of the pot from `since` on, the oldest first, the last one of each `step`.
    [[nodiscard]] std::vector<Moment> history(const PotId& pot, WallTime since, milliseconds step) const;
    /// Memory that what is remembered takes.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    static constexpr std::size_t at_a_time = 10;
    /// What seldom changes is read so often in the rounds, and as soon as the pot was changed.
    static constexpr milliseconds whole_every{60'000};

  private:
    /// CPU time at some moment of a run.
    struct CpuMark {
        std::uint32_t run = 0;
        SteadyTime at;
        std::int64_t usage_ns = 0;
    };
    struct Entry {
        std::optional<Sample> latest;
        std::optional<CpuMark> since;  ///< what the percentage counts from
        SteadyTime whole_at;           ///< when all figures were read
        std::uint64_t version = 0;     ///< of the pot then
        FigureSeries series;
    };

    void start_round();
    void go_on();
    void arm(SteadyTime due, void (FigureSampler::*then)());
    void forget();
    void keep(Entry& entry);
    Entry* take(const Pot& pot, Error* error);
    void look_in_passing(const Pot& pot);
    Entry& enter(const Pot& pot, RunFigures figures);
    [[nodiscard]] std::optional<double> percent_of(const Entry& entry, const Pot& pot,
                                                   const RunFigures& now) const;

    Ports ports_;
    Options options_;
    std::unordered_map<PotId, Entry> entries_;
    std::vector<PotId> round_;  ///< who is to be read in this round
    std::size_t done_ = 0;      ///< of them
    SteadyTime round_started_;
    Timers::Id timer_ = 0;
    std::size_t bytes_ = 0;
    SteadyTime cutoff_;         ///< nothing before it is remembered
    std::int64_t to_wall_ = 0;  ///< ms; what makes a steady time one of the calendar
    bool serving_ = false;
};

}  // namespace potd::core
