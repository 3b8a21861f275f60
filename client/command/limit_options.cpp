#include "client/command/limit_options.hpp"

#include "client/command/spec_options.hpp"
#include "client/text/decimal.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::client {
namespace {

struct LimitOption {
    std::string_view option, member;
};
constexpr LimitOption texts_of_limits[] = {{"memory", "memory"},
                                           {"memory-soft", "memory_soft"},
                                           {"swap", "swap"},
                                           {"cpuset", "cpuset"},
                                           {"disk", "disk"},
                                           {"network-rx", "network_rx"},
                                           {"network-tx", "network_tx"}};
constexpr LimitOption wholes_of_limits[] = {{"cpu-count", "cpu_count"},
                                            {"cpu-weight", "cpu_weight"},
                                            {"pids", "pids"},
                                            {"files", "files"},
                                            {"io-weight", "io_weight"}};
constexpr LimitOption maps_of_limits[] = {{"hugepages", "hugepages"}, {"rctl", "rctl"}};

class LimitReader {
  public:
    LimitReader(const Arguments& arguments, Value& limits, bool may_unset)
        : arguments_(arguments), limits_(limits), may_unset_(may_unset) {}

    Status read() {
        for (const auto& [option, member] : texts_of_limits) {
            if (const auto text = arguments_.value(option)) limits_.set(member, or_none(*text, *text));
        }
        for (const auto step :
             {&LimitReader::numbers, &LimitReader::maps, &LimitReader::devices, &LimitReader::best_effort}) {
            if (auto done = (this->*step)(); !done) return done;
        }
        if (may_unset_) one_choice_of_cpus();
        return Done{};
    }

  private:
    [[nodiscard]] bool is_none(std::string_view text) const { return may_unset_ && text == "none"; }
    [[nodiscard]] Value or_none(std::string_view text, Value value) const {
        return is_none(text) ? Value() : std::move(value);
    }

    Status numbers() {
        for (const auto& [option, member] : wholes_of_limits) {
            const auto text = arguments_.value(option);
            if (!text) continue;
            const auto number = whole_number(*text);
            if (!number && !is_none(*text)) return no_number(option, *text);
            limits_.set(member, number ? Value(*number) : Value());
        }
        const auto cpus = arguments_.value("cpus");
        if (!cpus) return Done{};
        const auto number = decimal(*cpus);
        if (!number && !is_none(*cpus)) return no_number("cpus", *cpus);
        limits_.set("cpus", number ? Value(*number) : Value());
        return Done{};
    }
    static Status no_number(std::string_view option, const std::string& text) {
        return usage("--" + std::string(option) + ": '" + text + "' is not a number");
    }

    Status maps() {
        for (const auto& [option, member] : maps_of_limits) {
            for (const auto& text : arguments_.values(option)) {
                if (is_none(text)) {
                    limits_.set(member, Value());
                    continue;
                }
                const auto pair = split_pair(option, text);
                if (!pair) return pair.failure();
                limits_.at(member).set(pair->first, or_none(pair->second, pair->second));
            }
        }
        return Done{};
    }

    Status devices() {
        const auto given = arguments_.values("io");
        if (given.empty()) return Done{};
        Value devices = Value::array();
        for (const auto& text : given) {
            if (is_none(text)) continue;
            auto one = device(text);
            if (!one) return one.failure();
            devices.push(*std::move(one));
        }
        limits_.set("io", std::move(devices));
        return Done{};
    }
    static Result<Value> device(const std::string& text) {
        std::vector<std::string_view> parts;
        for_each_part(text, ',', [&](std::string_view part) { parts.push_back(part); });
        if (parts.size() < 2) return usage("--io: '" + text + "' is not DEVICE,BOUND=RATE");
        Value one;
        one.set("device", parts.front());
        for (std::size_t i = 1; i < parts.size(); ++i) {
            const auto pair = split_pair("io", std::string(parts[i]));
            if (!pair) return pair.failure();
            // Operations are counted, bytes have suffixes.
            const auto number = whole_number(pair->second);
            one.set(pair->first, number ? Value(*number) : Value(pair->second));
        }
        return one;
    }

    Status best_effort() {
        const auto text = arguments_.value("best-effort");
        if (!text) return Done{};
        if (*text == "all" || is_none(*text)) {
            limits_.set("best_effort", *text == "all");
            return Done{};
        }
        Value names = Value::array();
        for_each_part(*text, ',', [&](std::string_view part) {
            std::string name(part);
            std::replace(name.begin(), name.end(), '-', '_');
            names.push(name);
        });
        limits_.set("best_effort", std::move(names));
        return Done{};
    }

    /// A pot has a list or a number: the one that is given takes the place of the other.
    void one_choice_of_cpus() {
        const bool list = arguments_.has("cpuset"), count = arguments_.has("cpu-count");
        if (list && !count) limits_.set("cpu_count", Value());
        if (count && !list) limits_.set("cpuset", Value());
    }

    const Arguments& arguments_;
    Value& limits_;
    bool may_unset_;
};

}  // namespace

Status limits_from_options(const Arguments& arguments, Value& limits, bool may_unset) {
    return LimitReader(arguments, limits, may_unset).read();
}

}  // namespace potd::client
