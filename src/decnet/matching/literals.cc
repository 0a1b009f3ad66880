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
  std::vector<std::uint8_t> ids;       // whether; a byte each is quicker than a bit
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
  Trie trie{{{}}, {0}, {}};
  next_.assign(width_, 0);
  for (const Literal& literal : literals) {
    State row = 0;
    for (const char c : literal.text) {
      const std::size_t at = row * width_ + column_[byte_of(c)];
      if (next_[at] == 0) {
        next_[at] = static_cast<State>(trie.ends.size());
        next_.resize(next_.size() + width_, 0);
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

// Many places share a list.
void Literals::add_string(std::uint32_t size, std::uint32_t shorter, const std::vector<End>& ends) {
  static_assert(kPlaces == kSets.size() * kSets.size());
  String& string = strings_.emplace_back();
  string.size = size;
  string.shorter = shorter;
  std::vector<std::uint32_t> lists{0};  // of this string
  std::vector<std::uint32_t> list;
  for (std::size_t place = 0; place < kPlaces; ++place) {
    list.assign(1, 0);
    const Beside ahead = kSets[place / kSets.size()];
    const Beside behind = kSets[place % kSets.size()];
    for (const End& end : ends) {
      if ((end.before & ahead) == 0 || (end.after & behind) == 0) continue;
      if (list.size() == 1 || list.back() != end.id) list.push_back(end.id);
    }
    list.front() = static_cast<std::uint32_t>(list.size() - 1);
    const auto known = std::find_if(lists.begin(), lists.end(), [&](std::uint32_t at) {
      return ids_[at] == list.front() && std::equal(list.begin(), list.end(), &ids_[at]);
    });
    if (known != lists.end()) {
      string.lists[place] = *known;
      continue;
    }
    string.lists[place] = static_cast<std::uint32_t>(ids_.size());
    lists.push_back(string.lists[place]);
    ids_.insert(ids_.end(), list.begin(), list.end());
  }
}

// Breadth first, so that suffixes come before what ends with them: where the trie has no way on,
// the longest suffix of the row has one, and the longest string at its end ends here too.
void Literals::link(Trie& trie) {
  strings_.assign(1, {});
  string_of_.assign(trie.ends.size(), 0);
  std::deque<State> rows{0};
  while (!rows.empty()) {
    const State row = rows.front();
    rows.pop_front();
    const State suffix = trie.suffix[row];
    string_of_[row] = string_of_[suffix];
    std::vector<End>& ends = trie.ends[row];
    if (!ends.empty()) {
      const auto number = static_cast<std::uint32_t>(strings_.size());
      std::sort(ends.begin(), ends.end());
      add_string(trie.size[row], string_of_[row], ends);
      string_of_[row] = number;
    }
    for (State column = 0; column < width_; ++column) {
      State& next = next_[row * width_ + column];
      const State fallback = row == 0 ? 0 : next_[suffix * width_ + column];
      if (next == 0) {
        next = fallback;
      } else {
        trie.suffix[next] = fallback;
        rows.push_back(next);
      }
    }
  }
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
  for (State& next : next_) {
    if (string_of_[next] != 0) next |= kEndsString;
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
    if (reported.ids[id] != 0) return;
    reported.ids[id] = 1;
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
    state = next[(state & ~kEndsString) * width_ + column[byte]];
    if ((state & kEndsString) == 0) continue;
    const Neighbour behind = is_alike               ? kNotKnown
                             : i + 1 == text.size() ? kNone
                                                    : kNeighbours[byte_of(text[i + 1])];
    for (std::uint32_t number = string_of_[state & ~kEndsString]; number != 0;) {
      const String& string = strings_[number];
      Neighbour ahead = kNotKnown;
      if (is_ascii_alike) {
        const std::size_t begin = i + 1 - string.size;
        ahead = begin == 0 ? kNone : kNeighbours[byte_of(text[begin - 1])];
      }
      std::uint64_t& places = reported.places[number];
      const std::size_t place = ahead * kSets.size() + behind;
      const std::uint64_t mark = std::uint64_t{1} << place;
      if ((places & mark) == 0) {
        if (places == 0) reported.strings.push_back(number);
        places |= mark;
        const std::uint32_t* const list = &ids_[string.lists[place]];
        std::for_each(list + 1, list + 1 + *list, report);
      }
      number = string.shorter;
    }
  }

  for (const std::uint32_t number : reported.strings) reported.places[number] = 0;
  reported.strings.clear();
  for (std::size_t i = before; i < ids.size(); ++i) reported.ids[ids[i]] = 0;
}

}  // namespace decnet::matching
