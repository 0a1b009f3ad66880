// Script: what a shell text says, before anything is resolved. Views point into the text that was
// parsed or into the script itself; a script must not outlive the text.
//
// Everything is kept in a few flat arrays; a Range picks neighbours out of one.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/shell/flaw.h"
#include "decnet/shell/operator.h"
#include "decnet/shell/span.h"

namespace decnet::shell::syntax {

inline constexpr int kMaxNesting = 32;

struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  [[nodiscard]] bool empty() const { return begin == end; }
  [[nodiscard]] std::uint32_t size() const { return end - begin; }
};

inline constexpr std::uint32_t kNoNode = UINT32_MAX;

enum class PartKind : std::uint8_t {
  kText,        // bytes that stand for themselves
  kParameter,   // $x, ${…}: `text` is what stands between the braces
  kCommand,     // $(…), `…`: `text` is the body, `node` what it says
  kProcess,     // <(…), >(…): likewise
  kArithmetic,  // $((…)), $[…]: `text` is the expression
};

// A piece of a word.
struct Part {
  PartKind kind = PartKind::kText;
  bool quoted = false;   // in quotes or behind a backslash
  bool escaped = false;  // kText: written with a backslash, as \w or as \x77 in $'…'
  bool logged = false;   // kText: \xNN as it stands there, outside quotes
  bool output = false;   // kProcess: >(…)
  std::string_view text;
  std::uint32_t node = kNoNode;
  Span span;
};

struct Word {
  Range parts;
  Span span;
  bool quoted = false;  // some of it
  bool active = false;  // has an unquoted one of ~ * ? [ {
  bool bare = false;    // an operator of [[ … ]], not a word
};

struct Assignment {
  std::string_view name;
  std::string_view subscript;  // of name[subscript]=value
  bool append = false;         // name+=value
  bool array = false;          // name=(…): the elements, else one word
  Range words;
  Span span;
};

struct Redirect {
  RedirectKind kind = RedirectKind::kInput;
  std::int32_t fd = -1;          // as written; -1: the operator's own
  std::string_view fd_variable;  // of {name}>file
  Word target;                   // of a here-document: its end mark
  std::uint32_t document = 0;    // of kDocument: index into Script::documents
  Span span;
};

struct Document {
  std::string_view body;
  std::string_view mark;
  bool expands = true;  // its mark was not quoted
  bool strips = false;  // <<-
  Span span;            // of the body
};

enum class NodeKind : std::uint8_t {
  kSimple,
  kPipeline,    // two or more
  kSequence,    // a list
  kSubshell,    // ( … )
  kGroup,       // { … }
  kIf,          // its conditions and bodies, in order
  kLoop,        // while, until: condition and body
  kFor,         // for, select: words are the name and the items
  kCase,        // words: the subject and the patterns; children: the bodies
  kFunction,    // words: the name; one child
  kTest,        // [[ … ]]
  kArithmetic,  // (( … )), and the head of for ((…))
};

struct Node {
  NodeKind kind = NodeKind::kSimple;
  Joint joint = Joint::kNone;
  bool negated = false;
  bool lists_items = false;  // kFor: has `in`
  Flaws flaws;               // of this simple command
  Range words;
  Range assignments;
  Range redirects;
  std::uint32_t first_child = kNoNode;
  std::uint32_t next = kNoNode;  // sibling
  std::string_view text;         // kArithmetic: expression; kFunction: body
  Span span;
};

struct Script {
  std::uint32_t root = kNoNode;  // a kSequence
  Flaws flaws;
  std::vector<Node> nodes;
  std::vector<Word> words;
  std::vector<Part> parts;
  std::vector<Assignment> assignments;
  std::vector<Redirect> redirects;
  std::vector<Document> documents;
  std::vector<Span> open_quotes;   // from the quote to the end of the text
  std::list<std::string> storage;  // bytes that the text has only in other words
};

}  // namespace decnet::shell::syntax
