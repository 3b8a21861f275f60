#include "core/service/figure_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

namespace potd::core {
namespace {

constexpr std::size_t every_pot = std::numeric_limits<std::size_t>::max();
/// A percentage over less says more about the kernel's ticks than about the pot.
constexpr std::int64_t least_span_ms = 500;
/// So much of the past goes at once when it takes too much memory.
constexpr milliseconds forgotten_at_once{60'000};

std::optional<RunKey> running(const Pot& pot) {
    if (!is_live(pot.state) || !pot.run || pot.run->end) return std::nullopt;
    return RunKey{pot.id, pot.run->number};
}

std::optional<double> percent(std::int64_t used_ns, std::int64_t span_ms) {
    if (span_ms <= 0 || used_ns < 0) return std::nullopt;
    return std::round(static_cast<double>(used_ns) / static_cast<double>(span_ms) / 1e6 * 1e4) / 100;
}

std::optional<std::int64_t> some_of(const std::optional<Stall>& stall) {
    return stall ? std::optional(stall->some_us) : std::nullopt;
}

/// Sets what is not read in passing: it is as it was, but for a peak that was passed since.
void take_over(const RunFigures& before, RunFigures& now) {
    for (const auto figure : {&RunFigures::memory_peak, &RunFigures::memory_limit, &RunFigures::memory_kernel,
                              &RunFigures::pids_limit}) {
        if (!(now.*figure)) now.*figure = before.*figure;
    }
    if (now.memory_peak) now.memory_peak = std::max(now.memory_peak, now.memory_current);
}

FigurePoint point_of(const FigureSampler::Sample& sample) {
    const RunFigures& from = sample.figures;
    FigurePoint point{sample.run, sample.at, {}};
    point[KeptFigure::CpuUsage] = from.cpu_usage_ns;
    point[KeptFigure::CpuThrottled] = from.cpu_throttled_ns;
    point[KeptFigure::Memory] = from.memory_current;
    point[KeptFigure::WorkingSet] = from.memory_working_set;
    point[KeptFigure::Swap] = from.swap_current;
    point[KeptFigure::MajorFaults] = from.major_page_faults;
    point[KeptFigure::Pids] = from.pids_current;
    point[KeptFigure::Read] = from.io_read_bytes;
    point[KeptFigure::Written] = from.io_write_bytes;
    if (from.network) {
        point[KeptFigure::Received] = from.network->total.rx_bytes;
        point[KeptFigure::Sent] = from.network->total.tx_bytes;
    }
    point[KeptFigure::CpuStall] = some_of(from.cpu_stall);
    point[KeptFigure::MemoryStall] = some_of(from.memory_stall);
    point[KeptFigure::IoStall] = some_of(from.io_stall);
    return point;
}

}  // namespace

// The rounds

void FigureSampler::begin() {
    serving_ = true;
    start_round();
}

void FigureSampler::stop() {
    serving_ = false;
    ports_.timers.cancel(std::exchange(timer_, 0));
}

void FigureSampler::set_options(Options options) {
    if (options == options_) return;
    options_ = options;
    if (serving_) start_round();
}

void FigureSampler::arm(SteadyTime due, void (FigureSampler::*then)()) {
    ports_.timers.cancel(std::exchange(timer_, 0));
    timer_ = ports_.timers.arm(due, [this, then] {
        timer_ = 0;
        (this->*then)();
    });
}

void FigureSampler::start_round() {
    round_started_ = ports_.clock.steady();
    // The same sample keeps its time unless the clock is set.
    const std::int64_t to_wall = ports_.clock.wall().ms - round_started_.ms;
    if (std::abs(to_wall - to_wall_) > least_span_ms) to_wall_ = to_wall;
    round_.clear();
    done_ = 0;
    for (const PotPtr& pot : ports_.pots.list("", every_pot))
        if (running(*pot)) round_.push_back(pot->id);
    forget();
    go_on();
}

/// The parts of a round are spread evenly over it. A round that took too long begins the next one at once.
void FigureSampler::go_on() {
    const std::size_t end = std::min(done_ + at_a_time, round_.size());
    for (; done_ < end; ++done_) {
        const PotPtr pot = ports_.pots.find(round_[done_].text);
        if (pot) look_in_passing(*pot);
    }
    if (done_ == round_.size())
        return arm(round_started_.plus(options_.interval), &FigureSampler::start_round);
    const auto part =
        options_.interval * static_cast<std::int64_t>(done_) / static_cast<std::int64_t>(round_.size());
    arm(round_started_.plus(part), &FigureSampler::go_on);
}

// The past

void FigureSampler::keep(Entry& entry) {
    if (options_.kept.count() == 0) return;
    bytes_ -= entry.series.bytes();
    entry.series.add(point_of(*entry.latest));
    bytes_ += entry.series.bytes();
}

void FigureSampler::forget() {
    const auto drop_old = [this] {
        bytes_ = 0;
        for (auto& [id, entry] : entries_) {
            entry.series.forget_before(cutoff_);
            bytes_ += entry.series.bytes();
        }
    };
    std::erase_if(entries_, [this](const auto& one) { return !ports_.pots.find(one.first.text); });
    cutoff_ = std::max(cutoff_, SteadyTime{round_started_.ms - options_.kept.count()});
    drop_old();
    while (bytes_ > options_.max_size && cutoff_ < round_started_) {
        cutoff_ = cutoff_.plus(forgotten_at_once);
        drop_old();
    }
}

std::vector<FigureSampler::Moment> FigureSampler::history(const PotId& pot, WallTime since,
                                                          milliseconds step) const {
    std::vector<Moment> moments;
    const auto found = entries_.find(pot);
    if (found == entries_.end()) return moments;
    const SteadyTime from{std::max(since.ms - to_wall_, cutoff_.ms)};
    const std::int64_t width = std::max<std::int64_t>(step.count(), 1);
    std::optional<FigurePoint> before;  // the one that its percentage counts from
    found->second.series.read({}, [&](const FigurePoint& point) {
        const bool same_step = !moments.empty() && moments.back().point.run == point.run &&
                               moments.back().time.ms / width == (point.at.ms + to_wall_) / width;
        if (!same_step && !moments.empty()) before = moments.back().point;
        Moment next{point, {point.at.ms + to_wall_}, std::nullopt};
        const auto usage = point[KeptFigure::CpuUsage];
        if (before && before->run == point.run && usage && (*before)[KeptFigure::CpuUsage])
            next.cpu_percent =
                percent(*usage - *(*before)[KeptFigure::CpuUsage], point.at.ms - before->at.ms);
        if (same_step)
            moments.back() = next;
        else
            moments.push_back(next);
    });
    std::erase_if(moments, [&](const Moment& one) { return one.point.at < from; });
    return moments;
}

// Samples

const FigureSampler::Sample* FigureSampler::latest(const Pot& pot) const {
    const auto key = running(pot);
    const auto found = entries_.find(pot.id);
    if (!key || found == entries_.end() || !found->second.latest) return nullptr;
    return found->second.latest->run == key->run ? &*found->second.latest : nullptr;
}

Result<FigureSampler::Sample> FigureSampler::read(const Pot& pot) {
    Error problem =
        error(ErrorKind::Conflict,
              "pot " + pot.spec.name + " is " + std::string(to_string(pot.state)) + ", nothing of it runs");
    const Entry* const entry = take(pot, &problem);
    if (entry == nullptr) return problem;
    return *entry->latest;
}

void FigureSampler::refresh(const std::vector<PotPtr>& pots, milliseconds age) {
    const SteadyTime now = ports_.clock.steady();
    std::vector<std::pair<SteadyTime, const Pot*>> old;
    for (const PotPtr& pot : pots) {
        const Sample* const sample = latest(*pot);
        const SteadyTime at = sample != nullptr ? sample->at : SteadyTime{};
        if (running(*pot) && at.plus(age) <= now) old.emplace_back(at, pot.get());
    }
    const auto end = old.begin() + static_cast<std::ptrdiff_t>(std::min(at_a_time, old.size()));
    std::partial_sort(old.begin(), end, old.end(),
                      [](const auto& one, const auto& other) { return one.first < other.first; });
    for (auto one = old.begin(); one != end; ++one) take(*one->second, nullptr);
}

/// Null if nothing of the pot runs or the meter fails; then `problem` says why, if that is wanted.
FigureSampler::Entry* FigureSampler::take(const Pot& pot, Error* problem) {
    const auto key = running(pot);
    if (!key) return nullptr;
    auto figures = ports_.meter.figures(*key);
    if (!figures) {
        if (problem != nullptr) *problem = std::move(figures).error();
        return nullptr;
    }
    Entry& entry = enter(pot, *std::move(figures));
    entry.whole_at = ports_.clock.steady();
    entry.version = pot.version;
    return &entry;
}

void FigureSampler::look_in_passing(const Pot& pot) {
    const auto key = running(pot);
    const auto found = entries_.find(pot.id);
    const bool is_known = key && found != entries_.end() && found->second.latest &&
                          found->second.latest->run == key->run && found->second.version == pot.version;
    if (!is_known || found->second.whole_at.plus(whole_every) <= ports_.clock.steady()) {
        if (Entry* const entry = take(pot, nullptr)) keep(*entry);
        return;
    }
    auto figures = ports_.meter.moving_figures(*key);
    if (!figures) return;
    take_over(found->second.latest->figures, *figures);
    keep(enter(pot, *std::move(figures)));
}

FigureSampler::Entry& FigureSampler::enter(const Pot& pot, RunFigures figures) {
    Entry& entry = entries_[pot.id];
    const SteadyTime now = ports_.clock.steady();
    if (entry.latest && entry.latest->figures.cpu_usage_ns && now.ms - entry.latest->at.ms >= least_span_ms) {
        entry.since = CpuMark{entry.latest->run, entry.latest->at, *entry.latest->figures.cpu_usage_ns};
    }
    const auto used = percent_of(entry, pot, figures);
    entry.latest = Sample{pot.run->number, now, std::move(figures), used};
    return entry;
}

std::optional<double> FigureSampler::percent_of(const Entry& entry, const Pot& pot,
                                                const RunFigures& now) const {
    if (!now.cpu_usage_ns) return std::nullopt;
    if (entry.since && entry.since->run == pot.run->number) {
        return percent(*now.cpu_usage_ns - entry.since->usage_ns,
                       ports_.clock.steady().ms - entry.since->at.ms);
    }
    if (!pot.run->started_at) return std::nullopt;
    return percent(*now.cpu_usage_ns, ports_.clock.wall().ms - pot.run->started_at->ms);
}

}  // namespace potd::core
