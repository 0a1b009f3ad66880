#include "decnet/matching/needs.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "decnet/matching/expression_tree.h"
#include "decnet/matching/literals.h"

namespace decnet::matching {
namespace {

using Strings = std::vector<std::string>;

// A text is looked for by its first bytes: more of them would hardly spare more work.
constexpr std::size_t kMaxWitnessBytes = 8;
// What one part of an expression may be, if it is to be told string by string.
constexpr std::size_t kMaxStrings = 32;
constexpr std::size_t kMaxStringBytes = 64;
constexpr std::size_t kMaxOfClass = 4;
constexpr std::size_t kMaxWitnesses = 1000;
// A further need that most texts meet costs more than it spares. As telling() counts.
constexpr int kLeastTelling = 4;

// What may stand on one side of a part of the expression.
struct Side {
  Beside set = kAnything;
  bool is_boundary = false;  // of a word; known only directly beside a \b
};

Side either(const Side& a, const Side& b) {
  return {static_cast<Beside>(a.set | b.set), a.is_boundary && b.is_boundary};
}

enum class Direction { kForward, kBackward };

// What stands before whatever follows `node`, when `side` stands before the node; or, backward,
// what stands behind whatever precedes it.
Side beyond(const Node& node, const Side& side, Direction direction) {
  switch (node.kind) {
    case Node::Kind::kCharacter:
      return {node.characters, false};
    case Node::Kind::kBegin:
    case Node::Kind::kEnd: {
      const bool concerns = (node.kind == Node::Kind::kBegin) == (direction == Direction::kForward);
      return concerns ? Side{static_cast<Beside>(side.set & kEdge), false} : side;
    }
    case Node::Kind::kBoundary:
      return {side.set, true};
    case Node::Kind::kSequence: {
      Side result = side;
      const std::size_t count = node.parts.size();
      for (std::size_t i = 0; i < count; ++i) {
        result = beyond(node.parts[direction == Direction::kForward ? i : count - 1 - i], result,
                        direction);
      }
      return result;
    }
    case Node::Kind::kEither: {
      Side result = beyond(node.parts.front(), side, direction);
      for (std::size_t i = 1; i < node.parts.size(); ++i) {
        result = either(result, beyond(node.parts[i], side, direction));
      }
      return result;
    }
    case Node::Kind::kRepeated: {
      Side result = beyond(node.parts.front(), side, direction);
      if (node.may_come_again) result = either(result, {node.characters, false});
      return node.may_be_absent ? either(result, side) : result;
    }
  }
  return {};
}

// The set of a side of a string whose character there is `c`.
Beside beside(const Side& side, char c) {
  Beside set = side.set;
  if (side.is_boundary) {
    const bool of_word = beside_of(static_cast<unsigned char>(c)) == kWord;
    set = static_cast<Beside>(set & (of_word ? kAnything & ~kWord : kWord));
  }
  return set == 0 ? kAnything : set;  // it cannot match: whoever wrote that is not to be surprised
}

int tightness(Beside side) {
  if (side == kEdge) return 2;
  return (side & kWord) == 0 ? 1 : 0;
}

// How rarely a text meets it, roughly: as its most frequent witness.
int telling(const Need& need) {
  int least = static_cast<int>(kMaxWitnessBytes) + 4;
  for (const Witness& witness : need) {
    const int size = static_cast<int>(witness.text.size());
    least = std::min(least, size + tightness(witness.before) + tightness(witness.after));
  }
  return least;
}

std::optional<Need> need_of(const Strings& strings, const Side& before, const Side& after) {
  Need need;
  for (const std::string& string : strings) {
    if (string.empty()) return std::nullopt;
    Witness& witness = need.emplace_back();
    witness.text = string.substr(0, kMaxWitnessBytes);
    witness.before = beside(before, string.front());
    if (string.size() <= kMaxWitnessBytes) witness.after = beside(after, string.back());
  }
  std::sort(need.begin(), need.end());
  need.erase(std::unique(need.begin(), need.end()), need.end());
  return need;
}

void keep_the_best(std::vector<Need>& needs) {
  std::stable_sort(needs.begin(), needs.end(),
                   [](const Need& a, const Need& b) { return telling(a) > telling(b); });
  needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
  if (needs.size() > kMaxNeeds) needs.resize(kMaxNeeds);
  while (needs.size() > 1 && telling(needs.back()) < kLeastTelling) needs.pop_back();
}

// What is known of a part: all that it can be, or else what it needs.
struct Known {
  std::optional<Strings> exact;
  std::vector<Need> needs;
};

Known known(const Node& node, const Side& before, const Side& after);

Known of_character(const Node& node) {
  if (node.beyond_ascii && node.ascii.none()) {
    return {std::nullopt, {{Witness{.text = std::string(Literals::kBeyondAscii)}}}};
  }
  if (node.beyond_ascii || node.ascii.count() > kMaxOfClass) return {};
  Strings strings;
  for (std::size_t c = 0; c < node.ascii.size(); ++c) {
    if (node.ascii[c]) strings.emplace_back(1, static_cast<char>(c));
  }
  return {std::move(strings), {}};
}

// Neighbours that are told string by string, put together as long as they are few.
class Run {
 public:
  [[nodiscard]] bool is_open() const { return is_open_; }

  [[nodiscard]] bool takes(const Strings& more) const {
    if (strings_.size() * more.size() > kMaxStrings) return false;
    return strings_.front().size() + more.front().size() <= kMaxStringBytes;
  }

  void begin(const Strings& strings, const Side& before) {
    strings_ = strings;
    before_ = before;
    is_open_ = true;
  }
  void add(const Strings& more) {
    Strings longer;
    for (const std::string& string : strings_) {
      for (const std::string& end : more) longer.push_back(string + end);
    }
    strings_ = std::move(longer);
  }
  void end(const Side& after, std::vector<Need>& needs) {
    if (!is_open_) return;
    is_open_ = false;
    if (auto need = need_of(strings_, before_, after)) needs.push_back(*std::move(need));
  }

  [[nodiscard]] const Strings& strings() const { return strings_; }

 private:
  Strings strings_;
  Side before_;
  bool is_open_ = false;
};

Known of_sequence(const Node& node, const Side& before, const Side& after) {
  const std::size_t count = node.parts.size();
  if (count == 0) return {Strings{""}, {}};
  std::vector<Side> behind(count + 1, after);  // of what begins at part i
  for (std::size_t i = count; i > 0; --i) {
    behind[i - 1] = beyond(node.parts[i - 1], behind[i], Direction::kBackward);
  }
  Side ahead = before;
  Known result;
  Run run;
  bool is_one_run = true;
  for (std::size_t i = 0; i < count; ++i) {
    const Node& part = node.parts[i];
    Known one = known(part, ahead, behind[i + 1]);
    if (!one.exact) {
      run.end(behind[i], result.needs);
      is_one_run = false;
      std::move(one.needs.begin(), one.needs.end(), std::back_inserter(result.needs));
    } else if (!run.is_open()) {
      run.begin(*one.exact, ahead);
    } else if (run.takes(*one.exact)) {
      run.add(*one.exact);
    } else {
      run.end(behind[i], result.needs);
      is_one_run = false;
      run.begin(*one.exact, ahead);
    }
    ahead = beyond(part, ahead, Direction::kForward);
  }
  if (is_one_run) return {run.strings(), {}};
  run.end(after, result.needs);
  keep_the_best(result.needs);
  return result;
}

Known of_either(const Node& node, const Side& before, const Side& after) {
  std::vector<Known> branches;
  bool all_exact = true;
  std::size_t strings = 0;
  for (const Node& part : node.parts) {
    branches.push_back(known(part, before, after));
    all_exact = all_exact && branches.back().exact;
    if (all_exact) strings += branches.back().exact->size();
  }
  Known result;
  if (all_exact && strings <= kMaxStrings) {
    result.exact.emplace();
    for (Known& branch : branches) {
      std::move(branch.exact->begin(), branch.exact->end(), std::back_inserter(*result.exact));
    }
    return result;
  }
  std::size_t most = 0;
  for (Known& branch : branches) {
    if (branch.exact) {
      if (auto need = need_of(*branch.exact, before, after)) branch.needs = {*std::move(need)};
    }
    if (branch.needs.empty()) return {};
    most = std::max(most, branch.needs.size());
  }
  // Of each branch its best need, then of each its next, or the best again where it has no other.
  for (std::size_t rank = 0; rank < most; ++rank) {
    Need need;
    for (const Known& branch : branches) {
      const Need& of_branch = branch.needs[std::min(rank, branch.needs.size() - 1)];
      need.insert(need.end(), of_branch.begin(), of_branch.end());
    }
    std::sort(need.begin(), need.end());
    need.erase(std::unique(need.begin(), need.end()), need.end());
    if (need.size() <= kMaxWitnesses) result.needs.push_back(std::move(need));
  }
  keep_the_best(result.needs);
  return result;
}

Known of_repeated(const Node& node, Side before, Side after) {
  const Node& part = node.parts.front();
  if (node.may_be_absent) {
    if (node.may_come_again) return {};
    Known once = known(part, before, after);
    if (!once.exact || once.exact->size() >= kMaxStrings) return {};
    once.exact->emplace_back();
    return once;
  }
  before = either(before, {node.characters, false});
  after = either(after, {node.characters, false});
  Known once = known(part, before, after);
  if (!once.exact) return once;
  if (auto need = need_of(*once.exact, before, after)) return {std::nullopt, {*std::move(need)}};
  return {};
}

Known known(const Node& node, const Side& before, const Side& after) {
  switch (node.kind) {
    case Node::Kind::kCharacter:
      return of_character(node);
    case Node::Kind::kSequence:
      return of_sequence(node, before, after);
    case Node::Kind::kEither:
      return of_either(node, before, after);
    case Node::Kind::kRepeated:
      return of_repeated(node, before, after);
    default:
      return {};  // between characters
  }
}

// Where another witness is in it and asks for no more.
bool is_implied(const Witness& witness, const Need& need) {
  return std::any_of(need.begin(), need.end(), [&](const Witness& other) {
    return other.text.size() < witness.text.size() && other.before == kAnything &&
           other.after == kAnything && witness.text.find(other.text) != std::string::npos;
  });
}

}  // namespace

std::vector<Need> needs_of(std::string_view expression) {
  const auto tree = read_tree(expression);
  if (!tree) return {};
  Known found = known(*tree, {}, {});
  if (found.exact) {
    if (auto need = need_of(*found.exact, {}, {})) found.needs = {*std::move(need)};
  }
  for (Need& need : found.needs) {
    const Need all = need;
    std::erase_if(need, [&](const Witness& witness) { return is_implied(witness, all); });
  }
  return std::move(found.needs);
}

}  // namespace decnet::matching
