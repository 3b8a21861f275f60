#include "client/command/stats_tables.hpp"

#include "client/command/pot_view.hpp"
#include "client/text/figures.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace potd::client {
namespace {

std::string pair_of(const Value& first, const Value& second) {
    if (first.is_null() && second.is_null()) return {};
    return size(first) + " / " + size(second);
}

std::string tenths(const Value& number) {
    const auto value = number.number();
    return value ? format_tenths(*value) : std::string();
}

/// What counts nothing comes last.
double weight(const Value& item, std::string_view order) {
    const auto of = [](const Value& number) { return number.number().value_or(-1); };
    if (order == "cpu") return of(item["cpu"]["percent"]);
    if (order == "memory") return of(item["memory"]["current"]);
    if (order == "pids") return of(item["pids"]["current"]);
    if (order == "io") return of(item["io"]["read_bytes"]) + of(item["io"]["write_bytes"]);
    if (order == "network") return of(item["network"]["rx_bytes"]) + of(item["network"]["tx_bytes"]);
    return 0;
}

/// Of one line to the next.
class Rate {
  public:
    Rate(const Value* before, const Value& now) : before_(before), now_(now) {
        if (before_ == nullptr || (*before_)["run"].integer() != now_["run"].integer()) return;
        const auto from = parse_time((*before_)["time"].text());
        const auto to = parse_time(now_["time"].text());
        if (from && to && *to > *from) seconds_ = static_cast<double>(*to - *from) / 1000;
    }
    [[nodiscard]] std::string of(std::string_view group, std::string_view figure) const {
        if (!seconds_) return {};
        const auto from = (*before_)[group][figure].integer();
        const auto to = now_[group][figure].integer();
        if (!from || !to || *from < 0 || *to < *from) return {};
        constexpr double most = 0x1p62;  // what a second of less than one makes of it is an integer, too
        const double rate = static_cast<double>(*to - *from) / *seconds_;
        return format_bytes(static_cast<std::int64_t>(std::min(rate, most))) + "/s";
    }

  private:
    const Value* before_;
    const Value& now_;
    std::optional<double> seconds_;
};

}  // namespace

Table table_of_stats(const Value::Array& items) {
    Table table({{"NAME", false, true, 0},
                 {"CPU%", true, false, 0},
                 {"MEMORY", true, false, 0},
                 {"PEAK", true, false, 3},
                 {"LIMIT", true, false, 2},
                 {"PIDS", true, false, 1},
                 {"READ / WRITTEN", true, false, 4},
                 {"RECEIVED / SENT", true, false, 5}});
    for (const auto& item : items) {
        const Value& memory = item["memory"];
        table.add({item["name"].text(), tenths(item["cpu"]["percent"]), size(memory["current"]),
                   size(memory["peak"]), size(memory["limit"]), whole(item["pids"]["current"]),
                   pair_of(item["io"]["read_bytes"], item["io"]["write_bytes"]),
                   pair_of(item["network"]["rx_bytes"], item["network"]["tx_bytes"])});
    }
    return table;
}

void sort_stats(Value::Array& items, std::string_view order) {
    std::stable_sort(items.begin(), items.end(), [order](const Value& one, const Value& other) {
        const double first = weight(one, order);
        const double second = weight(other, order);
        if (first > second || first < second) return first > second;
        return one["name"].text() < other["name"].text();
    });
}

Table table_of_past_stats(const Value::Array& items) {
    Table table({{"TIME", false, false, 0},
                 {"RUN", true, false, 6},
                 {"CPU%", true, false, 0},
                 {"MEMORY", true, false, 0},
                 {"SWAP", true, false, 5},
                 {"PIDS", true, false, 1},
                 {"READ", true, false, 3},
                 {"WRITTEN", true, false, 2},
                 {"RECEIVED", true, false, 4},
                 {"SENT", true, false, 4}});
    const Value* before = nullptr;
    for (const auto& item : items) {
        const Rate rate(before, item);
        table.add({item["time"].text(), whole(item["run"]), tenths(item["cpu"]["percent"]),
                   size(item["memory"]["current"]), size(item["memory"]["swap"]),
                   whole(item["pids"]["current"]), rate.of("io", "read_bytes"), rate.of("io", "write_bytes"),
                   rate.of("network", "rx_bytes"), rate.of("network", "tx_bytes")});
        before = &item;
    }
    return table;
}

}  // namespace potd::client
