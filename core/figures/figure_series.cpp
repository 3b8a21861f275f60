#include "core/figures/figure_series.hpp"

#include <string_view>

namespace potd::core {
namespace {

/// Small numbers of either sign get small codes: 0, -1, 1, -2 … are 0, 1, 2, 3 …
std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t code) {
    return static_cast<std::int64_t>(code >> 1) ^ -static_cast<std::int64_t>(code & 1);
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
void put_number(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7f) | 0x80));
    out.push_back(static_cast<char>(value));
}

std::uint64_t take_number(std::string_view& code) {
    std::uint64_t value = 0;
    int shift = 0;
    while (!code.empty()) {
        const auto byte = static_cast<unsigned char>(code.front());
        code.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) break;
        shift += 7;
    }
    return value;
}

/// Counters may wrap in theory, and a difference must not overflow.
std::int64_t difference(std::int64_t value, std::int64_t before) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(before));
}

std::int64_t sum(std::int64_t before, std::int64_t change) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(before) + static_cast<std::uint64_t>(change));
}

std::uint32_t set_of(const FigurePoint& point) {
    std::uint32_t set = 0;
    for (std::size_t i = 0; i < kept_figure_count; ++i)
        if (point.values[i]) set |= 1U << i;
    return set;
}

}  // namespace

void FigureSeries::add(const FigurePoint& point) {
    if (!blocks_.empty() && point.at <= blocks_.back().last) return;
    const bool goes_on = !blocks_.empty() && blocks_.back().points < block_points &&
                         blocks_.back().run == point.run && blocks_.back().set == set_of(point);
    if (!goes_on) {
        close_last();
        Block next;
        next.run = point.run;
        next.set = set_of(point);
        next.first = next.last = point.at;
        blocks_.push_back(std::move(next));
        bytes_ += bytes_of(blocks_.back());
        before_ = {};
    }
    append(point);
}

void FigureSeries::close_last() {
    if (blocks_.empty()) return;
    Block& last = blocks_.back();
    bytes_ -= bytes_of(last);
    last.code.shrink_to_fit();
    bytes_ += bytes_of(last);
}

/// The change of the step in ms, which figures have changed, by how much each.
void FigureSeries::append(const FigurePoint& point) {
    Block& block = blocks_.back();
    bytes_ -= bytes_of(block);
    const std::int64_t step = point.at.ms - block.last.ms;
    put_number(block.code, zigzag(step - before_.step));
    std::uint64_t changed = 0;
    for (std::size_t i = 0; i < kept_figure_count; ++i)
        if (point.values[i] && *point.values[i] != before_.values[i]) changed |= std::uint64_t{1} << i;
    put_number(block.code, changed);
    for (std::size_t i = 0; i < kept_figure_count; ++i) {
        if ((changed >> i & 1) == 0) continue;
        put_number(block.code, zigzag(difference(*point.values[i], before_.values[i])));
        before_.values[i] = *point.values[i];
    }
    before_.step = step;
    block.last = point.at;
    ++block.points;
    bytes_ += bytes_of(block);
}

void FigureSeries::forget_before(SteadyTime cutoff) {
    while (!blocks_.empty() && blocks_.front().last < cutoff) {
        bytes_ -= bytes_of(blocks_.front());
        blocks_.pop_front();
    }
}

void FigureSeries::read(SteadyTime since, const std::function<void(const FigurePoint&)>& take) const {
    for (const Block& block : blocks_)
        if (block.last >= since) read_block(block, since, take);
}

void FigureSeries::read_block(const Block& block, SteadyTime since,
                              const std::function<void(const FigurePoint&)>& take) {
    std::string_view code = block.code;
    Before before;
    FigurePoint point;
    point.run = block.run;
    point.at = block.first;
    for (std::size_t n = 0; n < block.points; ++n) {
        before.step += unzigzag(take_number(code));
        point.at.ms += before.step;
        const std::uint64_t changed = take_number(code);
        for (std::size_t i = 0; i < kept_figure_count; ++i) {
            if ((changed >> i & 1) != 0)
                before.values[i] = sum(before.values[i], unzigzag(take_number(code)));
            if ((block.set >> i & 1) != 0) point.values[i] = before.values[i];
        }
        if (point.at >= since) take(point);
    }
}

std::optional<SteadyTime> FigureSeries::begins() const {
    if (blocks_.empty()) return std::nullopt;
    return blocks_.front().first;
}

}  // namespace potd::core
