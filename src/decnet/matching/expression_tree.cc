#include "decnet/matching/expression_tree.h"

#include <algorithm>
#include <utility>

#include "decnet/base/utf8.h"

namespace decnet::matching {
namespace {

constexpr std::uint32_t kAsciiEnd = 128;
constexpr std::uint32_t kKelvinSign = 0x212A;
constexpr std::uint32_t kLongS = 0x17F;

struct Characters {
  std::bitset<kAsciiEnd> ascii;
  bool beyond_ascii = false;
  std::bitset<kAsciiEnd> alike;  // what (?i) takes those beyond ASCII for
};

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
std::uint32_t hex_value(char c) {
  return static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

// Reads what expression.cc writes.
class TreeReader {
 public:
  explicit TreeReader(std::string_view in) : in_(in) {}

  std::optional<Node> read() {
    Node node = either();
    if (is_unknown_ || !ended()) return std::nullopt;
    return node;
  }

 private:
  [[nodiscard]] bool ended() const { return at_ >= in_.size(); }
  [[nodiscard]] bool next_is(std::string_view text) const {
    return in_.substr(at_).starts_with(text);
  }
  bool take(std::string_view text) {
    if (!next_is(text)) return false;
    at_ += text.size();
    return true;
  }

  // Nothing after this counts.
  void give_up() {
    is_unknown_ = true;
    at_ = in_.size();
  }

  static Node of_parts(Node::Kind kind, std::vector<Node> parts) {
    Node node{.kind = kind};
    for (const Node& part : parts) node.characters |= part.characters;
    node.parts = std::move(parts);
    return node;
  }

  static Node character(Characters set) {
    set.ascii |= set.alike;
    for (unsigned c = 'A'; c <= 'Z'; ++c) {
      if (set.ascii[c]) set.ascii.set(c - 'A' + 'a').reset(c);
    }
    Node node{.kind = Node::Kind::kCharacter, .beyond_ascii = set.beyond_ascii, .ascii = set.ascii};
    for (std::uint32_t c = 0; c < kAsciiEnd; ++c) {
      if (set.ascii[c]) node.characters |= beside_of(static_cast<unsigned char>(c));
    }
    if (set.beyond_ascii) node.characters |= beside_of(kAsciiEnd);
    return node;
  }
  static Node character(std::uint32_t c) {
    if (c >= kAsciiEnd) {
      Characters set;
      add_range(set, c, c);
      return character(set);
    }
    Node node{.kind = Node::Kind::kCharacter,
              .characters = beside_of(static_cast<unsigned char>(c))};
    node.ascii.set(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return node;
  }
  static Node any_character() {
    return character(Characters{std::bitset<kAsciiEnd>().set(), true, {}});
  }

  static void add_range(Characters& set, std::uint32_t low, std::uint32_t high) {
    for (std::uint32_t c = low; c <= high && c < kAsciiEnd; ++c) set.ascii.set(c);
    if (high < kAsciiEnd) return;
    set.beyond_ascii = true;
    if (low <= kKelvinSign && kKelvinSign <= high) set.alike.set('k');
    if (low <= kLongS && kLongS <= high) set.alike.set('s');
  }

  Node either() {
    std::vector<Node> branches;
    do {
      branches.push_back(sequence());
    } while (take("|"));
    if (branches.size() == 1) return std::move(branches.front());
    return of_parts(Node::Kind::kEither, std::move(branches));
  }

  Node sequence() {
    std::vector<Node> items;
    while (!ended() && !next_is("|") && !next_is(")")) items.push_back(repeated(item()));
    return of_parts(Node::Kind::kSequence, std::move(items));
  }

  Node repeated(Node node) {
    for (;;) {
      bool absent = false;
      bool again = true;
      if (take("*")) {
        absent = true;
      } else if (take("?")) {
        absent = true;
        again = false;
      } else if (take("{")) {
        absent = next_is("0}") || next_is("0,");
        const std::size_t end = std::min(in_.find('}', at_), in_.size() - 1);
        at_ = end + 1;
      } else if (!take("+")) {
        return node;
      }
      take("?");  // of as little as possible
      std::vector<Node> part;
      part.push_back(std::move(node));
      node = of_parts(Node::Kind::kRepeated, std::move(part));
      node.may_be_absent = absent;
      node.may_come_again = again;
    }
  }

  Node item() {
    const char c = in_[at_];
    switch (c) {
      case '(':
        return group();
      case '[':
        return character_class();
      case '\\':
        return escape();
      case '.':
        ++at_;
        return any_character();
      case '^':
        ++at_;
        return edge(Node::Kind::kBegin);
      case '$':
        ++at_;
        return edge(Node::Kind::kEnd);
      default:
        break;
    }
    return character(as_written());
  }

  std::uint32_t as_written() {
    std::string_view rest = in_.substr(at_);
    const std::uint32_t c = take_code_point(rest);
    at_ = in_.size() - rest.size();
    return c;
  }

  [[nodiscard]] Node edge(Node::Kind kind) const {
    return Node{.kind = by_line_ ? Node::Kind::kSequence : kind};
  }

  Node group() {
    take("(");
    if (take("?P<")) {
      at_ = std::min(in_.find('>', at_), in_.size() - 1) + 1;
    } else if (take("?")) {
      const std::size_t end = in_.find_first_of(":)", at_);
      if (end == std::string_view::npos) {
        give_up();
        return {};
      }
      const std::string_view flags = in_.substr(at_, end - at_);
      if (flags.substr(0, flags.find('-')).find('m') != std::string_view::npos) by_line_ = true;
      at_ = end + 1;
      if (in_[end] == ')') return {};
    }
    Node inside = either();
    if (!take(")")) give_up();
    return inside;
  }

  Node escape() {
    ++at_;
    if (take("b")) return Node{.kind = Node::Kind::kBoundary};
    if (take("A")) return Node{.kind = Node::Kind::kBegin};
    if (take("B")) return {};
    return character(escaped());
  }

  // \x{1f600}, \x20, \t, \r, or what has a meaning without its backslash; at_ is behind that.
  std::uint32_t escaped() {
    if (take("x")) {
      const bool braces = take("{");
      std::uint32_t value = 0;
      for (int digits = 0; !ended() && is_hex(in_[at_]) && digits < (braces ? 8 : 2); ++digits) {
        value = value * 16 + hex_value(in_[at_++]);
      }
      if (braces && !take("}")) give_up();
      return value;
    }
    if (take("t")) return '\t';
    if (take("r")) return '\r';
    if (ended() || beside_of(static_cast<unsigned char>(in_[at_])) != kOther) {
      give_up();
      return 0;
    }
    return static_cast<unsigned char>(in_[at_++]);
  }

  // \d, \W and so on within a class; false when it is none.
  bool add_named(Characters& set, bool& is_vague) {
    if (take("[:")) {
      is_vague = true;
      at_ = std::min(in_.find(":]", at_), in_.size() - 2) + 2;
      return true;
    }
    if (next_is("\\p") || next_is("\\P")) {
      is_vague = true;
      at_ += 2;
      at_ = next_is("{") ? std::min(in_.find('}', at_), in_.size() - 1) + 1 : at_ + 1;
      return true;
    }
    for (const char name : {'d', 'w', 'D', 'W'}) {
      if (!take(std::string{'\\', name})) continue;
      const bool is_negated = name <= 'Z';
      for (std::uint32_t c = 0; c < kAsciiEnd; ++c) {
        const bool is_digit = c >= '0' && c <= '9';
        const bool is_word = beside_of(static_cast<unsigned char>(c)) == kWord;
        if (((name | 0x20) == 'd' ? is_digit : is_word) != is_negated) set.ascii.set(c);
      }
      if (is_negated) set.beyond_ascii = true;
      return true;
    }
    return false;
  }

  std::uint32_t member() { return take("\\") ? escaped() : as_written(); }

  Node character_class() {
    take("[");
    const bool is_negated = take("^");
    Characters set;
    bool is_vague = false;
    while (!ended() && !next_is("]")) {
      if (add_named(set, is_vague)) continue;
      const std::uint32_t low = member();
      add_range(set, low, take("-") && !ended() ? member() : low);
    }
    if (!take("]")) give_up();
    if (is_vague) return any_character();
    if (is_negated) {
      set.ascii.flip();
      set.beyond_ascii = true;
      set.alike.reset();
    }
    return character(set);
  }

  const std::string_view in_;
  std::size_t at_ = 0;
  bool is_unknown_ = false;
  bool by_line_ = false;  // ^ and $ are of lines too: they say nothing of the text's ends
};

}  // namespace

std::optional<Node> read_tree(std::string_view expression) { return TreeReader(expression).read(); }

}  // namespace decnet::matching
