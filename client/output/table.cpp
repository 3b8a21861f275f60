#include "client/output/table.hpp"

#include "client/text/width.hpp"

#include <algorithm>
#include <numeric>

namespace potd::client {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;  ///< an elastic column is not cut below this

std::string_view colour_code(Colour colour) {
    switch (colour) {
        case Colour::Green: return "\x1b[32m";
        case Colour::Yellow: return "\x1b[33m";
        case Colour::Red: return "\x1b[31m";
        case Colour::Dim: return "\x1b[2m";
        case Colour::None: break;
    }
    return {};
}

/// Widths of the columns that are shown; those left out are 0 and unset in `shown`.
struct Layout {
    std::vector<std::size_t> width;
    std::vector<bool> shown;

    [[nodiscard]] std::size_t total() const {
        std::size_t sum = 0;
        std::size_t count = 0;
        for (std::size_t i = 0; i < width.size(); ++i) {
            if (!shown[i]) continue;
            sum += width[i];
            ++count;
        }
        return sum + (count > 0 ? (count - 1) * gap : 0);
    }
};

/// Takes one cell at a time from the widest elastic column until the line fits or all are narrow.
void squeeze(Layout& layout, const std::vector<Column>& columns, std::size_t room) {
    while (layout.total() > room) {
        std::size_t widest = columns.size();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (!layout.shown[i] || !columns[i].elastic || layout.width[i] <= narrowest) continue;
            if (widest == columns.size() || layout.width[i] > layout.width[widest]) widest = i;
        }
        if (widest == columns.size()) return;
        --layout.width[widest];
    }
}

bool drop_least_needed(Layout& layout, const std::vector<Column>& columns) {
    std::size_t found = columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!layout.shown[i] || columns[i].rank == 0) continue;
        if (found == columns.size() || columns[i].rank > columns[found].rank) found = i;
    }
    if (found == columns.size()) return false;
    layout.shown[found] = false;
    return true;
}

Layout arrange(const std::vector<Column>& columns, const std::vector<std::size_t>& natural,
               std::size_t room) {
    Layout layout{natural, std::vector<bool>(columns.size(), true)};
    if (room == 0) return layout;
    while (layout.total() > room) {
        squeeze(layout, columns, room);
        if (layout.total() <= room || !drop_least_needed(layout, columns)) break;
        layout.width = natural;
    }
    squeeze(layout, columns, room);
    return layout;
}

/// One line being put together; nothing is padded behind its last cell.
class Line {
  public:
    Line(std::size_t room, bool colours) : room_(room), colours_(colours) {}

    void add(std::string_view text, Colour colour, std::size_t width, bool right) {
        if (!out_.empty()) pending_ += gap;
        const std::size_t room = room_ == 0 ? width : room_ - std::min(room_, used_ + pending_);
        const std::string shown = fit(text, std::min(width, room));
        const std::size_t cells = display_width(shown);
        const std::size_t space = width - std::min(width, cells);
        if (cells == 0) return;
        if (right) pending_ += space;
        out_.append(pending_, ' ');
        out_ += painted(shown, colour, colours_);
        used_ += pending_ + cells;
        pending_ = right ? 0 : space;
    }
    std::string take() { return std::move(out_) + '\n'; }

  private:
    std::string out_;
    std::size_t room_;
    std::size_t used_ = 0;
    std::size_t pending_ = 0;
    bool colours_;
};

}  // namespace

std::string painted(std::string_view text, Colour colour, bool colours) {
    if (!colours || colour == Colour::None) return std::string(text);
    return std::string(colour_code(colour)) + std::string(text) + "\x1b[0m";
}

void Table::add(std::vector<Cell> row) {
    row.resize(columns_.size(), Cell(""));
    for (auto& cell : row) cell.text = cell.text.empty() ? "-" : harmless(cell.text);
    rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::natural_widths() const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = display_width(columns_[i].title);
        for (const auto& row : rows_) width = std::max(width, display_width(row[i].text));
        widths.push_back(width);
    }
    return widths;
}

std::string Table::text(const TableStyle& style) const {
    const Layout layout = arrange(columns_, natural_widths(), style.width);
    std::string out;
    const auto add_line = [&](const auto& text_of, const auto& colour_of) {
        Line line(style.width, style.colour);
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (layout.shown[i]) line.add(text_of(i), colour_of(i), layout.width[i], columns_[i].right);
        }
        out += line.take();
    };
    add_line([&](std::size_t i) { return columns_[i].title; }, [](std::size_t) { return Colour::None; });
    for (const auto& row : rows_) {
        add_line([&](std::size_t i) { return std::string_view(row[i].text); },
                 [&](std::size_t i) { return row[i].colour; });
    }
    return out;
}

void Sheet::add(std::string_view name, std::string_view value) {
    lines_.emplace_back(harmless(name), harmless(value));
}

std::string Sheet::text() const {
    std::size_t width = 0;
    for (const auto& line : lines_) width = std::max(width, display_width(line.first));
    std::string out;
    for (const auto& [name, value] : lines_) {
        out += name + ':';
        if (!value.empty()) out.append(width - display_width(name) + 1, ' ') += value;
        out += '\n';
    }
    return out;
}

}  // namespace potd::client
