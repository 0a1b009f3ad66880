#include "decnet/shell/braces.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace decnet::shell {
namespace {

using syntax::Part;
using syntax::PartKind;
using Parts = std::vector<Part>;

constexpr std::size_t kNone = static_cast<std::size_t>(-1);
constexpr std::size_t kMaxGroups = 32;  // of one word

// Every character of unquoted text is a part of its own here where it means something.
bool is_mark(const Part& part, char mark) {
  return part.kind == PartKind::kText && !part.quoted && part.text.size() == 1 &&
         part.text.front() == mark;
}

// Cuts unquoted text at { , }.
Parts cut(const Parts& parts) {
  Parts out;
  for (const Part& part : parts) {
    if (part.kind != PartKind::kText || part.quoted) {
      out.push_back(part);
      continue;
    }
    std::string_view text = part.text;
    while (!text.empty()) {
      const std::size_t at = text.find_first_of("{,}");
      const std::size_t length = at == 0 ? 1 : std::min(at, text.size());
      Part piece = part;
      piece.text = text.substr(0, length);
      out.push_back(piece);
      text.remove_prefix(length);
    }
  }
  return out;
}

struct Group {
  std::size_t open = kNone;
  std::size_t close = kNone;
  std::vector<std::size_t> commas;
};

// For each { the } that closes it, in one pass.
std::vector<std::size_t> closers(const Parts& parts) {
  std::vector<std::size_t> close(parts.size(), kNone);
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (is_mark(parts[i], '{')) {
      open.push_back(i);
    } else if (is_mark(parts[i], '}') && !open.empty()) {
      close[open.back()] = i;
      open.pop_back();
    }
  }
  return close;
}

std::optional<long> number(std::string_view text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

class Braces {
 public:
  Braces(Arena& arena, std::vector<Parts>& words) : arena_(arena), words_(words) {}

  bool run(const Parts& parts) {
    const bool bounded = expand(cut(parts), 0);
    if (!bounded) words_.clear();
    return bounded;
  }

 private:
  // Whether it stayed within the bounds. Depth counts groups that were opened on the way.
  bool expand(const Parts& parts, std::size_t depth) {
    const auto close = closers(parts);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (close[i] == kNone) continue;
      std::vector<Parts> choices;
      if (!alternatives(parts, i, close[i], choices)) continue;
      if (depth >= kMaxGroups) return false;
      for (const Parts& choice : choices) {
        Parts whole(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(i));
        whole.insert(whole.end(), choice.begin(), choice.end());
        whole.insert(whole.end(), parts.begin() + static_cast<std::ptrdiff_t>(close[i]) + 1,
                     parts.end());
        copied_ += whole.size();
        if (copied_ > kMaxCopiedParts || !expand(whole, depth + 1)) return false;
      }
      return true;
    }
    if (depth == 0) return true;  // nothing to expand
    words_.push_back(parts);
    return words_.size() <= kMaxBraceWords;
  }

  bool alternatives(const Parts& parts, std::size_t open, std::size_t close,
                    std::vector<Parts>& choices) {
    std::size_t depth = 0;
    std::size_t begin = open + 1;
    const auto take = [&](std::size_t end) {
      choices.emplace_back(parts.begin() + static_cast<std::ptrdiff_t>(begin),
                           parts.begin() + static_cast<std::ptrdiff_t>(end));
      begin = end + 1;
    };
    for (std::size_t i = open + 1; i < close; ++i) {
      if (is_mark(parts[i], '{')) ++depth;
      if (is_mark(parts[i], '}')) --depth;
      if (depth == 0 && is_mark(parts[i], ',')) take(i);
    }
    if (choices.empty()) return range(parts, open, close, choices);
    take(close);
    return true;
  }

  bool range(const Parts& parts, std::size_t open, std::size_t close, std::vector<Parts>& choices) {
    if (close != open + 2 || parts[open + 1].kind != PartKind::kText || parts[open + 1].quoted) {
      return false;
    }
    const std::string_view text = parts[open + 1].text;
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) return false;
    const std::string_view first = text.substr(0, dots);
    const std::string_view last = text.substr(dots + 2);
    const bool letters = first.size() == 1 && last.size() == 1 && !number(first) && !number(last);
    const auto from = letters ? std::optional<long>(first.front()) : number(first);
    const auto to = letters ? std::optional<long>(last.front()) : number(last);
    if (!from || !to) return false;
    if (*from < -100'000 || *from > 100'000 || *to < -100'000 || *to > 100'000) return false;
    if (static_cast<std::size_t>(std::abs(*to - *from)) >= kMaxBraceWords) return false;
    for (long value = *from;; value += *from <= *to ? 1 : -1) {
      Part part = parts[open + 1];
      part.text =
          arena_.keep(letters ? std::string(1, static_cast<char>(value)) : std::to_string(value));
      choices.push_back({part});
      if (value == *to) return true;
    }
  }

  static constexpr std::size_t kMaxCopiedParts = 20'000;

  Arena& arena_;
  std::vector<Parts>& words_;
  std::size_t copied_ = 0;
};

}  // namespace

bool expand_braces(const std::vector<Part>& parts, Arena& arena, std::vector<Parts>& words) {
  return Braces(arena, words).run(parts);
}

}  // namespace decnet::shell
