#include "decnet/shell/characters.h"

#include <algorithm>

namespace decnet::shell {
namespace {

constexpr std::size_t kMaxPromptBytes = 120;

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// U+2000 … U+206F.
LookAlike general_punctuation(unsigned code) {
  if (code <= 0x200A || code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F) {
    return {3, ' '};
  }
  if (code >= 0x2010 && code <= 0x2015) return {3, '-'};
  // Zero-width characters, quotation marks of word processors, bidirectional controls.
  const bool nothing = (code >= 0x200B && code <= 0x200F) || (code >= 0x2018 && code <= 0x201F) ||
                       (code >= 0x202A && code <= 0x202E) || code >= 0x2060;
  return nothing ? LookAlike{3, 0} : LookAlike{};
}

constexpr bool is_host(char c) { return is_name(c) || c == '.' || c == '-'; }

std::size_t skip(std::string_view line, std::size_t at, bool (*wanted)(char)) {
  while (at < line.size() && wanted(line[at])) ++at;
  return at;
}

// Where the blanks behind the prompt character at `at` end; 0 when this is no prompt's end.
std::size_t behind_mark(std::string_view line, std::size_t at, std::string_view marks) {
  if (at >= line.size() || marks.find(line[at]) == std::string_view::npos) return 0;
  ++at;
  if (at == line.size()) return at;
  return is_blank(line[at]) ? skip(line, at, [](char c) { return is_blank(c); }) : 0;
}

// "user@host", followed by the place and the mark: ":~# ", " ~ $ ", "> ".
std::size_t account_prompt(std::string_view line) {
  std::size_t at = skip(line, 0, is_host);
  if (at == 0 || at >= line.size() || line[at] != '@') return 0;
  const std::size_t host = ++at;
  at = skip(line, at, is_host);
  if (at == host || at >= line.size()) return 0;
  if (line[at] == ':' || line[at] == ' ') {
    ++at;
    const auto end = line.find_first_of(" \t\n;&|()<>'\"`\\", at);
    const std::size_t stop = end == std::string_view::npos ? line.size() : end;
    if (stop > at) {
      if (const std::size_t behind = behind_mark(line, stop - 1, "#$%"); behind != 0) return behind;
    }
    if (stop < line.size() && line[stop] == ' ') return behind_mark(line, stop + 1, "#$%");
    return 0;
  }
  return behind_mark(line, at, "#$%>");
}

// "[user@host place]# "
std::size_t bracket_prompt(std::string_view line) {
  const auto close = line.find(']');
  if (line.empty() || line.front() != '[' || close == std::string_view::npos) return 0;
  const std::string_view inside = line.substr(1, close - 1);
  if (inside.find('@') == std::string_view::npos ||
      inside.find_first_of("\n;&|()<>'\"`$") != std::string_view::npos) {
    return 0;
  }
  return behind_mark(line, close + 1, "#$%");
}

// "bash-5.2$ ", "sh-3.2# ", "-bash-4.2$ ", "Router# ", "switch(config-if)# "
std::size_t named_prompt(std::string_view line) {
  const std::size_t begin = !line.empty() && line.front() == '-' ? 1 : 0;
  if (begin >= line.size() || !is_letter(line[begin])) return 0;
  std::size_t at = skip(line, begin, is_host);
  const std::string_view name = line.substr(begin, at - begin);
  if (name.starts_with("bash-") || name.starts_with("sh-")) return behind_mark(line, at, "#$");
  if (at < line.size() && line[at] == '(') {
    at = skip(line, at + 1, is_host);
    if (at >= line.size() || line[at] != ')') return 0;
    ++at;
  }
  if (at + 1 >= line.size()) return 0;  // a word like any other
  return behind_mark(line, at, "#");
}

// "$ ", "/ # ", "~ $ "
std::size_t bare_prompt(std::string_view line) {
  if (line.starts_with("$")) return behind_mark(line, 0, "$");
  if (line.starts_with("/ ") || line.starts_with("~ ")) return behind_mark(line, 2, "#$");
  return 0;
}

}  // namespace

std::size_t name_length(std::string_view text) {
  if (text.empty() || !is_name_start(text.front())) return 0;
  std::size_t length = 1;
  while (length < text.size() && is_name(text[length])) ++length;
  return length;
}

LookAlike look_alike(std::string_view text) {
  const unsigned first = byte_at(text, 0);
  const unsigned second = byte_at(text, 1);
  const unsigned third = byte_at(text, 2);
  if (first == 0xC2) {
    if (second == 0xA0 || second == 0x85) return {2, ' '};
    if (second == 0xAD) return {2, 0};
    return {};
  }
  if (third < 0x80 || third > 0xBF || second < 0x80 || second > 0xBF) return {};
  const unsigned code = ((first & 0x0F) << 12) | ((second & 0x3F) << 6) | (third & 0x3F);
  if (first == 0xE2) {
    if (code >= 0x2000 && code <= 0x206F) return general_punctuation(code);
    return code == 0x2212 ? LookAlike{3, '-'} : LookAlike{};
  }
  if (first == 0xE3) return code == 0x3000 ? LookAlike{3, ' '} : LookAlike{};
  if (first != 0xEF) return {};
  if (code == 0xFEFF) return {3, 0};
  if (code >= 0xFF01 && code <= 0xFF5E) return {3, static_cast<char>(code - 0xFF00 + 0x20)};
  return {};
}

std::size_t control_sequence_length(std::string_view text) {
  if (text.size() < 2 || text[0] != '\x1b') return 0;
  if (text[1] == 'O') return std::min<std::size_t>(text.size(), 3);
  if (text[1] != '[') return 1;
  std::size_t at = 2;
  while (at < text.size() && byte_at(text, at) >= 0x20 && byte_at(text, at) <= 0x3F) ++at;
  const bool ends = at < text.size() && byte_at(text, at) >= 0x40 && byte_at(text, at) <= 0x7E;
  return ends ? at + 1 : at;
}

std::size_t prompt_length(std::string_view line) {
  line = line.substr(0, std::min(line.find('\n'), kMaxPromptBytes));
  for (const auto prompt : {bare_prompt, account_prompt, bracket_prompt, named_prompt}) {
    if (const std::size_t length = prompt(line); length != 0) return length;
  }
  return 0;
}

}  // namespace decnet::shell
