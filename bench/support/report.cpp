#include "bench/support/report.hpp"

#include <cmath>
#include <cstdio>

namespace potd::bench {
namespace {

std::string number(double value) {
    char text[32];
    const double size = std::fabs(value);
    static_cast<void>(std::snprintf(text, sizeof text,
                                    size >= 1000 ? "%.0f"
                                    : size >= 10 ? "%.1f"
                                                 : "%.3f",
                                    value));
    return text;
}

std::string target_text(const Bound& bound) {
    if (std::isfinite(bound.at_most_ratio)) return "<= " + number(bound.at_most_ratio) + " x bare";
    if (std::isfinite(bound.at_most_p99)) return "p99 <= " + number(bound.at_most_p99);
    if (std::isfinite(bound.at_most)) return "<= " + number(bound.at_most);
    return bound.at_least > 0 ? ">= " + number(bound.at_least) : "";
}

bool holds(const Figure& figure, const Bound& bound) {
    return figure.value <= bound.at_most && figure.value >= bound.at_least &&
           figure.series.p99 <= bound.at_most_p99 &&
           (figure.ratio == 0 || figure.ratio <= bound.at_most_ratio);
}

std::string verdict(const Figure& figure) {
    if (figure.target.empty()) return "-";
    return figure.met ? "met" : "MISSED";
}

std::vector<std::string> cells(const Figure& figure) {
    const bool many = figure.series.count > 0;
    return {figure.what,
            number(figure.value),
            figure.unit,
            many ? number(figure.series.p90) : "-",
            many ? number(figure.series.p99) : "-",
            many ? std::to_string(figure.series.count) : "1",
            figure.ratio > 0 ? number(figure.ratio) : "-",
            figure.target.empty() ? "-" : figure.target,
            verdict(figure)};
}

}  // namespace

void Report::series(std::string what, std::string unit, const std::vector<double>& samples, double bare,
                    const Bound& bound) {
    const Summary summary = summarize(samples);
    Figure figure{std::move(what), std::move(unit), summary.median, summary};
    if (bare > 0) figure.ratio = summary.median / bare;
    figure.target = target_text(bound);
    figure.met = holds(figure, bound);
    figures_.push_back(std::move(figure));
}

void Report::single(std::string what, std::string unit, double value, const Bound& bound) {
    Figure figure{std::move(what), std::move(unit), value};
    figure.target = target_text(bound);
    figure.met = holds(figure, bound);
    figures_.push_back(std::move(figure));
}

void Report::print(bool tsv) const {
    if (!tsv) {
        static_cast<void>(std::printf("\n%s\n%-52s %10s %-5s %9s %9s %6s %7s  %-14s %s\n", title_.c_str(), "",
                                      "median", "", "p90", "p99", "n", "x bare", "target", ""));
    }
    for (const Figure& figure : figures_) {
        const auto c = cells(figure);
        const char* format =
            tsv ? "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n" : "%-52s %10s %-5s %9s %9s %6s %7s  %-14s %s\n";
        static_cast<void>(std::printf(format, c[0].c_str(), c[1].c_str(), c[2].c_str(), c[3].c_str(),
                                      c[4].c_str(),  // NOLINT
                                      c[5].c_str(), c[6].c_str(), c[7].c_str(), c[8].c_str()));
    }
    static_cast<void>(std::fflush(stdout));
}

}  // namespace potd::bench
