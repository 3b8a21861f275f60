#include "api/metrics/exposition.hpp"

#include "tests/support/exposition_reader.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace potd::api {
namespace {

using Type = MetricFamily::Type;

std::string written(const MetricValue& value) {
    std::string text;
    value.write(text);
    return text;
}

TEST(ExpositionTest, WritesValuesWithoutLoss) {
    EXPECT_EQ(written(0), "0");
    EXPECT_EQ(written(true), "1");
    EXPECT_EQ(written(-17), "-17");
    EXPECT_EQ(written(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
    EXPECT_EQ(written(0.25), "0.25");
    EXPECT_EQ(written(1e-7), "1e-07");
    EXPECT_EQ(written(std::nan("")), "NaN");
    EXPECT_EQ(written(HUGE_VAL), "+Inf");
    EXPECT_EQ(written(-HUGE_VAL), "-Inf");
    EXPECT_EQ(written(MetricValue::of_nanoseconds(1'500'000'000)), "1.5");
    EXPECT_EQ(written(MetricValue::of_nanoseconds(3)), "0.000000003");
    EXPECT_EQ(written(MetricValue::of_nanoseconds(-1'000'000'001)), "-1.000000001");
    EXPECT_EQ(written(MetricValue::of_nanoseconds(2'000'000'000)), "2");
    EXPECT_EQ(written(MetricValue::of_microseconds(1'020)), "0.00102");
    EXPECT_EQ(written(MetricValue::of_milliseconds(1'700'000'000'001)), "1700000000.001");
}

TEST(ExpositionTest, TellsAFamilyByHeadAndSamples) {
    Exposition out(Exposition::Format::Text);
    out.begin({"potd_pots", Type::Gauge, "Pots by their state"});
    out.add({{"state", "running"}}, 3);
    out.add({{"state", "stopped"}, {"why", "asked"}}, 0.5);
    out.begin({"potd_starts_total", Type::Counter, "Starts"});
    out.add(7);
    out.end();
    EXPECT_EQ(out.take(),
              "# HELP potd_pots Pots by their state.\n"
              "# TYPE potd_pots gauge\n"
              "potd_pots{state=\"running\"} 3\n"
              "potd_pots{state=\"stopped\",why=\"asked\"} 0.5\n"
              "# HELP potd_starts_total Starts.\n"
              "# TYPE potd_starts_total counter\n"
              "potd_starts_total 7\n");
    EXPECT_EQ(out.take(), "");
}

TEST(ExpositionTest, EscapesWhatCouldEndALineOrAValue) {
    Exposition out(Exposition::Format::Text);
    out.begin({"a", Type::Gauge, "back\\slash, \"quote\" and\nline"});
    out.add({{"label", "back\\slash, \"quote\" and\nline"}}, 1);
    EXPECT_EQ(out.take(),
              "# HELP a back\\\\slash, \"quote\" and\\nline.\n"
              "# TYPE a gauge\n"
              "a{label=\"back\\\\slash, \\\"quote\\\" and\\nline\"} 1\n");
}

TEST(ExpositionTest, LeavesOutAFamilyWithoutSamplesAndKeepsOneTogetherOverPieces) {
    Exposition out(Exposition::Format::Text);
    out.begin({"nothing", Type::Gauge, "Nothing"});
    out.begin({"a", Type::Gauge, "A"});
    out.add({{"x", "1"}}, 1);
    std::string text = out.take();
    EXPECT_EQ(out.size(), 0U);
    out.add({{"x", "2"}}, 2);
    text += out.take();
    EXPECT_EQ(text, "# HELP a A.\n# TYPE a gauge\na{x=\"1\"} 1\na{x=\"2\"} 2\n");
}

TEST(ExpositionTest, CountsAHistogramUp) {
    static constexpr std::array<double, 3> bounds{0.1, 1, 10};
    core::Histogram seen(bounds);
    for (const double value : {0.05, 0.1, 0.5, 100.0}) seen.observe(value);
    Exposition out(Exposition::Format::Text);
    out.begin({"took_seconds", Type::Histogram, "Time"});
    out.add({{"kind", "start"}}, seen);
    out.add({}, core::Histogram(bounds));
    const std::string text = out.take();
    EXPECT_EQ(text,
              "# HELP took_seconds Time.\n"
              "# TYPE took_seconds histogram\n"
              "took_seconds_bucket{kind=\"start\",le=\"0.1\"} 2\n"
              "took_seconds_bucket{kind=\"start\",le=\"1\"} 3\n"
              "took_seconds_bucket{kind=\"start\",le=\"10\"} 3\n"
              "took_seconds_bucket{kind=\"start\",le=\"+Inf\"} 4\n"
              "took_seconds_sum{kind=\"start\"} 100.65\n"
              "took_seconds_count{kind=\"start\"} 4\n"
              "took_seconds_bucket{le=\"0.1\"} 0\n"
              "took_seconds_bucket{le=\"1\"} 0\n"
              "took_seconds_bucket{le=\"10\"} 0\n"
              "took_seconds_bucket{le=\"+Inf\"} 0\n"
              "took_seconds_sum 0\n"
              "took_seconds_count 0\n");
    EXPECT_EQ(test::read_exposition(text).problems, std::vector<std::string>());
}

TEST(ExpositionTest, SpeaksOpenMetrics) {
    Exposition out(Exposition::Format::OpenMetrics);
    out.begin({"starts_total", Type::Counter, "Starts, \"all\""});
    out.add(7);
    out.begin({"up", Type::Gauge, "Up"});
    out.add(1);
    out.end();
    EXPECT_EQ(out.take(),
              "# HELP starts Starts, \\\"all\\\".\n"
              "# TYPE starts counter\n"
              "starts_total 7\n"
              "# HELP up Up.\n"
              "# TYPE up gauge\n"
              "up 1\n"
              "# EOF\n");
}

/// The reader that the other tests rely on sees what is wrong.
TEST(ExpositionTest, ItsReaderTakesNothingThatIsWrong) {
    const auto problems = [](const std::string& text) { return test::read_exposition(text).problems.size(); };
    const std::string head = "# HELP a A.\n# TYPE a gauge\n";
    EXPECT_EQ(problems(head + "a 1\n"), 0U);
    EXPECT_GE(problems(head), 1U);
    EXPECT_GE(problems(head + "a 1"), 1U);
    EXPECT_GE(problems(head + "a 1\na 2\n"), 1U);
    EXPECT_GE(problems(head + "a{x=\"1} 1\n"), 1U);
    EXPECT_GE(problems(head + "a one\n"), 1U);
    EXPECT_GE(problems(head + "b 1\n"), 1U);
    EXPECT_GE(problems(head + "a 1\n# HELP b B.\n# TYPE b gauge\nb 1\na{x=\"1\"} 1\n"), 1U);
    EXPECT_GE(problems("# HELP a A.\n# TYPE a counter\na 1\n"), 1U);
    EXPECT_GE(problems("# HELP a_total A.\n# TYPE a_total counter\na_total -1\n"), 1U);
    const std::string histogram =
        "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} ";
    EXPECT_EQ(problems(histogram + "2\nh_sum 1\nh_count 2\n"), 0U);
    EXPECT_GE(problems(histogram + "1\nh_sum 1\nh_count 1\n"), 1U);
    EXPECT_GE(problems(histogram + "3\nh_sum 1\nh_count 2\n"), 1U);
}

}  // namespace
}  // namespace potd::api
