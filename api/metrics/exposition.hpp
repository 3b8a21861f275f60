#pragma once

#include "core/base/histogram.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace potd::api {

/// The value of a sample, written without loss: counts and bytes as integers, times of the kernel as
/// decimals.
class MetricValue {
  public:
    MetricValue(double value) : real_(value), kind_(Kind::Real) {}  // NOLINT: implicit
    MetricValue(bool value) : whole_(value ? 1 : 0) {}              // NOLINT: implicit
    template <std::integral T>
    MetricValue(T value)  // NOLINT: implicit
        : whole_(static_cast<std::int64_t>(value)) {}
    /// Seconds.
    [[nodiscard]] static MetricValue of_nanoseconds(std::int64_t value);
    [[nodiscard]] static MetricValue of_microseconds(std::int64_t value);
    [[nodiscard]] static MetricValue of_milliseconds(std::int64_t value);

    void write(std::string& out) const;

  private:
    enum class Kind : std::uint8_t { Whole, Real, Decimal };
    double real_ = 0;
    std::int64_t whole_ = 0;
    int digits_ = 0;  ///< behind the point, of a decimal
    Kind kind_ = Kind::Whole;
};

struct MetricLabel {
    std::string_view name;
    std::string_view value;
};
using MetricLabels = std::initializer_list<MetricLabel>;

/// One family as it is told and documented. A counter's name ends in "_total".
struct MetricFamily {
    enum class Type : std::uint8_t { Counter, Gauge, Histogram };
    std::string_view name;
    Type type = Type::Gauge;
    std::string_view help;  ///< a sentence without its full stop
};

/// Writes samples as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0. A library would keep
/// a copy of every sample in its registry; here each is written straight from the record that has it.
class Exposition {
  public:
    enum class Format : std::uint8_t { Text, OpenMetrics };

    explicit Exposition(Format format) : format_(format) {}

    /// Begins a family: all its samples follow before the next one begins. One without any is not told.
    void begin(const MetricFamily& family);
    void add(MetricLabels labels, const MetricValue& value);
    void add(const MetricValue& value) { add({}, value); }
    /// Buckets, sum and count.
    void add(MetricLabels labels, const core::Histogram& histogram);
    /// After the last family.
    void end();

    [[nodiscard]] std::size_t size() const { return text_.size(); }
    /// What was written since the last call.
    [[nodiscard]] std::string take();

  private:
    void head();
    void line(std::string_view suffix, MetricLabels labels, const MetricLabel* more,
              const MetricValue& value);
    void label(const MetricLabel& label, bool first);

    Format format_;
    MetricFamily family_;   ///< the present one
    bool is_told_ = false;  ///< its head is written
    std::string text_;
};

}  // namespace potd::api
