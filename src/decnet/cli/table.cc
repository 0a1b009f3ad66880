#include "decnet/cli/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "decnet/base/utf8.h"
#include "decnet/cli/display_width.h"

namespace decnet::cli {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kNarrowest = 8;  // a shrunk column still says something

std::string padded(std::string_view text, std::size_t width, Table::Align align) {
  const std::size_t used = display_width(text);
  const std::string blanks(used < width ? width - used : 0, ' ');
  return align == Table::Align::kRight ? blanks + std::string(text) : std::string(text) + blanks;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::row(const std::vector<std::string>& cells) {
  auto& added = rows_.emplace_back();
  for (const auto& cell : cells) added.push_back(printable(cell));
  added.resize(columns_.size());
}

std::string Table::text(const Terminal& terminal) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(display_width(columns_[i].title));
    for (const auto& cells : rows_) widths[i] = std::max(widths[i], display_width(cells[i]));
  }
  if (const std::size_t available = terminal.width(); available > 0) {
    std::size_t total = kGap.size() * (columns_.size() - 1);
    for (const auto width : widths) total += width;
    for (; total > available; --total) {  // the widest one gives way, column by column
      std::optional<std::size_t> widest;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (!columns_[i].shrinks || widths[i] <= kNarrowest) continue;
        if (!widest || widths[i] > widths[*widest]) widest = i;
      }
      if (!widest) break;
      --widths[*widest];
    }
  }

  std::string out;
  const auto add_line = [&](auto&& cell, auto&& style) {
    std::string line;
    std::string blanks;  // put off, so that none end a line
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) blanks += kGap;
      const auto shown = padded(fitted(cell(i), widths[i]), widths[i], columns_[i].align);
      const auto begin = std::min(shown.find_first_not_of(' '), shown.size());
      const auto end = begin == shown.size() ? begin : shown.find_last_not_of(' ') + 1;
      blanks += shown.substr(0, begin);
      if (begin < end) {
        line += blanks + terminal.styled(style(i), shown.substr(begin, end - begin));
        blanks.clear();
      }
      blanks += shown.substr(end);
    }
    out += line + "\n";
  };
  add_line([&](std::size_t i) { return columns_[i].title; },
           [](std::size_t) { return Style::kBold; });
  for (const auto& cells : rows_) {
    add_line([&](std::size_t i) { return cells[i]; },
             [&](std::size_t i) { return columns_[i].style; });
  }
  return out;
}

std::string bar(double value, double maximum, std::size_t columns) {
  if (!(value > 0) || !(maximum > 0)) return {};
  constexpr std::array<std::string_view, 8> kParts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double share = std::min(value / maximum, 1.0) * static_cast<double>(columns) * 8;
  const auto eighths = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(share)));
  std::string out;
  for (std::size_t i = 0; i < eighths / 8; ++i) out += "█";
  out += kParts[eighths % 8];
  return out;
}

std::string with_thousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

}  // namespace decnet::cli
