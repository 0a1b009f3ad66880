#include "decnet/config/dotenv.h"

#include <algorithm>
#include <optional>

#include "decnet/config/words.h"

namespace decnet::config {
namespace {

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_comment(std::string_view rest) {
  rest = trimmed(rest);
  return rest.empty() || rest.front() == '#';
}

// The value in quotes at the start of `text`; nothing when its end is missing or followed by more.
std::optional<std::string> quoted(std::string_view text) {
  const char quote = text.front();
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) {
      if (!is_comment(text.substr(i + 1))) return std::nullopt;
      return value;
    }
    if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) {
      const char next = text[++i];
      switch (next) {
        case 'n':
          value += '\n';
          break;
        case 't':
          value += '\t';
          break;
        case 'r':
          value += '\r';
          break;
        case '"':
        case '\\':
          value += next;
          break;
        default:
          value += '\\';
          value += next;
      }
      continue;
    }
    value += text[i];
  }
  return std::nullopt;
}

std::string_view unquoted(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t';
    if (starts && text[i] == '#') return trimmed(text.substr(0, i));
  }
  return trimmed(text);
}

}  // namespace

Dotenv read_dotenv(std::string_view text) {
  Dotenv file;
  text = without_byte_order_mark(text);
  for (int number = 1; !text.empty(); ++number) {
    auto line = trimmed(take_line(text));
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("export ") || line.starts_with("export\t")) line = trimmed(line.substr(7));
    const auto equals = line.find('=');
    const auto name = trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || !is_name(name)) {
      file.problems.push_back({number, "not a NAME=value line"});
      continue;
    }
    const auto value = trimmed(line.substr(equals + 1));
    if (value.empty() || (value.front() != '"' && value.front() != '\'')) {
      file.entries.push_back({std::string(name), std::string(unquoted(value)), number});
    } else if (auto inner = quoted(value)) {
      file.entries.push_back({std::string(name), std::move(*inner), number});
    } else {
      file.problems.push_back({number, "the quote is not closed, or followed by more"});
    }
  }
  return file;
}

}  // namespace decnet::config
