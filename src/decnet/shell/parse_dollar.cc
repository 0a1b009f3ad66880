// What begins with $ or a backtick: parameters, substitutions, arithmetic.
#include <algorithm>
#include <utility>

#include "decnet/shell/characters.h"
#include "decnet/shell/parsing.h"

namespace decnet::shell::syntax {
namespace {

// A search for a closing brace or parenthesis runs to the end of the text when there is none; after
// so many that failed, none is begun any more.
constexpr int kMaxFailedScans = 4;

constexpr std::size_t kNone = std::string_view::npos;

// Skips a quoted string or escape at `at`, for the searches below; `at` when there is none.
std::size_t behind_quotes(std::string_view text, std::size_t at, std::size_t end) {
  const char c = text[at];
  if (c == '\\') return std::min(at + 2, end);
  if (c != '\'') return at;
  const std::size_t close = text.find('\'', at + 1);
  return close >= end ? at + 1 : close + 1;
}

std::string unescape_backticks(std::string_view body, bool quoted) {
  std::string text;
  text.reserve(body.size());
  for (std::size_t i = 0; i < body.size(); ++i) {
    const bool escapes = body[i] == '\\' && i + 1 < body.size() &&
                         (body[i + 1] == '`' || body[i + 1] == '\\' || body[i + 1] == '$' ||
                          (quoted && body[i + 1] == '"'));
    if (escapes) ++i;
    text += body[i];
  }
  return text;
}

}  // namespace

Part& Parsing::add_part(PartKind kind, bool quoted, std::string_view text, std::size_t begin) {
  Part& part = parts_.emplace_back();
  part.kind = kind;
  part.quoted = quoted;
  part.text = text;
  part.span = span_from(begin);
  return part;
}

// Reads the expansion that begins here; false when the $ stands for itself.
bool Parsing::dollar(bool quoted) {
  const char next = source_.pos + 1 < source_.end ? peek(1) : '\0';
  if (next == '(') {
    if (peek(2) == '(' && arithmetic(quoted)) return true;
    return substitution(PartKind::kCommand, quoted);
  }
  if (next == '{') return parameter_in_braces(quoted);
  if (next == '[') return old_arithmetic(quoted);
  const std::size_t begin = source_.pos;
  std::size_t length = name_length(rest().substr(1));
  if (length == 0 && (is_digit(next) || is_special_parameter(next))) length = 1;
  if (length == 0) return false;
  source_.pos += 1 + length;
  add_part(PartKind::kParameter, quoted, slice(begin + 1, source_.pos), begin);
  return true;
}

// The place of the } that closes what was opened before `from`.
std::size_t Parsing::find_close_brace(std::size_t from) {
  if (failed_scans_ >= kMaxFailedScans) return kNone;
  std::string open;                                             // what closes, innermost last
  if (from < source_.end && source_.text[from] == '$') ++from;  // ${$} and its like
  for (std::size_t at = from; at < source_.end;) {
    const char c = source_.text[at];
    if (open.empty() && c == '}') return at;
    if (!open.empty() && c == open.back()) {
      open.pop_back();
      ++at;
      continue;
    }
    const bool in_quotes = !open.empty() && (open.back() == '"' || open.back() == '`');
    if (c == '\\' || (c == '\'' && !in_quotes)) {
      at = behind_quotes(source_.text, at, source_.end);
      continue;
    }
    if (c == '$' && at + 1 < source_.end &&
        (source_.text[at + 1] == '{' || source_.text[at + 1] == '(')) {
      open += source_.text[at + 1] == '{' ? '}' : ')';
      at += 2;
      continue;
    }
    if (c == '"' || c == '`') {
      open += c;
    } else if (c == '(' && !open.empty() && open.back() == ')') {
      open += ')';
    }
    ++at;
  }
  ++failed_scans_;
  return kNone;
}

// The place of the )) that closes what was opened before `from`; none when the parentheses close
// one by one, as those of nested subshells do.
std::size_t Parsing::find_close_parentheses(std::size_t from) {
  if (failed_scans_ >= kMaxFailedScans) return kNone;
  std::size_t depth = 0;
  for (std::size_t at = from; at < source_.end;) {
    const char c = source_.text[at];
    if (c == '\\') {
      at += 2;
      continue;
    }
    if (c == '(') ++depth;
    if (c == ')') {
      if (depth == 0) return at + 1 < source_.end && source_.text[at + 1] == ')' ? at : kNone;
      --depth;
    }
    ++at;
  }
  ++failed_scans_;
  return kNone;
}

bool Parsing::parameter_in_braces(bool quoted) {
  const std::size_t begin = source_.pos;
  // The usual ${name} without a search.
  const std::size_t simple = begin + 2 + name_length(rest().substr(2));
  std::size_t close = kNone;
  if (simple < source_.end && simple > begin + 2 && source_.text[simple] == '}') {
    close = simple;
  } else {
    close = find_close_brace(begin + 2);
  }
  if (close == kNone) {
    flaw(Flaw::kOpenQuote);
    source_.pos += 2;
    text_part(begin, source_.pos, true);
    return true;
  }
  source_.pos = close + 1;
  add_part(PartKind::kParameter, quoted, slice(begin + 2, close), begin);
  return true;
}

bool Parsing::arithmetic(bool quoted) {
  const std::size_t begin = source_.pos;
  const std::size_t close = find_close_parentheses(begin + 3);
  if (close == kNone) return false;
  source_.pos = close + 2;
  add_part(PartKind::kArithmetic, quoted, slice(begin + 3, close), begin);
  return true;
}

// $[1+1], which is bash's alone: what could not be an expression is left as it is.
bool Parsing::old_arithmetic(bool quoted) {
  const std::size_t begin = source_.pos;
  std::size_t at = begin + 2;
  while (at < source_.end && (is_name(source_.text[at]) ||
                              std::string_view("+-*/%()$ <>&|^~!?:=,").find(source_.text[at]) !=
                                  std::string_view::npos)) {
    ++at;
  }
  if (at >= source_.end || source_.text[at] != ']' || at == begin + 2) {
    return false;
  }
  source_.pos = at + 1;
  add_part(PartKind::kArithmetic, quoted, slice(begin + 2, at), begin);
  return true;
}

// $(…), <(…) and >(…), at their first character.
bool Parsing::substitution(PartKind kind, bool quoted) {
  const std::size_t begin = source_.pos;
  source_.pos += 2;
  if (depth_ >= kMaxNesting) {
    flaw(Flaw::kTooDeep);
    text_part(begin, source_.pos, true);
    return true;
  }
  const Level level(depth_);
  const Closers outer = std::exchange(awaited_, {});
  auto waiting = std::exchange(waiting_documents_, {});
  const std::uint32_t node = list(Closer::kParenthesis);
  awaited_ = outer;
  waiting.insert(waiting.end(), waiting_documents_.begin(), waiting_documents_.end());
  waiting_documents_ = std::move(waiting);
  const std::size_t end = source_.pos;
  if (peek() == ')' && !at_end()) {
    ++source_.pos;
  } else {
    flaw(Flaw::kOpenSubstitution);
  }
  Part& part = add_part(kind, quoted, slice(begin + 2, end), begin);
  part.node = node;
  part.output = source_.text[begin] == '>';
  return true;
}

void Parsing::backticks(bool quoted) {
  const std::size_t begin = source_.pos;
  std::size_t close = begin + 1;
  bool escapes = false;
  while (close < source_.end && source_.text[close] != '`') {
    escapes = escapes || source_.text[close] == '\\';
    close += source_.text[close] == '\\' ? 2U : 1U;
  }
  close = std::min(close, source_.end);
  if (close == source_.end) flaw(Flaw::kOpenQuote);
  const std::size_t behind = std::min(close + 1, source_.end);
  if (depth_ >= kMaxNesting) {
    flaw(Flaw::kTooDeep);
    source_.pos = behind;
    text_part(begin, behind, true);
    return;
  }
  const Level level(depth_);
  const Closers outer = std::exchange(awaited_, {});
  const auto waiting = std::exchange(waiting_documents_, {});
  const std::size_t outer_end = source_.end;
  std::string_view body = slice(begin + 1, close);
  std::uint32_t node = kNoNode;
  if (escapes) {
    body = keep(unescape_backticks(body, quoted));
    const Span place = span_of(begin, behind);
    const Source here = std::exchange(source_, Source{body, 0, body.size(), place});
    node = list({});
    source_ = here;
  } else {
    source_.pos = begin + 1;
    source_.end = close;
    node = list({});
    source_.end = outer_end;
  }
  source_.pos = behind;
  awaited_ = outer;
  waiting_documents_ = waiting;
  add_part(PartKind::kCommand, quoted, body, begin).node = node;
}

}  // namespace decnet::shell::syntax
