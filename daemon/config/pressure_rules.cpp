#include "daemon/config/pressure_rules.hpp"

#include "core/model/names.hpp"

#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <yaml-cpp/yaml.h>

namespace potd::config {
namespace {

using Complain = std::function<void(const YAML::Mark&, const std::string&)>;

constexpr std::string_view form =
    "expected when, do and perhaps settle, as in {when: swap_free < 10%, do: kill}";

/// Reads one rule; says what is wrong with it.
class RuleReader {
  public:
    RuleReader(const std::string& name, const Complain& complain)
        : at_(std::string(pressure_rules_key) + "." + name), complain_(complain) {
        rule_.name = name;
    }

    std::optional<core::PressureRule> read(const YAML::Node& node) {
        if (!node.IsMap()) {
            complain_(node.Mark(), at_ + ": " + std::string(form));
            return std::nullopt;
        }
        for (const auto& entry : node) {
            if (!entry.first.IsScalar() || !entry.second.IsScalar())
                refuse(entry.first.Mark(), ": " + std::string(form));
            else
                take(entry.first, entry.second.Scalar());
        }
        if (is_good_) check(node.Mark());
        return is_good_ ? std::optional(std::move(rule_)) : std::nullopt;
    }

  private:
    void take(const YAML::Node& key, const std::string& value) {
        const std::string& word = key.Scalar();
        if (!seen_.insert(word).second) return refuse(key.Mark(), "." + word + ": is given twice");
        if (word == "when")
            keep(core::parse_detectors(value, word), key.Mark(), rule_.when);
        else if (word == "do")
            keep(core::parse_ladder(value, word), key.Mark(), rule_.then);
        else if (word == "settle")
            keep(core::parse_duration(value, word), key.Mark(), rule_.settle);
        else
            refuse(key.Mark(), "." + word + ": unknown key; " + std::string(form));
    }

    template <class T>
    void keep(core::Result<T> read, const YAML::Mark& mark, T& into) {
        if (read)
            into = *std::move(read);
        else
            refuse(mark, "." + read.error().message);
    }

    void check(const YAML::Mark& mark) {
        const core::Status fits = core::check_rule(rule_);
        if (!fits && fits.error().message.starts_with(fits.error().field))
            refuse(mark, "." + fits.error().message);
        else if (!fits)
            refuse(mark, "." + fits.error().field + ": " + fits.error().message);
    }

    void refuse(const YAML::Mark& mark, const std::string& what) {
        is_good_ = false;
        complain_(mark, at_ + what);
    }

    std::string at_;
    const Complain& complain_;
    core::PressureRule rule_;
    std::set<std::string> seen_;
    bool is_good_ = true;
};

}  // namespace

void read_pressure_rules(const YAML::Node& node, PressureConfig& config, const Complain& complain) {
    config.rules.clear();
    if (node.IsNull()) return;
    if (!node.IsMap())
        return complain(node.Mark(), std::string(pressure_rules_key) + ": expected names of rules");
    std::set<std::string> names;
    for (const auto& entry : node) {
        const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
        const std::string at = std::string(pressure_rules_key) + "." + name;
        if (!core::check_name(name)) {
            complain(entry.first.Mark(), at + ": expected a name of letters, digits, '.', '_' and '-'");
        } else if (!names.insert(name).second) {
            complain(entry.first.Mark(), at + ": is given twice");
        } else if (auto rule = RuleReader(name, complain).read(entry.second)) {
            config.rules.push_back(*std::move(rule));
        }
    }
}

}  // namespace potd::config
