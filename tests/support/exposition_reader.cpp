#include "tests/support/exposition_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace potd::test {
namespace {

bool is_name(std::string_view text, bool with_colons) {
    const auto good = [with_colons](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               (with_colons && c == ':');
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), good) &&
           !(text.front() >= '0' && text.front() <= '9');
}

std::string_view take_until(std::string_view& text, char end) {
    const std::size_t at = std::min(text.find(end), text.size());
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(std::min(text.size(), at + 1));
    return taken;
}

/// What is between quotes, up to the closing one; false if something is wrong with it.
bool take_quoted(std::string_view& text, std::string& value) {
    for (; !text.empty() && text.front() != '"'; text.remove_prefix(1)) {
        if (text.front() != '\\') {
            value += text.front();
            continue;
        }
        text.remove_prefix(1);
        if (text.empty() || std::string_view("\\\"n").find(text.front()) == std::string_view::npos)
            return false;
        value += text.front() == 'n' ? '\n' : text.front();
    }
    return !text.empty();
}

/// NAME="VALUE" up to the closing brace; false if it is none.
bool take_labels(std::string_view& text, std::map<std::string, std::string>& into) {
    while (!text.starts_with('}')) {
        const std::string name(take_until(text, '='));
        if (!is_name(name, false) || !text.starts_with('"')) return false;
        text.remove_prefix(1);
        std::string value;
        if (!take_quoted(text, value) || !into.emplace(name, value).second) return false;
        text.remove_prefix(1);
        if (text.starts_with(',')) text.remove_prefix(1);
        if (text.empty()) return false;
    }
    text.remove_prefix(1);
    return true;
}

bool take_value(std::string_view text, double& into) {
    const std::string whole(text);
    char* end = nullptr;
    into = std::strtod(whole.c_str(), &end);
    return !whole.empty() && end == whole.c_str() + whole.size();
}

class Reader {
  public:
    Exposed read(std::string_view text) {
        if (!text.empty() && !text.ends_with('\n'))
            complain("no line feed at the end", text.substr(text.size() - 1));
        while (!text.empty()) line(take_until(text, '\n'));
        for (const auto& [name, family] : out_.families) check(name, family);
        return std::move(out_);
    }

  private:
    void complain(std::string_view what, std::string_view where) {
        out_.problems.push_back(std::string(what) + ": " + std::string(where.substr(0, 200)));
    }

    void line(std::string_view text) {
        if (text.starts_with("# HELP "))
            head(text, text.substr(7), &Exposed::Family::help);
        else if (text.starts_with("# TYPE "))
            head(text, text.substr(7), &Exposed::Family::type);
        else
            sample(text);
    }

    void head(std::string_view line, std::string_view rest, std::string Exposed::Family::*part) {
        const std::string name(take_until(rest, ' '));
        if (!is_name(name, true) || rest.empty()) return complain("not a head", line);
        if (name != present_ && out_.families.contains(name)) return complain("told twice", line);
        present_ = name;
        Exposed::Family& family = out_.families[name];
        if (!(family.*part).empty() || !family.samples.empty()) return complain("told twice", line);
        family.*part = rest;
    }

    void sample(std::string_view line) {
        std::string_view rest = line;
        Exposed::Sample made;
        const std::size_t name_end = std::min(rest.find_first_of("{ "), rest.size());
        made.name = rest.substr(0, name_end);
        rest.remove_prefix(name_end);
        if (rest.starts_with('{')) {
            rest.remove_prefix(1);
            if (!take_labels(rest, made.labels)) return complain("not labels", line);
        }
        if (!is_name(made.name, true) || !rest.starts_with(' ') || !take_value(rest.substr(1), made.value))
            return complain("not a sample", line);
        if (!belongs(made.name)) return complain("a sample of another family", line);
        if (!seen_.emplace(made.name, made.labels).second)
            return complain("a sample that is there twice", line);
        out_.families[present_].samples.push_back(std::move(made));
    }

    [[nodiscard]] bool belongs(const std::string& name) {
        if (present_.empty()) return false;
        if (out_.families[present_].type != "histogram") return name == present_;
        return name == present_ + "_bucket" || name == present_ + "_sum" || name == present_ + "_count";
    }

    /// https://prometheus.io/docs/practices/naming/
    void check(const std::string& name, const Exposed::Family& family) {
        if (family.help.empty() || family.samples.empty()) complain("no help, or no sample", name);
        if (family.type != "counter" && family.type != "gauge" && family.type != "histogram")
            complain("unknown type " + family.type, name);
        if (name.ends_with("_total") != (family.type == "counter")) complain("_total is for counters", name);
        for (const char* const unit :
             {"milliseconds", "_ms_", "_ns_", "_us_", "percent", "kilobytes", "_kb_"}) {
            if (name.find(unit) != std::string::npos) complain("not a base unit", name);
        }
        if (family.type == "histogram") return check_histogram(name, family);
        for (const auto& one : family.samples) {
            if (family.type == "counter" && one.value < 0) complain("a negative counter", name);
        }
    }

    void check_histogram(const std::string& name, const Exposed::Family& family) {
        struct Series {
            std::vector<std::pair<double, double>> buckets;  // bound, count
            std::optional<double> sum, count;
        };
        std::map<std::map<std::string, std::string>, Series> all;
        for (const auto& one : family.samples) {
            auto labels = one.labels;
            labels.erase("le");
            Series& series = all[labels];
            if (one.name.ends_with("_sum")) series.sum = one.value;
            if (one.name.ends_with("_count")) series.count = one.value;
            if (!one.name.ends_with("_bucket")) continue;
            double bound = 0;
            if (!one.labels.contains("le") || !take_value(one.labels.at("le"), bound))
                complain("a bucket without a bound", name);
            series.buckets.emplace_back(bound, one.value);
        }
        for (const auto& [labels, series] : all) {
            const auto& buckets = series.buckets;
            for (std::size_t i = 1; i < buckets.size(); ++i) {
                if (buckets[i].first <= buckets[i - 1].first || buckets[i].second < buckets[i - 1].second)
                    complain("buckets that do not rise", name);
            }
            if (buckets.empty() || !std::isinf(buckets.back().first) || !series.sum || !series.count ||
                *series.count != buckets.back().second)
                complain("not a whole histogram", name);
        }
    }

    Exposed out_;
    std::string present_;
    std::set<std::pair<std::string, std::map<std::string, std::string>>> seen_;
};

}  // namespace

std::set<std::string> Exposed::names() const {
    std::set<std::string> found;
    for (const auto& entry : families) found.insert(entry.first);
    return found;
}

std::optional<double> Exposed::value(const std::string& name,
                                     const std::map<std::string, std::string>& labels) const {
    for (const auto& [family_name, family] : families) {
        if (!name.starts_with(family_name)) continue;
        for (const Sample& one : family.samples) {
            if (one.name == name && one.labels == labels) return one.value;
        }
    }
    return std::nullopt;
}

double Exposed::sum(const std::string& name, const std::map<std::string, std::string>& labels) const {
    double total = 0;
    for (const auto& [family_name, family] : families) {
        if (!name.starts_with(family_name)) continue;
        for (const Sample& one : family.samples) {
            const bool fits = std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
                const auto found = one.labels.find(label.first);
                return found != one.labels.end() && found->second == label.second;
            });
            if (one.name == name && fits) total += one.value;
        }
    }
    return total;
}

Exposed read_exposition(std::string_view text) {
    return Reader().read(text);
}

}  // namespace potd::test
