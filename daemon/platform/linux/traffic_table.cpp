#include "daemon/platform/linux/traffic_table.hpp"

#include "core/base/bounded.hpp"
#include "daemon/platform/linux/counter_directory.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace potd::platform {
namespace {

struct Column {
    std::size_t number;
    std::int64_t core::Traffic::*figure;
};
constexpr std::size_t columns_there_are = 16;
constexpr std::array traffic_columns{
    Column{0, &core::Traffic::rx_bytes},   Column{1, &core::Traffic::rx_packets},
    Column{3, &core::Traffic::rx_dropped}, Column{8, &core::Traffic::tx_bytes},
    Column{9, &core::Traffic::tx_packets}, Column{11, &core::Traffic::tx_dropped},
};

std::optional<core::InterfaceTraffic> parse_line(std::string_view line) {
    const std::size_t colon = line.find(':');  // no name has one
    if (colon == std::string_view::npos) return std::nullopt;
    std::array<std::string_view, columns_there_are> words;
    std::string_view rest = line.substr(colon + 1);
    for (std::string_view& word : words) word = take_word(rest);
    if (words.back().empty()) return std::nullopt;
    core::InterfaceTraffic one;
    one.name = trimmed(line.substr(0, colon));
    for (const Column& column : traffic_columns) {
        const auto figure = parse_count(words[column.number]);
        if (!figure) return std::nullopt;
        one.traffic.*column.figure = *figure;
    }
    return one;
}

}  // namespace

std::vector<core::InterfaceTraffic> parse_traffic(std::string_view table) {
    std::vector<core::InterfaceTraffic> all;
    while (!table.empty()) {
        auto one = parse_line(take_line(table));
        if (one && one->name != "lo") all.push_back(*std::move(one));
    }
    return all;
}

core::Traffic total_of(const std::vector<core::InterfaceTraffic>& interfaces) {
    core::Traffic total;
    for (const core::InterfaceTraffic& one : interfaces) {
        for (const Column& column : traffic_columns)
            total.*column.figure = core::bounded_sum(total.*column.figure, one.traffic.*column.figure);
    }
    return total;
}

}  // namespace potd::platform
