#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::client {

enum class Colour { None, Green, Yellow, Red, Dim };

struct Cell {
    std::string text;
    Colour colour = Colour::None;
    Cell(std::string value, Colour shade = Colour::None)
        : text(std::move(value)), colour(shade) {}  // NOLINT: implicit
    Cell(const char* value) : text(value) {}        // NOLINT: implicit
};

struct Column {
    std::string_view title;
    bool right = false;    ///< figures stand to the right
    bool elastic = false;  ///< may be cut with "…" where the terminal is narrow
    int rank = 0;          ///< above 0: left out, highest first, where cutting is not enough
};

struct TableStyle {
    std::size_t width = 0;  ///< cells of the terminal; 0 = no terminal, nothing is cut
    bool colour = false;
};

/// Rows under aligned titles. Values are made harmless; measured in terminal cells, not bytes.
class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// As many cells as there are columns; an empty one shows as "-".
    void add(std::vector<Cell> row);
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    [[nodiscard]] std::string text(const TableStyle& style) const;

  private:
    [[nodiscard]] std::vector<std::size_t> natural_widths() const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

/// "name:  value" lines with aligned values.
class Sheet {
  public:
    void add(std::string_view name, std::string_view value);
    [[nodiscard]] std::string text() const;

  private:
    std::vector<std::pair<std::string, std::string>> lines_;
};

/// `text` in that colour, or as it is without.
[[nodiscard]] std::string painted(std::string_view text, Colour colour, bool colours);

}  // namespace potd::client
