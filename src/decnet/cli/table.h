// Table: rows under headings, lined up for a person.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/cli/terminal.h"

namespace decnet::cli {

class Table {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
    bool shrinks = false;  // gives way, with an ellipsis, where the terminal is too narrow
    Style style = Style::kPlain;
  };

  explicit Table(std::vector<Column> columns);

  // As many cells as columns; any text: it is made harmless here.
  void row(const std::vector<std::string>& cells);

  // Each row one line, two blanks between columns, none at the end.
  [[nodiscard]] std::string text(const Terminal& terminal) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// A bar of up to `columns` columns for value / maximum, in eighths of a column; never empty for a
// value above zero.
std::string bar(double value, double maximum, std::size_t columns);

// "1234567" → "1,234,567"
std::string with_thousands(std::uint64_t number);

}  // namespace decnet::cli
