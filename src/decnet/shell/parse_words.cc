// Words: runs of ordinary characters, quotes, escapes, and the blanks between words.
#include <algorithm>
#include <array>

#include "decnet/shell/characters.h"
#include "decnet/shell/escapes.h"
#include "decnet/shell/parsing.h"

namespace decnet::shell::syntax {
namespace {

// What an unquoted byte does in a word.
enum class Role : std::uint8_t { kOrdinary, kEnds, kSpecial, kActive };

constexpr std::array<Role, 256> kRoles = [] {
  std::array<Role, 256> roles{};
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (i < 0x20 || i >= 0x7F) roles[i] = Role::kSpecial;
  }
  for (const char c : std::string_view(" \t\n;&|()<>"))
    roles[static_cast<unsigned char>(c)] = Role::kEnds;
  for (const char c : std::string_view("\\'\"$`"))
    roles[static_cast<unsigned char>(c)] = Role::kSpecial;
  for (const char c : std::string_view("~*?[{"))
    roles[static_cast<unsigned char>(c)] = Role::kActive;
  return roles;
}();

constexpr std::string_view kAscii =
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz"
    "{|}~";

std::string_view ascii(char c) { return kAscii.substr(static_cast<std::size_t>(c - ' '), 1); }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

bool Parsing::carriage_return_ends_line() const {
  // Before a line end or a separator it is what Windows left; alone it is somebody's Enter key.
  const char next = peek(1);
  return source_.pos + 1 < source_.end &&
         std::string_view(" \t\n\r;&|)<>").find(next) == std::string_view::npos;
}

// The bytes here that separate words, or that are left out between them; 0: a word begins.
std::size_t Parsing::blank_length() const {
  const char c = peek();
  if (is_blank(c)) return 1;
  if (c == '\\') {
    if (peek(1) == '\n') return 2;
    return peek(1) == '\r' && peek(2) == '\n' ? 3 : 0;
  }
  if (c == '\r') return carriage_return_ends_line() ? 0 : 1;
  if (c == '\x1b') return std::max<std::size_t>(control_sequence_length(rest()), 1);
  if (is_control(c)) return 1;
  if (static_cast<unsigned char>(c) < 0x80) return 0;
  const LookAlike found = look_alike(rest());
  return found.length != 0 && (found.ascii == ' ' || found.ascii == 0) ? found.length : 0;
}

void Parsing::skip_blanks() {
  while (!at_end()) {
    const std::size_t length = blank_length();
    if (length == 0) return;
    if (is_control(peek()) && peek() != '\r') flaw(Flaw::kJunkBytes);
    source_.pos = std::min(source_.pos + length, source_.end);
  }
}

bool Parsing::skip_newline() {
  if (at_end() || (peek() != '\n' && peek() != '\r')) return false;
  ++source_.pos;
  line_start_ = true;
  if (!waiting_documents_.empty()) read_documents();
  return true;
}

void Parsing::skip_comment() {
  source_.pos = std::min(source_.text.find('\n', source_.pos), source_.end);
}

void Parsing::text_part(std::size_t begin, std::size_t end, bool quoted) {
  if (begin != end) text_part(slice(begin, end), span_of(begin, end), quoted);
}

void Parsing::text_part(std::string_view text, Span span, bool quoted, bool escaped) {
  Part& part = parts_.emplace_back();
  part.text = text;
  part.quoted = quoted;
  part.escaped = escaped;
  part.span = span;
}

void Parsing::finish_word(Word& word, std::size_t first_part, std::size_t begin) {
  word.parts.begin = static_cast<std::uint32_t>(script_.parts.size());
  for (std::size_t i = first_part; i < parts_.size(); ++i) {
    word.quoted = word.quoted || parts_[i].quoted;
    script_.parts.push_back(parts_[i]);
  }
  parts_.resize(first_part);
  word.parts.end = static_cast<std::uint32_t>(script_.parts.size());
  word.span = span_from(begin);
}

Word Parsing::word(WordMode mode) {
  Word word;
  const std::size_t begin = source_.pos;
  const std::size_t first_part = parts_.size();
  word_parts(mode, word, first_part);
  finish_word(word, first_part, begin);
  return word;
}

void Parsing::one_word(Reading reading) {
  Word word;
  const std::size_t begin = source_.pos;
  const std::size_t first_part = parts_.size();
  if (reading == Reading::kArgument) {
    word_parts(WordMode::kArgument, word, first_part);
  } else {
    for (quoted_text(reading); !at_end(); quoted_text(reading)) ++source_.pos;
    word.quoted = true;
  }
  finish_word(word, first_part, begin);
  script_.words.push_back(word);
}

// Whether the character here, one of those that end words, ends this one.
bool Parsing::word_ends(WordMode mode, int& parentheses) {
  const char c = peek();
  if (mode == WordMode::kArgument) return false;
  if (mode != WordMode::kTestPattern) return true;
  // (a|b) belongs to the pattern of [[ x =~ (a|b) ]], blanks inside the parentheses too.
  if (c == '\n') return true;
  if (c == '(') ++parentheses;
  if (c == ')' && --parentheses < 0) return true;
  if (c == '|' && parentheses == 0) return peek(1) == '|';
  return parentheses == 0 && c != ')' && c != '|';
}

void Parsing::word_parts(WordMode mode, Word& word, std::size_t first_part) {
  int parentheses = 0;
  std::size_t run = source_.pos;
  const auto flush = [&] { text_part(run, source_.pos, false); };
  while (!at_end()) {
    const char c = source_.text[source_.pos];
    switch (kRoles[static_cast<unsigned char>(c)]) {
      case Role::kOrdinary:
        ++source_.pos;
        continue;
      case Role::kActive:
        word.active = true;
        ++source_.pos;
        continue;
      case Role::kEnds:
        if ((c == '<' || c == '>') && peek(1) == '(' && mode != WordMode::kTestPattern) {
          flush();
          substitution(PartKind::kProcess, false);
          run = source_.pos;
          continue;
        }
        if (word_ends(mode, parentheses)) {
          flush();
          return;
        }
        ++source_.pos;
        continue;
      case Role::kSpecial:
        break;
    }
    if (static_cast<unsigned char>(c) >= 0x80 && look_alike(rest()).length == 0) {
      ++source_.pos;
      continue;
    }
    flush();
    if (!special(mode, word, first_part)) return;
    run = source_.pos;
  }
  flush();
}

// Reads what begins here; false when the word ends.
bool Parsing::special(WordMode mode, Word& word, std::size_t first_part) {
  const char c = peek();
  switch (c) {
    case '\\':
      escape();
      return true;
    case '\'':
      single_quotes(word);
      return true;
    case '"':
      double_quotes(word);
      return true;
    case '`':
      backticks(false);
      return true;
    case '\r':
      if (mode == WordMode::kArgument) {
        text_part(source_.pos, source_.pos + 1, false);
        ++source_.pos;
        return true;
      }
      return false;
    case '$':
      if (peek(1) == '\'') {
        ansi_quotes(word);
      } else if (peek(1) == '"') {
        ++source_.pos;  // $"…" is translated text: quotes all the same
      } else if (!dollar(false)) {
        text_part(source_.pos, source_.pos + 1, false);
        ++source_.pos;
      }
      return true;
    case '\b':
    case '\x7F':
      ++source_.pos;
      rub_out(first_part);
      return true;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) >= 0x80) return look_alike_part(mode);
  flaw(Flaw::kJunkBytes);
  source_.pos += std::max<std::size_t>(control_sequence_length(rest()), 1);
  source_.pos = std::min(source_.pos, source_.end);
  return true;
}

bool Parsing::look_alike_part(WordMode mode) {
  const LookAlike found = look_alike(rest());
  if (found.ascii == ' ' && mode != WordMode::kArgument) return false;
  const std::size_t begin = source_.pos;
  source_.pos = std::min(source_.pos + found.length, source_.end);
  if (found.ascii != 0) text_part(ascii(found.ascii), span_from(begin), false);
  return true;
}

// The Backspace key, as some logs have it.
void Parsing::rub_out(std::size_t first_part) {
  flaw(Flaw::kJunkBytes);
  if (parts_.size() == first_part || parts_.back().kind != PartKind::kText) return;
  std::string_view& text = parts_.back().text;
  while (!text.empty() && is_continuation(text.back())) text.remove_suffix(1);
  if (!text.empty()) text.remove_suffix(1);
  if (text.empty()) parts_.pop_back();
}

void Parsing::escape() {
  const std::size_t begin = source_.pos;
  if (begin + 1 == source_.end) {
    ++source_.pos;
    text_part(begin, source_.pos, true);
    return;
  }
  if (const std::size_t continued = blank_length(); continued != 0) {
    source_.pos += continued;
    return;
  }
  if (peek(1) == 'x' && hex_value(peek(2)) >= 0 && hex_value(peek(3)) >= 0) {
    source_.pos += 4;
    text_part(begin, source_.pos, true);
    parts_.back().logged = true;
    return;
  }
  source_.pos += 2;
  text_part(slice(begin + 1, source_.pos), span_from(begin), true, true);
}

void Parsing::single_quotes(Word& word) {
  const std::size_t begin = source_.pos;
  const std::size_t close = std::min(source_.text.find('\'', begin + 1), source_.end);
  if (close == source_.end) {
    flaw(Flaw::kOpenQuote);
    ++source_.pos;
    if (begin > 0 && is_letter(source_.text[begin - 1]) && is_letter(peek())) {
      text_part(begin, source_.pos, true);  // it's an apostrophe
      return;
    }
    if (!source_.place) script_.open_quotes.push_back({begin, source_.end});
  }
  word.quoted = true;
  text_part(begin + 1, close, true);
  source_.pos = std::min(close + 1, source_.end);
}

void Parsing::double_quotes(Word& word) {
  const std::size_t begin = source_.pos;
  ++source_.pos;
  word.quoted = true;
  quoted_text(Reading::kQuotedArgument);
  if (peek() == '"' && !at_end()) {
    ++source_.pos;
    return;
  }
  flaw(Flaw::kOpenQuote);
  if (!source_.place) script_.open_quotes.push_back({begin, source_.end});
}

// Text in which only $, ` and \ mean something, up to a closing quote (which is none in a
// here-document) or the end.
void Parsing::quoted_text(Reading reading) {
  std::size_t run = source_.pos;
  while (!at_end()) {
    const char c = source_.text[source_.pos];
    if (c != '\\' && c != '$' && c != '`' && (c != '"' || reading == Reading::kDocument)) {
      ++source_.pos;
      continue;
    }
    text_part(run, source_.pos, true);
    if (c == '"') return;
    if (c == '\\') {
      quoted_escape(reading);
    } else if (c == '`') {
      backticks(true);
    } else if (!dollar(true)) {
      text_part(source_.pos, source_.pos + 1, true);
      ++source_.pos;
    }
    run = source_.pos;
  }
  text_part(run, source_.pos, true);
}

void Parsing::quoted_escape(Reading reading) {
  const std::size_t begin = source_.pos;
  const char next = peek(1);
  const bool escapes =
      next == '$' || next == '`' || next == '\\' || (next == '"' && reading != Reading::kDocument);
  if (next == '\n') {
    source_.pos += 2;
  } else if (escapes && begin + 1 < source_.end) {
    source_.pos += 2;
    text_part(slice(begin + 1, begin + 2), span_from(begin), true);
  } else {
    ++source_.pos;
    text_part(begin, source_.pos, true);
  }
}

void Parsing::ansi_quotes(Word& word) {
  const std::size_t begin = source_.pos;
  std::size_t close = begin + 2;
  while (close < source_.end && source_.text[close] != '\'') {
    close += source_.text[close] == '\\' ? 2U : 1U;
  }
  close = std::min(close, source_.end);
  word.quoted = true;
  Unescaped body = unescape(slice(begin + 2, close), EscapeStyle::kAnsiQuotes);
  source_.pos = std::min(close + 1, source_.end);
  if (close == source_.end) {
    flaw(Flaw::kOpenQuote);
    if (!source_.place) script_.open_quotes.push_back({begin + 1, source_.end});
  }
  text_part(keep(std::move(body.text)), span_from(begin), true, body.coded);
}

void parse(std::string_view text, Script& script) {
  script.root = kNoNode;
  script.flaws = {};
  script.nodes.clear();
  script.words.clear();
  script.parts.clear();
  script.assignments.clear();
  script.redirects.clear();
  script.documents.clear();
  script.open_quotes.clear();
  script.storage.clear();
  Parsing(text, 0, script).whole_text();
}

void parse_word(std::string_view text, Reading reading, int nesting, Script& script) {
  script = Script();
  Parsing(text, nesting, script).one_word(reading);
}

}  // namespace decnet::shell::syntax
