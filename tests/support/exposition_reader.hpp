#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace potd::test {

/// What a Prometheus reads of one scrape in the text format, and everything that is wrong with it.
struct Exposed {
    struct Sample {
        std::string name;
        std::map<std::string, std::string> labels;
        double value = 0;
    };
    struct Family {
        std::string type, help;
        std::vector<Sample> samples;
    };
    std::map<std::string, Family> families;
    /// Lines that are none, families that are told twice or are cut apart, samples that are there twice,
    /// names and units against the conventions, histograms that are not cumulative.
    std::vector<std::string> problems;

    [[nodiscard]] std::set<std::string> names() const;
    /// The sample with exactly these labels; nothing if there is none.
    [[nodiscard]] std::optional<double> value(const std::string& name,
                                              const std::map<std::string, std::string>& labels = {}) const;
    /// Over all samples of the name with these labels and any others.
    [[nodiscard]] double sum(const std::string& name,
                             const std::map<std::string, std::string>& labels = {}) const;
};

/// Reads the text format 0.0.4.
[[nodiscard]] Exposed read_exposition(std::string_view text);

}  // namespace potd::test
