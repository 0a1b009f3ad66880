// What holds commands together: lists, pipelines, compound commands.
#include <algorithm>
#include <array>

#include "decnet/shell/characters.h"
#include "decnet/shell/parsing.h"

namespace decnet::shell::syntax {
namespace {

constexpr std::string_view kDelimiters = " \t\n\r;&|()<>";

struct ClosingWord {
  std::string_view word;
  Closer closer;
};
constexpr std::array<ClosingWord, 8> kClosingWords = {{{"}", Closer::kBrace},
                                                       {"then", Closer::kThen},
                                                       {"else", Closer::kElse},
                                                       {"elif", Closer::kElse},
                                                       {"fi", Closer::kFi},
                                                       {"do", Closer::kDo},
                                                       {"done", Closer::kDone},
                                                       {"esac", Closer::kEsac}}};

const ClosingWord* closing(std::string_view word) {
  const auto* found = std::find_if(kClosingWords.begin(), kClosingWords.end(),
                                   [&](const ClosingWord& entry) { return entry.word == word; });
  return found == kClosingWords.end() ? nullptr : found;
}

bool opens_compound(std::string_view word) {
  static constexpr std::string_view kWords[] = {"{",      "if",   "while",    "until", "for",
                                                "select", "case", "function", "[[",    "coproc"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

// ((echo a)) is two subshells to dash and an expression to bash; two names in a row are no
// expression to anybody.
bool looks_arithmetic(std::string_view text) {
  bool name_ended = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_name(text[i])) {
      if (name_ended) return false;
      while (i + 1 < text.size() && is_name(text[i + 1])) ++i;
      if (i + 1 < text.size() && is_blank(text[i + 1])) name_ended = true;
    } else if (text[i] == '/' || text[i] == ';' || text[i] == '\'') {
      if (text[i] != '/') return false;
      name_ended = false;
    } else if (!is_blank(text[i])) {
      name_ended = false;
    }
  }
  return true;
}

}  // namespace

Parsing::Parsing(std::string_view text, int nesting, Script& script)
    : script_(script), source_{text, 0, text.size(), std::nullopt}, depth_(nesting) {}

void Parsing::whole_text() { script_.root = list({}); }

void Parsing::flaw(Flaw flaw) {
  script_.flaws |= flaw;
  flaws_ |= flaw;
}

std::string_view Parsing::keep(std::string text) {
  return script_.storage.emplace_back(std::move(text));
}

std::uint32_t Parsing::new_node(NodeKind kind) {
  script_.nodes.emplace_back().kind = kind;
  return static_cast<std::uint32_t>(script_.nodes.size() - 1);
}

void Parsing::append_child(std::uint32_t parent, std::uint32_t& last, std::uint32_t child) {
  if (last == kNoNode) {
    script_.nodes[parent].first_child = child;
  } else {
    script_.nodes[last].next = child;
  }
  last = child;
}

// The reserved word that stands here, or whatever else does, up to a delimiter.
std::string_view Parsing::keyword() const {
  const std::string_view here = rest().substr(0, 9);  // longer than every reserved word
  const std::size_t length = here.find_first_of(kDelimiters);
  if (length != std::string_view::npos) return here.substr(0, length);
  return here.size() == source_.end - source_.pos ? here : std::string_view();
}

bool Parsing::at_closer(Closers stop, bool& stray) {
  stray = false;
  const char c = peek();
  if (c == ')') {
    stray = !stop.has(Closer::kParenthesis);
    return true;
  }
  if (c == ';') {
    if (peek(1) != ';' && peek(1) != '&') return false;
    if (!stop.has(Closer::kCaseBreak)) return false;
    return true;
  }
  if (c != '}' && (c < 'd' || c > 't')) return false;
  const ClosingWord* word = closing(keyword());
  if (word == nullptr) return false;
  stray = !stop.has(word->closer);
  return true;
}

bool Parsing::take_closer(Closers closers) {
  if (at_end()) return false;
  bool stray = false;
  if (!at_closer(closers, stray) || stray) return false;
  if (peek() == ')') {
    ++source_.pos;
  } else if (peek() == ';') {
    source_.pos += peek(1) == ';' && peek(2) == '&' ? 3U : 2U;
  } else {
    source_.pos += keyword().size();
  }
  return true;
}

// Skips what stands between commands. False when the list ends here.
bool Parsing::skip_to_command(Closers stop) {
  for (;;) {
    skip_blanks();
    if (at_end()) return false;
    if (skip_newline()) continue;
    if (line_start_) {
      line_start_ = false;
      if (const std::size_t length = source_.place ? 0 : prompt_length(rest()); length != 0) {
        source_.pos += length;
        line_start_ = true;  // prompts are pasted twice, too
        continue;
      }
    }
    const char c = peek();
    if (c == '#') {
      skip_comment();
      continue;
    }
    bool stray = false;
    if (at_closer(stop, stray)) {
      if (!stray) return false;
      flaw(c == ')' ? Flaw::kStrayOperator : Flaw::kStrayWord);
      source_.pos += c == ')' ? 1 : keyword().size();
      continue;
    }
    if (c == ';' || c == '|' || (c == '&' && peek(1) != '>')) {
      flaw(Flaw::kStrayOperator);
      ++source_.pos;
      continue;
    }
    return true;
  }
}

Joint Parsing::joint() {
  skip_blanks();
  if (at_end()) return Joint::kNone;
  if (peek() == '#') skip_comment();
  if (skip_newline()) return Joint::kThen;
  if (follows("&&") || follows("||")) {
    const Joint joint = peek() == '&' ? Joint::kAnd : Joint::kOr;
    source_.pos += 2;
    return joint;
  }
  if (peek() == '&' && peek(1) != '>') {
    ++source_.pos;
    return Joint::kBackground;
  }
  bool stray = false;
  if (peek() == ';' && !at_closer(awaited_, stray)) {
    ++source_.pos;
    return Joint::kThen;
  }
  return Joint::kNone;
}

std::uint32_t Parsing::list(Closers stop) {
  const Closers outer = awaited_;
  awaited_ |= stop;
  const std::uint32_t sequence = new_node(NodeKind::kSequence);
  std::uint32_t last = kNoNode;
  const std::size_t begin = source_.pos;
  Joint before = Joint::kThen;
  while (skip_to_command(awaited_)) {
    // Two commands in a row, as in `fi echo`.
    if (before == Joint::kNone) flaw(Flaw::kStrayOperator);
    const std::size_t start = source_.pos;
    const std::uint32_t node = pipeline();
    before = joint();
    script_.nodes[node].joint = before;
    append_child(sequence, last, node);
    if (source_.pos == start) {
      flaw(Flaw::kStrayOperator);
      ++source_.pos;
    }
  }
  if (before == Joint::kAnd || before == Joint::kOr) flaw(Flaw::kUnfinished);
  awaited_ = outer;
  script_.nodes[sequence].span = span_from(begin);
  return sequence;
}

std::uint32_t Parsing::pipeline() {
  const std::size_t begin = source_.pos;
  bool negated = false;
  for (;; skip_blanks()) {
    const std::string_view word = keyword();
    if (word == "!") {
      negated = !negated;
      ++source_.pos;
      continue;
    }
    if (word != "time") break;
    // As a prefix of a compound command it can only be dropped; before a simple one it is its name.
    const std::size_t here = source_.pos;
    source_.pos += word.size();
    skip_blanks();
    if (keyword() == "-p") {
      source_.pos += 2;
      skip_blanks();
    }
    if (at_end() || (peek() != '(' && peek() != '!' && !opens_compound(keyword()))) {
      source_.pos = here;
      break;
    }
  }
  std::uint32_t node = command();
  std::uint32_t last = kNoNode;
  std::uint32_t whole = kNoNode;
  for (;;) {
    skip_blanks();
    if (peek() != '|' || peek(1) == '|' || at_end()) break;
    const bool all = peek(1) == '&';
    source_.pos += all ? 2U : 1U;
    script_.nodes[node].joint = all ? Joint::kPipeAll : Joint::kPipe;
    if (whole == kNoNode) {
      whole = new_node(NodeKind::kPipeline);
      append_child(whole, last, node);
    }
    do skip_blanks();
    while (skip_newline());
    if (peek() == '#') {
      skip_comment();
      do skip_blanks();
      while (skip_newline());
    }
    bool stray = false;
    if (at_end() || at_closer(awaited_, stray) || peek() == ';' ||
        (peek() == '&' && peek(1) != '>')) {
      flaw(Flaw::kUnfinished);
      break;
    }
    if (peek() == '|') {
      flaw(Flaw::kStrayOperator);
      continue;
    }
    while (keyword() == "!") {
      ++source_.pos;
      skip_blanks();
    }
    node = command();
    append_child(whole, last, node);
  }
  if (whole == kNoNode) whole = node;
  Node& result = script_.nodes[whole];
  result.negated = negated;
  if (result.kind == NodeKind::kPipeline) result.span = span_from(begin);
  return whole;
}

std::uint32_t Parsing::command() {
  for (;;) {
    const bool parenthesis = peek() == '(' && !at_end();
    if (!parenthesis && !opens_compound(keyword())) return simple();
    if (depth_ < kMaxNesting) return compound();
    flaw(Flaw::kTooDeep);
    source_.pos += parenthesis ? 1 : keyword().size();
    skip_blanks();
  }
}

std::uint32_t Parsing::compound() {
  const Level level(depth_);
  const std::size_t begin = source_.pos;
  const std::string_view word = peek() == '(' ? std::string_view("(") : keyword();
  std::uint32_t node = kNoNode;
  if (word == "(") {
    const std::size_t close =
        peek(1) == '(' ? find_close_parentheses(begin + 2) : std::string_view::npos;
    if (close != std::string_view::npos && looks_arithmetic(slice(begin + 2, close))) {
      node = arithmetic_command(begin, close);
    } else {
      node = enclosed(NodeKind::kSubshell, 1, Closer::kParenthesis);
    }
  } else if (word == "{") {
    node = enclosed(NodeKind::kGroup, 1, Closer::kBrace);
  } else if (word == "if") {
    node = if_clause();
  } else if (word == "while" || word == "until") {
    node = loop_clause(word.size());
  } else if (word == "for" || word == "select") {
    node = for_clause(word.size());
  } else if (word == "case") {
    node = case_clause();
  } else if (word == "[[") {
    node = test_command();
  } else if (word == "coproc") {
    source_.pos += word.size();
    skip_blanks();
    if (const std::size_t name = name_length(rest()); name != 0) {
      const std::size_t here = source_.pos;
      source_.pos += name;
      skip_blanks();
      if (peek() != '(' && peek() != '{') source_.pos = here;
    }
    return command();
  } else {  // function
    source_.pos += word.size();
    skip_blanks();
    const Bases at = bases();
    words_.push_back(this->word());
    const std::uint32_t name = finish(NodeKind::kFunction, at);
    skip_blanks();
    if (peek() == '(') {
      ++source_.pos;
      skip_blanks();
      if (peek() == ')') ++source_.pos;
    }
    return function_clause(name, begin);
  }
  trailing_redirects(node);
  script_.nodes[node].span = span_from(begin);
  return node;
}

std::uint32_t Parsing::enclosed(NodeKind kind, std::size_t opener, Closer closer) {
  const std::uint32_t node = new_node(kind);
  source_.pos += opener;
  const std::uint32_t child = list(closer);
  script_.nodes[node].first_child = child;
  if (!take_closer(closer)) flaw(Flaw::kOpenCompound);
  return node;
}

std::uint32_t Parsing::if_clause() {
  const std::uint32_t node = new_node(NodeKind::kIf);
  std::uint32_t last = kNoNode;
  source_.pos += 2;
  const Closers all = {Closer::kThen, Closer::kElse, Closer::kFi};
  for (;;) {
    append_child(node, last, list(all));
    if (!take_closer(Closer::kThen)) flaw(Flaw::kOpenCompound);
    append_child(node, last, list({Closer::kElse, Closer::kFi}));
    const bool again = keyword() == "elif";
    if (!take_closer(Closer::kElse)) break;
    if (again) continue;
    append_child(node, last, list(Closer::kFi));
    break;
  }
  if (!take_closer(Closer::kFi)) flaw(Flaw::kOpenCompound);
  return node;
}

std::uint32_t Parsing::loop_clause(std::size_t keyword) {
  const std::uint32_t node = new_node(NodeKind::kLoop);
  std::uint32_t last = kNoNode;
  source_.pos += keyword;
  append_child(node, last, list({Closer::kDo, Closer::kDone}));
  if (!take_closer(Closer::kDo)) flaw(Flaw::kOpenCompound);
  append_child(node, last, list(Closer::kDone));
  if (!take_closer(Closer::kDone)) flaw(Flaw::kOpenCompound);
  return node;
}

std::uint32_t Parsing::for_clause(std::size_t keyword) {
  const std::uint32_t node = new_node(NodeKind::kFor);
  std::uint32_t last = kNoNode;
  source_.pos += keyword;
  skip_blanks();
  const std::size_t base = words_.size();
  std::size_t close = std::string_view::npos;
  if (follows("((")) close = find_close_parentheses(source_.pos + 2);
  if (close != std::string_view::npos) {
    append_child(node, last, arithmetic_command(source_.pos, close));
  } else {
    if (!ends_command()) words_.push_back(word());
    do skip_blanks();
    while (skip_newline());
    if (this->keyword() == "in") {
      source_.pos += 2;
      script_.nodes[node].lists_items = true;
      for (skip_blanks(); !ends_command(); skip_blanks()) {
        const std::size_t start = source_.pos;
        Word item = word();
        if (source_.pos == start) break;
        words_.push_back(item);
      }
    }
  }
  script_.nodes[node].words = take_words(base);
  do {
    skip_blanks();
    if (peek() == '#') skip_comment();
    if (peek() == ';' && peek(1) != ';') ++source_.pos;
    skip_blanks();
  } while (skip_newline());
  if (this->keyword() == "{") {
    ++source_.pos;
    append_child(node, last, list(Closer::kBrace));
    if (!take_closer(Closer::kBrace)) flaw(Flaw::kOpenCompound);
    return node;
  }
  if (!take_closer(Closer::kDo)) {
    flaw(Flaw::kOpenCompound);
    return node;
  }
  append_child(node, last, list(Closer::kDone));
  if (!take_closer(Closer::kDone)) flaw(Flaw::kOpenCompound);
  return node;
}

std::uint32_t Parsing::case_clause() {
  const std::uint32_t node = new_node(NodeKind::kCase);
  source_.pos += 4;
  skip_blanks();
  const std::size_t base = words_.size();
  if (!ends_command()) words_.push_back(word());
  do skip_blanks();
  while (skip_newline());
  if (keyword() == "in") {
    source_.pos += 2;
    case_items(node);
  } else {
    flaw(Flaw::kOpenCompound);
  }
  script_.nodes[node].words = take_words(base);
  return node;
}

void Parsing::case_items(std::uint32_t node) {
  std::uint32_t last = kNoNode;
  for (;;) {
    do {
      skip_blanks();
      if (peek() == '#') skip_comment();
    } while (skip_newline());
    if (take_closer(Closer::kEsac)) return;
    if (at_end()) break;
    if (peek() == '(') ++source_.pos;
    for (;;) {
      skip_blanks();
      const std::size_t start = source_.pos;
      Word pattern = word();
      if (source_.pos == start) break;
      words_.push_back(pattern);
      skip_blanks();
      if (peek() != '|') break;
      ++source_.pos;
    }
    if (peek() != ')' || at_end()) break;
    ++source_.pos;
    append_child(node, last, list({Closer::kCaseBreak, Closer::kEsac}));
    take_closer(Closer::kCaseBreak);
  }
  flaw(Flaw::kOpenCompound);
}

// The name and its () are read; `name` is a node that holds it.
std::uint32_t Parsing::function_clause(std::uint32_t name, std::size_t begin) {
  const Level level(depth_);
  do {
    skip_blanks();
    if (peek() == '#') skip_comment();
  } while (skip_newline());
  const std::size_t body = source_.pos;
  if (at_end()) {
    flaw(Flaw::kOpenCompound);
  } else if (depth_ > kMaxNesting) {
    flaw(Flaw::kTooDeep);
  } else {
    const std::uint32_t child = command();
    script_.nodes[name].first_child = child;
  }
  Node& node = script_.nodes[name];
  node.text = slice(body, source_.pos);
  node.span = span_from(begin);
  return name;
}

std::uint32_t Parsing::arithmetic_command(std::size_t begin, std::size_t close) {
  const std::uint32_t node = new_node(NodeKind::kArithmetic);
  source_.pos = close + 2;
  script_.nodes[node].text = slice(begin + 2, close);
  script_.nodes[node].span = span_from(begin);
  return node;
}

void Parsing::trailing_redirects(std::uint32_t node) {
  const std::size_t base = redirects_.size();
  for (skip_blanks(); redirect(); skip_blanks()) {
  }
  Range& range = script_.nodes[node].redirects;
  range.begin = static_cast<std::uint32_t>(script_.redirects.size());
  script_.redirects.insert(script_.redirects.end(),
                           redirects_.begin() + static_cast<std::ptrdiff_t>(base),
                           redirects_.end());
  redirects_.resize(base);
  range.end = static_cast<std::uint32_t>(script_.redirects.size());
}

}  // namespace decnet::shell::syntax
