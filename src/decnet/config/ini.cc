#include "decnet/config/ini.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "decnet/config/words.h"

namespace decnet::config {
namespace {

// The line up to a comment: `;` or `#` as its first character or after a blank.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool starts = i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t';
    if (starts && (line[i] == ';' || line[i] == '#')) return line.substr(0, i);
  }
  return line;
}

}  // namespace

Result<std::vector<IniEntry>> read_ini(std::string_view text, const std::filesystem::path& path) {
  std::vector<IniEntry> entries;
  std::map<std::pair<std::string, std::string>, int> seen;  // (section, key) → line
  std::string section;
  bool in_section = false;
  text = without_byte_order_mark(text);
  for (int number = 1; !text.empty(); ++number) {
    const auto line = trimmed(without_comment(take_line(text)));
    if (line.empty()) continue;
    const auto problem = [&](std::string_view what) {
      return fail(ErrorCode::kInvalid, fmt::format("{}:{}: {}", path.string(), number, what));
    };
    if (line.front() == '[') {
      if (line.back() != ']') return problem("a section name ends with ]");
      section = lower_case(trimmed(line.substr(1, line.size() - 2)));
      in_section = true;
      continue;
    }
    const auto equals = line.find_first_of("=:");
    const auto key = lower_case(trimmed(line.substr(0, equals)));
    if (equals == std::string_view::npos || key.empty()) {
      return problem("neither a [section] nor a key = value");
    }
    if (!in_section) return problem("an entry before the first [section]");
    const auto [first, fresh] = seen.try_emplace({section, key}, number);
    if (!fresh) {
      return problem(
          fmt::format("[{}] {} is given twice, first in line {}", section, key, first->second));
    }
    entries.push_back({section, key, std::string(trimmed(line.substr(equals + 1))), number});
  }
  return entries;
}

}  // namespace decnet::config
