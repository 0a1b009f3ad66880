#include "decnet/matching/literals.h"

#include <algorithm>
#include <deque>

namespace decnet::matching {
namespace {

unsigned byte_of(char c) { return static_cast<unsigned char>(c); }

// What a byte of a text counts as beside a literal, by number, and the sets of those numbers.
enum Neighbour : std::uint8_t { kNone, kBlankOne, kWordOne, kOtherOne, kBeyondAscii, kNotKnown };
constexpr std::array<Beside, 6> kSets = {kEdge, kBlank, kWord, kOther, kWord | kOther, kAnything};

constexpr std::array<Neighbour, 256> neighbours() {
  std::array<Neighbour, 256> result{};
  for (unsigned byte = 0; byte < result.size(); ++byte) {
    const Beside set = beside_of(static_cast<unsigned char>(byte));
    result[byte] = set == kBlank   ? kBlankOne
                   : set == kWord  ? kWordOne
                   : set == kOther ? kOtherOne
                                   : kBeyondAscii;
  }
  return result;
}
constexpr std::array<Neighbour, 256> kNeighbours = neighbours();

// What the scan under way has reported. Undone entry by entry, so that a short text in a large set
// stays cheap.
struct Reported {
  std::vector<std::uint64_t> places;   // of each string the pairs of neighbours it was met between
  std::vector<std::uint32_t> strings;  // those that have any
  std::vector<bool> ids;
};

}  // namespace

void Literals::number_bytes(std::span<const Literal> literals) {
  for (const Literal& literal : literals) {
    for (const char c : literal.text) {
      std::uint8_t& column = column_[byte_of(c)];
      if (column == 0) column = static_cast<std::uint8_t>(width_++);
    }
  }
  for (unsigned c = 'A'; c <= 'Z'; ++c) column_[c] = column_[c - 'A' + 'a'];
}

// Of each row, by its number: what ends there, and the longest suffix that is a row too. Row 0 is
// the root; as a transition 0 means "none" while the trie is built.
struct Literals::Trie {
  std::vector<std::vector<End>> ends;
  std::vector<std::uint32_t> size;
  std::vector<State> suffix;
};

Literals::Trie Literals::trie_of(std::span<const Literal> literals) {
  const State stride = width_ + 1;
  Trie trie{{{}}, {0}, {}};
  next_.assign(stride, 0);
  for (const Literal& literal : literals) {
    State row = 0;
    for (const char c : literal.text) {
      const std::size_t at = row * stride + column_[byte_of(c)];
      if (next_[at] == 0) {
        next_[at] = static_cast<State>(trie.ends.size());
        next_.resize(next_.size() + stride, 0);
        trie.ends.emplace_back();
        trie.size.push_back(trie.size[row] + 1);
      }
      row = next_[at];
    }
    trie.ends[row].push_back(
        {static_cast<std::uint32_t>(literal.id), literal.before, literal.after});
  }
  trie.suffix.resize(trie.ends.size(), 0);
  return trie;
}

// Breadth first, so that suffixes come before what ends with them: where the trie has no way on,
// the longest suffix of the row has one, and the longest string at its end ends here too.
void Literals::link(Trie& trie) {
  const State stride = width_ + 1;
  strings_.assign(1, {});
  std::deque<State> rows{0};
  while (!rows.empty()) {
    const State row = rows.front();
    rows.pop_front();
    const State suffix = trie.suffix[row];
    State& string = next_[row * stride + width_];
    string = next_[suffix * stride + width_];
    std::vector<End>& ends = trie.ends[row];
    if (!ends.empty()) {
      const auto number = static_cast<std::uint32_t>(strings_.size());
      strings_.push_back({trie.size[row], string, static_cast<std::uint32_t>(ends_.size())});
      string = number;
      std::sort(ends.begin(), ends.end());
      ends_.insert(ends_.end(), ends.begin(), std::unique(ends.begin(), ends.end()));
    }
    for (State column = 0; column < width_; ++column) {
      State& next = next_[row * stride + column];
      const State fallback = row == 0 ? 0 : next_[suffix * stride + column];
      if (next == 0) {
        next = fallback;
      } else {
        trie.suffix[next] = fallback;
        rows.push_back(next);
      }
    }
  }
  strings_.push_back({0, 0, static_cast<std::uint32_t>(ends_.size())});
}

Literals::Literals(std::span<const Literal> literals) {
  if (literals.empty()) return;
  std::vector<Literal> strings;
  for (const Literal& literal : literals) {
    id_limit_ = std::max(id_limit_, literal.id + 1);
    if (literal.text == kBeyondAscii) {
      beyond_ascii_.push_back(literal.id);
    } else {
      strings.push_back(literal);
    }
  }
  number_bytes(strings);
  Trie trie = trie_of(strings);
  link(trie);
  const State stride = width_ + 1;
  for (std::size_t row = 0; row < next_.size(); row += stride) {
    for (State column = 0; column < width_; ++column) {
      State& next = next_[row + column];
      next *= stride;
      if (next_[next + width_] != 0) next |= kEndsString;
    }
  }
}

void Literals::scan(std::string_view text, std::vector<std::size_t>& ids) const {
  if (next_.empty()) return;
  thread_local Reported reported_here;
  Reported& reported = reported_here;  // looked up once
  if (reported.places.size() < strings_.size()) reported.places.resize(strings_.size());
  if (reported.ids.size() < id_limit_) reported.ids.resize(id_limit_);
  const std::size_t before = ids.size();
  const auto report = [&](std::size_t id) {
    if (reported.ids[id]) return;
    reported.ids[id] = true;
    ids.push_back(id);
  };

  const State* const next = next_.data();
  const std::uint8_t* const column = column_.data();
  State state = 0;
  bool is_ascii = true;        // so far
  bool is_ascii_alike = true;  // so far no letter took several bytes
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = byte_of(text[i]);
    bool is_alike = false;  // it stands for an ASCII letter, but \b takes it for none
    if (byte >= 0x80) {
      if (is_ascii) std::for_each(beyond_ascii_.begin(), beyond_ascii_.end(), report);
      is_ascii = false;
      if (text.substr(i).starts_with("\u212A")) {
        byte = 'k';
        i += 2;
        is_alike = true;
      } else if (text.substr(i).starts_with("\u017F")) {
        byte = 's';
        i += 1;
        is_alike = true;
      }
      if (is_alike) is_ascii_alike = false;
    }
    state = next[(state & ~kEndsString) + column[byte]];
    if ((state & kEndsString) == 0) continue;
    const Neighbour behind = is_alike               ? kNotKnown
                             : i + 1 == text.size() ? kNone
                                                    : kNeighbours[byte_of(text[i + 1])];
    for (std::uint32_t number = next[(state & ~kEndsString) + width_]; number != 0;) {
      const String& string = strings_[number];
      Neighbour ahead = kNotKnown;
      if (is_ascii_alike) {
        const std::size_t begin = i + 1 - string.size;
        ahead = begin == 0 ? kNone : kNeighbours[byte_of(text[begin - 1])];
      }
      std::uint64_t& places = reported.places[number];
      const std::uint64_t place = std::uint64_t{1} << (ahead * kSets.size() + behind);
      if ((places & place) == 0) {
        if (places == 0) reported.strings.push_back(number);
        places |= place;
        const std::uint32_t last = strings_[number + 1].ends_at;
        for (std::uint32_t at = string.ends_at; at < last; ++at) {
          const End& end = ends_[at];
          if ((end.before & kSets[ahead]) != 0 && (end.after & kSets[behind]) != 0) report(end.id);
        }
      }
      number = string.shorter;
    }
  }

  for (const std::uint32_t number : reported.strings) reported.places[number] = 0;
  reported.strings.clear();
  for (std::size_t i = before; i < ids.size(); ++i) reported.ids[ids[i]] = false;
}

}  // namespace decnet::matching
