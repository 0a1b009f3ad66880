#include "decnet/matching/literals.h"

#include <algorithm>
#include <deque>

namespace decnet::matching {
namespace {

unsigned byte_of(char c) { return static_cast<unsigned char>(c); }

// What the scan under way has reported. Undone entry by entry, so that a short text in a large set
// stays cheap.
struct Reported {
  std::vector<bool> rows;
  std::vector<std::size_t> rows_set;
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

Literals::Literals(std::span<const Literal> literals) {
  if (literals.empty()) return;
  number_bytes(literals);

  // The trie, by row number. Row 0 is the root; as a transition 0 means "none" while it is built.
  std::vector<std::vector<std::uint32_t>> ends(1);
  next_.assign(width_, 0);
  for (const Literal& literal : literals) {
    State row = 0;
    for (const char c : literal.text) {
      const std::size_t at = row * width_ + column_[byte_of(c)];
      if (next_[at] == 0) {
        next_[at] = static_cast<State>(ends.size());
        next_.resize(next_.size() + width_, 0);
        ends.emplace_back();
      }
      row = next_[at];
    }
    ends[row].push_back(static_cast<std::uint32_t>(literal.id));
    id_limit_ = std::max(id_limit_, literal.id + 1);
  }

  // Breadth first: where the trie has no way on, the longest suffix of the row that is in the trie
  // has one, and what ends there ends here too.
  std::vector<State> suffix(ends.size(), 0);
  std::deque<State> rows{0};
  while (!rows.empty()) {
    const State row = rows.front();
    rows.pop_front();
    if (row != 0) {
      const std::vector<std::uint32_t>& shorter = ends[suffix[row]];
      ends[row].insert(ends[row].end(), shorter.begin(), shorter.end());
    }
    for (State column = 0; column < width_; ++column) {
      State& next = next_[row * width_ + column];
      const State fallback = row == 0 ? 0 : next_[suffix[row] * width_ + column];
      if (next == 0) {
        next = fallback;
      } else {
        suffix[next] = fallback;
        rows.push_back(next);
      }
    }
  }

  for (State& next : next_) next = (next * width_) | (ends[next].empty() ? 0 : kEndsLiteral);
  for (std::vector<std::uint32_t>& ids : ends) {
    std::sort(ids.begin(), ids.end());
    ends_at_.push_back(static_cast<std::uint32_t>(ends_.size()));
    ends_.insert(ends_.end(), ids.begin(), std::unique(ids.begin(), ids.end()));
  }
  ends_at_.push_back(static_cast<std::uint32_t>(ends_.size()));
}

void Literals::scan(std::string_view text, std::vector<std::size_t>& ids) const {
  if (next_.empty()) return;
  thread_local Reported reported;
  if (reported.rows.size() < ends_at_.size()) reported.rows.resize(ends_at_.size());
  if (reported.ids.size() < id_limit_) reported.ids.resize(id_limit_);
  const std::size_t before = ids.size();

  const State* const next = next_.data();
  const std::uint8_t* const column = column_.data();
  State state = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = byte_of(text[i]);
    if (byte >= 0x80) {
      if (text.substr(i).starts_with("\u212A")) {
        byte = 'k';
        i += 2;
      } else if (text.substr(i).starts_with("\u017F")) {
        byte = 's';
        i += 1;
      }
    }
    state = next[(state & ~kEndsLiteral) + column[byte]];
    if ((state & kEndsLiteral) == 0) continue;
    const std::size_t row = (state & ~kEndsLiteral) / width_;
    if (reported.rows[row]) continue;
    reported.rows[row] = true;
    reported.rows_set.push_back(row);
    for (std::uint32_t at = ends_at_[row]; at < ends_at_[row + 1]; ++at) {
      const std::size_t id = ends_[at];
      if (reported.ids[id]) continue;
      reported.ids[id] = true;
      ids.push_back(id);
    }
  }

  for (const std::size_t row : reported.rows_set) reported.rows[row] = false;
  reported.rows_set.clear();
  for (std::size_t i = before; i < ids.size(); ++i) reported.ids[ids[i]] = false;
}

}  // namespace decnet::matching
