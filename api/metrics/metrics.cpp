#include "api/metrics/metrics.hpp"

#include "api/metrics/daemon_families.hpp"
#include "api/metrics/pot_families.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace potd::api {
namespace {

/// Large enough that a few hundred pots are a few pieces, small enough to be written in a fraction of a
/// millisecond.
constexpr std::size_t piece_size = std::size_t{64} * 1024;

}  // namespace

/// What was so when it was asked for: pots and their figures are kept until it is told, so that the families
/// fit together whatever happens between two pieces.
class Metrics::Scrape final : public BodySource {
  public:
    Scrape(Metrics& metrics, Exposition::Format format, core::PrincipalPtr who)
        : metrics_(metrics), who_(std::move(who)), out_(format), asked_at_(std::chrono::steady_clock::now()) {
        ++metrics_.scrapes_;
    }
    ~Scrape() override { --metrics_.scrapes_; }
    Scrape(const Scrape&) = delete;
    Scrape& operator=(const Scrape&) = delete;

    void next(Ready ready) override {
        metrics_.ports_.executor.post([this, alive = std::weak_ptr(alive_), ready = std::move(ready)] {
            if (!alive.expired()) ready(piece());
        });
    }
    [[nodiscard]] bool is_waited_for() const override { return true; }  // by whoever comes after the last

  private:
    struct Alive {};

    std::optional<std::string> piece() {
        if (!pots_) {
            take_pots();
            if (!is_scoped()) tell_daemon();
        }
        while (out_.size() < piece_size && family_ < pot_families().size()) tell_pots();
        if (family_ == pot_families().size() && !std::exchange(ended_, true)) out_.end();
        std::string text = out_.take();
        return text.empty() ? std::nullopt : std::optional(std::move(text));
    }

    void take_pots() {
        const Ports& ports = metrics_.ports_;
        pots_ = ports.pots.list({}, ports.pots.count());
        if (is_scoped())
            std::erase_if(*pots_, [this](const core::PotPtr& pot) { return !who_->sees(pot->spec.labels); });
        const std::size_t told = std::min(pots_->size(), metrics_.options_.pots);
        samples_.reserve(told);
        for (std::size_t i = 0; i < told; ++i) {
            const core::PotPtr& pot = (*pots_)[i];
            PotSample& sample = samples_.emplace_back();
            sample.pot = pot;
            sample.counts = metrics_.events_.of(pot->id.text);
            if (!core::is_live(pot->state)) continue;
            if (const core::RunFigures* const figures = ports.figures(*pot)) {
                sample.figures = *figures;
                if (sample.figures->network) sample.figures->network->interfaces = {};
            }
        }
    }

    [[nodiscard]] bool is_scoped() const { return who_ && who_->is_scoped(); }

    void tell_daemon() {
        const std::chrono::duration<double> delay = std::chrono::steady_clock::now() - asked_at_;
        const DaemonSample sample{metrics_.ports_,    metrics_.options_,
                                  metrics_.events_,   metrics_.work_,
                                  metrics_.requests_, *pots_,
                                  delay.count(),      pots_->size() - samples_.size()};
        for (const DaemonFamilies tell : daemon_families()) tell(out_, sample);
    }

    /// Goes on with the present family until the piece is full or its pots are told.
    void tell_pots() {
        const PotFamily& present = pot_families()[family_];
        if (sample_ == 0) out_.begin(present.family);
        while (sample_ < samples_.size() && out_.size() < piece_size) present.add(out_, samples_[sample_++]);
        if (sample_ < samples_.size()) return;
        sample_ = 0;
        ++family_;
    }

    Metrics& metrics_;
    core::PrincipalPtr who_;
    Exposition out_;
    std::chrono::steady_clock::time_point asked_at_;
    std::optional<std::vector<core::PotPtr>> pots_;
    std::vector<PotSample> samples_;
    std::size_t family_ = 0, sample_ = 0;  ///< where it goes on
    bool ended_ = false;
    std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();
};

Metrics::Metrics(Ports ports, Options options)
    : ports_(std::move(ports)), options_(std::move(options)), events_(ports_.feed), requests_(ports_.log) {}

Metrics::~Metrics() = default;

core::Result<std::unique_ptr<BodySource>> Metrics::scrape(Exposition::Format format, core::PrincipalPtr who) {
    if (scrapes_ >= most_scrapes)
        return core::error(core::ErrorKind::Unavailable, "metrics: " + std::to_string(scrapes_) +
                                                             " others are reading them, expected fewer");
    return std::unique_ptr<BodySource>(std::make_unique<Scrape>(*this, format, std::move(who)));
}

}  // namespace potd::api
