#include "decnet/matching/re2_search.h"

#include <fmt/format.h>
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>

#include "decnet/base/utf8.h"

namespace decnet::matching {
namespace {

// For the program and the states of one pattern, which are built as texts need them and thrown away
// when the room is full. A pattern that fills it within one text goes on without states: slower by
// a factor, linear still. Twenty patterns for shell commands take 0.1 MiB each at most, but for two
// that take more than 1 MiB on texts written against them; a thousand that did would take 2 GiB.
constexpr std::int64_t kMemory = std::int64_t{2} << 20;

// A literal is looked for by its first bytes: more of them would hardly spare more work.
constexpr std::size_t kMaxLiteralBytes = 32;

RE2::Options options() {
  RE2::Options result;
  result.set_max_mem(kMemory);
  result.set_never_capture(true);
  result.set_log_errors(false);  // it would write to stderr; errors are returned here
  return result;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

// The longest part of `atom` that Literals can look for. Where the whole occurs, so does the part.
std::string ascii_part(std::string_view atom) {
  std::string_view longest;
  for (std::size_t begin = 0; begin < atom.size();) {
    std::size_t end = begin;
    while (end < atom.size() && static_cast<unsigned char>(atom[end]) < 0x80) ++end;
    if (end - begin > longest.size()) longest = atom.substr(begin, end - begin);
    begin = end + 1;
  }
  return std::string(longest.substr(0, kMaxLiteralBytes));
}

void drop_extensions_of_others(std::vector<std::string>& strings) {
  std::sort(strings.begin(), strings.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  std::vector<std::string> kept;
  for (std::string& string : strings) {
    const bool extends = std::any_of(kept.begin(), kept.end(), [&](const std::string& shorter) {
      return string.find(shorter) != std::string::npos;
    });
    if (!extends) kept.push_back(std::move(string));
  }
  strings = std::move(kept);
}

}  // namespace

struct Re2Search::Regex {
  explicit Regex(const std::string& pattern) : re2(pattern, options()) {}
  RE2 re2;
};

Re2Search::Re2Search(std::unique_ptr<const Regex> regex) : regex_(std::move(regex)) {}
Re2Search::Re2Search(Re2Search&&) noexcept = default;
Re2Search& Re2Search::operator=(Re2Search&&) noexcept = default;
Re2Search::~Re2Search() = default;

Result<Re2Search> Re2Search::compile(const std::string& pattern) {
  auto regex = std::make_unique<const Regex>(pattern);
  const RE2& re2 = regex->re2;
  if (re2.error_code() == RE2::ErrorPatternTooLarge || re2.ProgramSize() > kMaxProgramSize) {
    return fail(ErrorCode::kInvalid,
                fmt::format("too large: it compiles to more than {} instructions; shorten its "
                            "counted repeats",
                            kMaxProgramSize));
  }
  if (!re2.ok()) return fail(ErrorCode::kInvalid, printable(re2.error()));
  return Re2Search(std::move(regex));
}

bool Re2Search::matches(std::string_view text) const {
  return regex_->re2.Match(piece(text), 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

std::optional<Span> Re2Search::find(std::string_view text) const {
  re2::StringPiece where;
  if (!regex_->re2.Match(piece(text), 0, text.size(), RE2::UNANCHORED, &where, 1)) {
    return std::nullopt;
  }
  const auto begin = static_cast<std::size_t>(where.data() - text.data());
  return Span{begin, begin + where.size()};
}

// RE2 knows a formula of "and" and "or" over strings ("atoms", in lower case) without which a
// pattern cannot match, but only answers whether given atoms satisfy it. So the atoms are taken
// away one by one, the least telling first, for as long as the rest together are indispensable.
std::vector<std::string> Re2Search::witnesses() const {
  re2::FilteredRE2 filter(1);
  int id = 0;
  filter.Add(regex_->re2.pattern(), options(), &id);
  std::vector<std::string> atoms;
  filter.Compile(&atoms);

  std::vector<int> by_length(atoms.size());
  for (std::size_t i = 0; i < atoms.size(); ++i) by_length[i] = static_cast<int>(i);
  const auto length = [&](int atom) {
    return ascii_part(atoms[static_cast<std::size_t>(atom)]).size();
  };
  std::sort(by_length.begin(), by_length.end(),
            [&](int a, int b) { return length(a) < length(b); });

  std::vector<int> without;  // atoms a text may have, and still lack all witnesses
  std::vector<int> satisfied;
  const auto can_match = [&] {
    filter.AllPotentials(without, &satisfied);
    return !satisfied.empty();
  };
  if (can_match()) return {};
  std::vector<std::string> result;
  for (const int atom : by_length) {
    without.push_back(atom);
    if (!can_match()) continue;
    without.pop_back();
    result.push_back(ascii_part(atoms[static_cast<std::size_t>(atom)]));
    if (result.back().empty()) return {};
  }
  drop_extensions_of_others(result);
  return result;
}

}  // namespace decnet::matching
