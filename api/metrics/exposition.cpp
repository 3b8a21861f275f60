#include "api/metrics/exposition.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace potd::api {
namespace {

void append_whole(std::string& out, std::int64_t value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), end.ptr);
}

/// Enough digits for what is measured; libc++ has no shorter way that is exact.
void append_real(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
    } else if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
    } else {
        std::array<char, 40> text{};
        const int length = std::snprintf(text.data(), text.size(), "%.15g", value);
        out.append(text.data(), static_cast<std::size_t>(length));
    }
}

void append_decimal(std::string& out, std::int64_t value, int digits) {
    std::int64_t unit = 1;
    for (int i = 0; i < digits; ++i) unit *= 10;
    if (value < 0) out += '-';
    const std::int64_t whole = std::abs(value / unit);
    std::int64_t part = std::abs(value % unit);
    append_whole(out, whole);
    if (part == 0) return;
    out += '.';
    const std::size_t begin = out.size();
    out.append(static_cast<std::size_t>(digits), '0');
    for (std::size_t i = out.size(); i-- > begin; part /= 10) out[i] = static_cast<char>('0' + part % 10);
    out.erase(out.find_last_not_of('0') + 1);
}

/// In HELP a quote stands as it is, in a label's value it does not; a line feed nowhere.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
    if (text.find_first_of("\\\"\n") == std::string_view::npos) {
        out += text;
        return;
    }
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || (quotes && c == '"')) out += '\\';
        out += c;
    }
}

std::string_view type_word(MetricFamily::Type type) {
    switch (type) {
        case MetricFamily::Type::Counter: return "counter";
        case MetricFamily::Type::Gauge: return "gauge";
        case MetricFamily::Type::Histogram: return "histogram";
    }
    return "untyped";
}

}  // namespace

MetricValue MetricValue::of_nanoseconds(std::int64_t value) {
    MetricValue made(value);
    made.kind_ = Kind::Decimal;
    made.digits_ = 9;
    return made;
}

MetricValue MetricValue::of_microseconds(std::int64_t value) {
    MetricValue made = of_nanoseconds(value);
    made.digits_ = 6;
    return made;
}

MetricValue MetricValue::of_milliseconds(std::int64_t value) {
    MetricValue made = of_nanoseconds(value);
    made.digits_ = 3;
    return made;
}

void MetricValue::write(std::string& out) const {
    switch (kind_) {
        case Kind::Whole: return append_whole(out, whole_);
        case Kind::Real: return append_real(out, real_);
        case Kind::Decimal: return append_decimal(out, whole_, digits_);
    }
}

void Exposition::begin(const MetricFamily& family) {
    family_ = family;
    is_told_ = false;
}

void Exposition::head() {
    constexpr std::string_view total = "_total";
    const MetricFamily& family = family_;
    // OpenMetrics names a family of counters without what the names of its samples end in.
    std::string_view told = family.name;
    if (format_ == Format::OpenMetrics && family.type == MetricFamily::Type::Counter)
        told.remove_suffix(total.size());
    text_.append("# HELP ").append(told).append(" ");
    append_escaped(text_, family.help, format_ == Format::OpenMetrics);
    text_.append(".\n# TYPE ").append(told).append(" ").append(type_word(family.type)).append("\n");
}

void Exposition::add(MetricLabels labels, const MetricValue& value) {
    line({}, labels, nullptr, value);
}

void Exposition::add(MetricLabels labels, const core::Histogram& histogram) {
    std::uint64_t so_far = 0;
    std::string bound;
    for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
        so_far += histogram.in(i);
        bound.clear();
        append_real(bound, i < histogram.bounds().size() ? histogram.bounds()[i] : HUGE_VAL);
        const MetricLabel at_most{"le", bound};
        line("_bucket", labels, &at_most, so_far);
    }
    line("_sum", labels, nullptr, histogram.sum());
    line("_count", labels, nullptr, so_far);
}

void Exposition::end() {
    if (format_ == Format::OpenMetrics) text_ += "# EOF\n";
}

std::string Exposition::take() {
    return std::exchange(text_, {});
}

void Exposition::line(std::string_view suffix, MetricLabels labels, const MetricLabel* more,
                      const MetricValue& value) {
    if (!std::exchange(is_told_, true)) head();
    text_.append(family_.name).append(suffix);
    bool first = true;
    for (const MetricLabel& one : labels) label(one, std::exchange(first, false));
    if (more != nullptr) label(*more, std::exchange(first, false));
    if (!first) text_ += '}';
    text_ += ' ';
    value.write(text_);
    text_ += '\n';
}

void Exposition::label(const MetricLabel& label, bool first) {
    text_ += first ? '{' : ',';
    text_.append(label.name).append("=\"");
    append_escaped(text_, label.value, true);
    text_ += '"';
}

}  // namespace potd::api
