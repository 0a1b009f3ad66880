// Simple commands: words, assignments, redirections, here-documents; and [[ … ]], which is read the
// same way.
#include <algorithm>

#include "decnet/shell/characters.h"
#include "decnet/shell/parsing.h"

namespace decnet::shell::syntax {
namespace {

// NAME=, NAME+= or NAME[subscript]= at the beginning of a text.
struct AssignmentHead {
  std::string_view name;
  std::string_view subscript;
  bool append = false;
  std::size_t length = 0;  // 0: there is none
};

AssignmentHead assignment_head(std::string_view text) {
  AssignmentHead head;
  std::size_t at = name_length(text);
  if (at == 0) return head;
  head.name = text.substr(0, at);
  if (at < text.size() && text[at] == '[') {
    const std::size_t close = text.find(']', at);
    if (close == std::string_view::npos) return head;
    head.subscript = text.substr(at + 1, close - at - 1);
    at = close + 1;
  }
  if (at < text.size() && text[at] == '+') {
    head.append = true;
    ++at;
  }
  if (at < text.size() && text[at] == '=') head.length = at + 1;
  return head;
}

bool declares(std::string_view command) {
  static constexpr std::string_view kCommands[] = {"declare", "typeset", "local", "export",
                                                   "readonly"};
  return std::find(std::begin(kCommands), std::end(kCommands), command) != std::end(kCommands);
}

}  // namespace

Parsing::Bases Parsing::bases() const {
  return {words_.size(), assignments_.size(), redirects_.size(), source_.pos};
}

Range Parsing::take_words(std::size_t base) {
  Range range;
  range.begin = static_cast<std::uint32_t>(script_.words.size());
  script_.words.insert(script_.words.end(), words_.begin() + static_cast<std::ptrdiff_t>(base),
                       words_.end());
  words_.resize(base);
  range.end = static_cast<std::uint32_t>(script_.words.size());
  return range;
}

std::uint32_t Parsing::finish(NodeKind kind, const Bases& bases) {
  const std::uint32_t index = new_node(kind);
  Node& node = script_.nodes[index];
  node.words = take_words(bases.words);
  const auto take = [](auto& stack, std::size_t base, auto& all) {
    Range range;
    range.begin = static_cast<std::uint32_t>(all.size());
    all.insert(all.end(), stack.begin() + static_cast<std::ptrdiff_t>(base), stack.end());
    stack.resize(base);
    range.end = static_cast<std::uint32_t>(all.size());
    return range;
  };
  node.assignments = take(assignments_, bases.assignments, script_.assignments);
  node.redirects = take(redirects_, bases.redirects, script_.redirects);
  node.span = span_from(bases.begin);
  return index;
}

bool Parsing::ends_command() const {
  if (at_end()) return true;
  const char c = peek();
  return c == '\n' || c == '\r' || c == ';' || c == '|' || c == ')' ||
         (c == '&' && peek(1) != '>') || c == '#';
}

std::uint32_t Parsing::simple() {
  const Bases at = bases();
  const Flaws outer = flaws_;
  flaws_ = {};
  std::size_t end = source_.pos;
  for (skip_blanks(); !ends_command(); skip_blanks()) {
    if (peek() == '(') {
      if (!names_function(at)) break;
      const std::uint32_t name = finish(NodeKind::kFunction, at);
      source_.pos = source_.text.find(')', source_.pos) + 1;
      flaws_ |= outer;
      return function_clause(name, at.begin);
    }
    const std::size_t start = source_.pos;
    if (!redirect()) command_word(at);
    if (source_.pos == start) ++source_.pos;
    end = source_.pos;
  }
  const std::uint32_t node = finish(NodeKind::kSimple, at);
  script_.nodes[node].flaws = flaws_;
  script_.nodes[node].span = span_of(at.begin, end);
  flaws_ |= outer;
  return node;
}

void Parsing::command_word(const Bases& at) {
  const Word next = word();
  if (next.parts.empty() && !next.quoted) return;
  if (array_follows(next, at)) {
    take_array(next);
  } else if (words_.size() != at.words || !take_assignment(next)) {
    words_.push_back(next);
  }
}

// One unquoted word, and "()" behind it.
bool Parsing::names_function(const Bases& at) const {
  if (words_.size() != at.words + 1 || redirects_.size() != at.redirects ||
      assignments_.size() != at.assignments) {
    return false;
  }
  const Word& name = words_.back();
  if (name.quoted || name.parts.size() != 1) return false;
  if (script_.parts[name.parts.begin].kind != PartKind::kText) return false;
  std::size_t behind = source_.pos + 1;
  while (behind < source_.end && is_blank(source_.text[behind])) ++behind;
  return behind < source_.end && source_.text[behind] == ')';
}

bool Parsing::take_assignment(const Word& word) {
  if (word.parts.empty()) return false;
  Part& first = script_.parts[word.parts.begin];
  if (first.kind != PartKind::kText || first.quoted) return false;
  const AssignmentHead head = assignment_head(first.text);
  if (head.length == 0) return false;
  Assignment& assignment = assignments_.emplace_back();
  assignment.name = head.name;
  assignment.subscript = head.subscript;
  assignment.append = head.append;
  assignment.span = word.span;
  Word value = word;
  first.text.remove_prefix(head.length);
  if (first.text.empty()) ++value.parts.begin;
  if (!source_.place) value.span.begin += head.length;
  assignment.words.begin = static_cast<std::uint32_t>(script_.words.size());
  script_.words.push_back(value);
  assignment.words.end = assignment.words.begin + 1;
  return true;
}

bool Parsing::array_follows(const Word& word, const Bases& at) const {
  if (peek() != '(' || at_end() || word.quoted || word.parts.size() != 1) return false;
  const Part& only = script_.parts[word.parts.begin];
  if (only.kind != PartKind::kText) return false;
  const AssignmentHead head = assignment_head(only.text);
  if (head.length == 0 || head.length != only.text.size() || !head.subscript.empty()) return false;
  if (words_.size() == at.words) return true;
  const Range command = words_[at.words].parts;
  return command.size() == 1 && declares(script_.parts[command.begin].text);
}

void Parsing::take_array(const Word& word) {
  const AssignmentHead head = assignment_head(script_.parts[word.parts.begin].text);
  const std::size_t begin = source_.pos;
  ++source_.pos;
  const std::size_t base = words_.size();
  for (;;) {
    skip_blanks();
    if (at_end()) {
      flaw(Flaw::kOpenCompound);
      break;
    }
    if (skip_newline()) continue;
    if (peek() == ')') {
      ++source_.pos;
      break;
    }
    if (peek() == '#') {
      skip_comment();
      continue;
    }
    const std::size_t start = source_.pos;
    const Word element = this->word();
    if (!element.parts.empty() || element.quoted) words_.push_back(element);
    if (source_.pos == start) {
      flaw(Flaw::kStrayOperator);
      ++source_.pos;
    }
  }
  Assignment& assignment = assignments_.emplace_back();
  assignment.name = head.name;
  assignment.append = head.append;
  assignment.array = true;
  assignment.words = take_words(base);
  assignment.span = span_from(begin);
  assignment.span.begin = word.span.begin;
}

// The operators inside [[ … ]], which are words of the command here.
bool Parsing::test_operator() {
  static constexpr std::string_view kOperators[] = {"&&", "||", "(", ")", "<", ">"};
  for (const std::string_view text : kOperators) {
    if (!follows(text)) continue;
    const std::size_t begin = source_.pos;
    const std::size_t first_part = parts_.size();
    source_.pos += text.size();
    text_part(begin, source_.pos, false);
    Word word;
    finish_word(word, first_part, begin);
    word.bare = true;
    words_.push_back(word);
    return true;
  }
  return false;
}

std::uint32_t Parsing::test_command() {
  const Bases at = bases();
  const Flaws outer = flaws_;
  flaws_ = {};
  WordMode mode = WordMode::kCommand;
  for (;;) {
    skip_blanks();
    if (at_end()) {
      flaw(Flaw::kOpenCompound);
      break;
    }
    if (skip_newline()) continue;
    const bool closes = keyword() == "]]";
    const std::size_t start = source_.pos;
    if (mode != WordMode::kTestPattern && test_operator()) continue;
    words_.push_back(word(mode));
    if (closes) break;
    const Word& last = words_.back();
    mode = WordMode::kCommand;
    if (last.parts.size() == 1 && !last.quoted) {
      const std::string_view text = script_.parts[last.parts.begin].text;
      if (text == "=~" || text == "==" || text == "!=" || text == "=") {
        mode = WordMode::kTestPattern;
      }
    }
    if (source_.pos == start) {
      words_.pop_back();
      if (ends_command() && peek() != '#') {
        flaw(Flaw::kOpenCompound);  // `[[ a ; b`: the command ends here
        break;
      }
      ++source_.pos;
    }
  }
  const std::uint32_t node = finish(NodeKind::kTest, at);
  script_.nodes[node].flaws = flaws_;
  flaws_ |= outer;
  return node;
}

// The length of the descriptor in front of an operator, 2 of 2>; nothing when no operator follows.
std::size_t Parsing::redirect_prefix() const {
  std::size_t at = 0;
  if (peek() == '{') {
    const std::size_t name = name_length(rest().substr(1));
    if (name == 0 || peek(name + 1) != '}') return 0;
    at = name + 2;
  } else {
    while (is_digit(peek(at)) && at < 10) ++at;
  }
  const char c = peek(at);
  return c == '<' || c == '>' ? at : 0;
}

std::size_t Parsing::operator_length(Redirect& redirect) const {
  struct Row {
    std::string_view text;
    RedirectKind kind;
  };
  // Longer ones first.
  static constexpr Row kRows[] = {
      {"<<<", RedirectKind::kHereString}, {"<<-", RedirectKind::kDocument},
      {"<<", RedirectKind::kDocument},    {"<&", RedirectKind::kDuplicateIn},
      {"<>", RedirectKind::kBoth},        {"<", RedirectKind::kInput},
      {">>", RedirectKind::kAppend},      {">&", RedirectKind::kDuplicateOut},
      {">|", RedirectKind::kOutput},      {">", RedirectKind::kOutput},
      {"&>>", RedirectKind::kAppendAll},  {"&>", RedirectKind::kOutputAll},
  };
  for (const Row& row : kRows) {
    if (!follows(row.text)) continue;
    redirect.kind = row.kind;
    return row.text.size();
  }
  return 0;
}

bool Parsing::redirect() {
  const char c = peek();
  if (c != '<' && c != '>' && c != '&' && c != '{' && !is_digit(c)) return false;
  const std::size_t prefix = c == '{' || is_digit(c) ? redirect_prefix() : 0;
  if (prefix == 0 && c != '<' && c != '>' && !follows("&>")) return false;
  if (prefix == 0 && c != '&' && peek(1) == '(') return false;  // process substitution
  Redirect redirect;
  const std::size_t begin = source_.pos;
  if (c == '{') {
    redirect.fd_variable = slice(begin + 1, begin + prefix - 1);
  } else {
    for (std::size_t i = 0; i < prefix; ++i) {
      redirect.fd = std::min(redirect.fd, 99999999) * (redirect.fd < 0 ? 0 : 10) + (peek(i) - '0');
    }
  }
  source_.pos += prefix;
  source_.pos += operator_length(redirect);
  const bool strips = source_.text[source_.pos - 1] == '-';
  skip_blanks();
  if (redirect.kind == RedirectKind::kDocument) {
    document_mark(redirect);
    if (strips) script_.documents[redirect.document].strips = true;
  } else {
    const std::size_t start = source_.pos;
    if (!ends_command() || peek() == '#') redirect.target = word();
    if (source_.pos == start) flaw(Flaw::kBadRedirect);
    if (redirect.kind == RedirectKind::kDuplicateOut) {
      // >&2 and >&- act on descriptors, >&file is bash's &>file.
      const std::string_view target = slice(start, source_.pos);
      const bool descriptor =
          !target.empty() && target.find_first_not_of("0123456789-") == std::string_view::npos;
      if (!descriptor && !target.starts_with('$')) redirect.kind = RedirectKind::kOutputAll;
    }
  }
  redirect.span = span_from(begin);
  redirects_.push_back(redirect);
  return true;
}

// The end mark of a here-document: a word of which only the quotes are removed.
void Parsing::document_mark(Redirect& redirect) {
  const std::size_t begin = source_.pos;
  std::string mark;
  bool quoted = false;
  while (!at_end()) {
    const char c = peek();
    if (std::string_view(" \t\n\r;&|()<>").find(c) != std::string_view::npos) break;
    ++source_.pos;
    if (c == '\\') {
      quoted = true;
      if (!at_end()) mark += source_.text[source_.pos++];
    } else if (c == '\'' || c == '"') {
      quoted = true;
      while (!at_end() && peek() != c) {
        if (c == '"' && peek() == '\\' && (peek(1) == '"' || peek(1) == '\\')) ++source_.pos;
        mark += source_.text[source_.pos++];
      }
      if (at_end()) flaw(Flaw::kOpenQuote);
      source_.pos = std::min(source_.pos + 1, source_.end);
    } else {
      mark += c;
    }
  }
  if (source_.pos == begin) flaw(Flaw::kBadRedirect);
  const std::size_t first_part = parts_.size();
  Document& document = script_.documents.emplace_back();
  document.mark = keep(std::move(mark));
  document.expands = !quoted;
  text_part(document.mark, span_from(begin), true);
  finish_word(redirect.target, first_part, begin);
  redirect.document = static_cast<std::uint32_t>(script_.documents.size() - 1);
  waiting_documents_.push_back(redirect.document);
}

// The here-documents whose operators stood on the line that has just ended.
void Parsing::read_documents() {
  for (const std::uint32_t waiting : waiting_documents_) {
    Document& document = script_.documents[waiting];
    const std::size_t begin = source_.pos;
    std::size_t body_end = source_.end;
    std::string stripped;
    bool found = false;
    while (!at_end() && !found) {
      const std::size_t line = source_.pos;
      const std::size_t line_end = std::min(source_.text.find('\n', line), source_.end);
      source_.pos = std::min(line_end + 1, source_.end);
      std::string_view text = slice(line, line_end);
      if (document.strips) {
        text.remove_prefix(std::min(text.find_first_not_of('\t'), text.size()));
      }
      const std::string_view bare = text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
      found = bare == document.mark;
      if (found) {
        body_end = line;
      } else if (document.strips) {
        stripped.append(text).append(line_end < source_.end ? "\n" : "");
      }
    }
    if (!found) flaw(Flaw::kOpenDocument);
    document.body = document.strips ? keep(std::move(stripped)) : slice(begin, body_end);
    document.span = span_of(begin, body_end);
  }
  waiting_documents_.clear();
}

}  // namespace decnet::shell::syntax
